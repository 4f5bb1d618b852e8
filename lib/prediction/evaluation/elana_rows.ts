/** ELANA's published phases, as test cases: nothing is ever fitted to them. */

import { findHardware } from "../../hardware/find.ts";
import type { Architecture } from "../../models/architecture.ts";
import { calibrateServing, predictModel } from "../predict_model.ts";
import type { Quantities } from "../predict_network.ts";
import { type Target, targetOf } from "../target.ts";

/** One phase of a published row beside its prediction. */
export interface ElanaPhase {
  /** Device as printed. */
  readonly device: string;
  /** Workload. */
  readonly workload: string;
  /** Phase. */
  readonly phase: "prefill" | "decode";
  /** Prompt pass, or one step of generation; energy and power over all devices. */
  readonly predicted: Quantities;
  /** The published figures. */
  readonly measured: Quantities;
  /** The device. */
  readonly target: Target;
}

const hardwareIds: Readonly<Record<string, string>> = {
  "A6000": "rtx-a6000",
  "Orin Nano 8GB": "orin-nano-8",
  "AGX Thor 128GB": "agx-thor-128",
};

const modelIds: Readonly<Record<string, string>> = {
  "Llama-3.1-8B": "meta-llama/Llama-3.1-8B",
  "Qwen-2.5-7B": "Qwen/Qwen2.5-7B",
  "Nemotron-H-8B": "nvidia/Nemotron-H-8B-Base-8K",
  "Llama-3.2-1B": "meta-llama/Llama-3.2-1B",
  // The same layers as its successor; only the training differs.
  "Qwen2.5-1.5B": "Qwen/Qwen2-1.5B",
};

/** Phases that can be predicted and the rows that cannot. */
export interface ElanaPhases {
  /** Two phases a row. */
  readonly phases: ElanaPhase[];
  /** Rows of a model that is not shipped. */
  readonly unknownModel: number;
}

/**
 * Reads `elana_tables.csv` and predicts each row's prompt pass and step of generation from
 * specifications.
 *
 * @param csv Text of the table.
 * @param models A model by its Hugging Face id, or null when it is not shipped.
 * @return Phases.
 *
 * @example
 * ```ts
 * import { shippedModel } from "@joulebook/joulebook/models";
 * import { elanaPhases } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const csv = "device,n_gpu,batch_size,prompt_len,gen_len,model,ttft_ms,j_per_prompt,tpot_ms," +
 *   "j_per_token\nA6000,1,1,512,512,Llama-3.1-8B,94.3,25.91,24.84,6.8\n";
 * const { phases } = elanaPhases(csv, shippedModel);
 * assert.deepEqual(phases.map(({ phase }) => phase), ["prefill", "decode"]);
 * ```
 */
export function elanaPhases(csv: string, models: (id: string) => Architecture | null): ElanaPhases {
  const [head, ...lines] = csv.trim().split(/\r?\n/);
  const names = head!.split(",");
  const phases: ElanaPhase[] = [];
  let unknownModel = 0;
  for (const line of lines) {
    const cells = line.split(",");
    const text = (name: string): string => cells[names.indexOf(name)] ?? "";
    const number = (name: string): number => Number(text(name));
    const model = models(modelIds[text("model")] ?? text("model"));
    if (model === null) {
      unknownModel++;
      continue;
    }
    const device = text("device");
    const hardware = findHardware(hardwareIds[device] ?? device);
    const outputTokens = number("gen_len");
    // ELANA starts a whole replica on each GPU, cuts the batch between them, adds their energies
    // and averages their times.
    const replicas = number("n_gpu");
    const p = predictModel(model, hardware, {
      batch: number("batch_size") / replicas,
      inputTokens: number("prompt_len"),
      outputTokens,
    });
    const overAll = (timeS: number, energyJ: number) => ({
      timeS,
      powerW: replicas * energyJ / timeS,
      energyJ: replicas * energyJ,
    });
    const common = {
      device: `${device}${replicas > 1 ? ` x ${replicas}` : ""}`,
      workload: `${text("model")} b${text("batch_size")} ${text("prompt_len")}+${outputTokens}`,
      target: targetOf(hardware),
    };
    const measured = (timeS: number, energyJ: number) => ({
      timeS,
      energyJ,
      powerW: energyJ / timeS,
    });
    phases.push({
      ...common,
      phase: "prefill",
      predicted: overAll(p.prefill.timeS, p.prefill.energyJ),
      measured: measured(number("ttft_ms") / 1000, number("j_per_prompt")),
    }, {
      ...common,
      phase: "decode",
      predicted: overAll(p.stepS, p.decode.energyJ / outputTokens),
      measured: measured(number("tpot_ms") / 1000, number("j_per_token")),
    });
  }
  return { phases, unknownModel };
}

/**
 * The same phases with two rows of each device given: every pair of the device's rows in turn calibrates time
 * and power of its other rows, phase by phase.
 *
 * @param phases Phases without calibration.
 * @return Phases with it; devices with fewer than three rows are left out.
 */
export function elanaFewShot(phases: readonly ElanaPhase[]): ElanaPhase[] {
  const out: ElanaPhase[] = [];
  for (const group of Map.groupBy(phases, (p) => `${p.device} ${p.phase}`).values()) {
    for (let i = 0; i < group.length; i++) {
      for (let j = i + 1; j < group.length; j++) {
        const { target } = group[0]!;
        const { time, power } = calibrateServing([group[i]!, group[j]!], target);
        group.forEach((phase, at) => {
          if (at === i || at === j) return;
          const idleW = target.idleW(target.maxMhz);
          const timeS = phase.predicted.timeS * time;
          const powerW = idleW + (phase.predicted.powerW - idleW) * power;
          out.push({ ...phase, predicted: { timeS, powerW, energyJ: timeS * powerW } });
        });
      }
    }
  }
  return out;
}
