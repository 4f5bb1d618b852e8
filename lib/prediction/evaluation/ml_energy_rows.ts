/** The language-model rows of the ML.ENERGY leaderboard, as training and test cases. */

import { findHardware } from "../../hardware/find.ts";
import type { ServingRow } from "../serving/fit.ts";
import type { ServingLoad, ServingPrecision } from "../serving/load.ts";
import { targetOf } from "../target.ts";
import { servedModel } from "./served_models.ts";

/** One configuration of the leaderboard. */
export interface LeaderboardRow extends ServingRow {
  /** Hugging Face id. */
  readonly model: string;
  /** Siblings with the same layers. */
  readonly architecture: string;
  /** Id of the catalogue. */
  readonly hardware: string;
  /** Devices. */
  readonly devices: number;
  /** Mean sequences in flight. */
  readonly batch: number;
  /** Task of the leaderboard. */
  readonly task: string;
  /** Measured energy of an output token over all devices, J. */
  readonly jPerToken: number;
}

/** Rows that can be used and how many cannot. */
export interface LeaderboardRows {
  /** The rows. */
  readonly rows: LeaderboardRow[];
  /** Rows of networks whose facts the table lacks. */
  readonly unknownModel: number;
  /** Rows of image and video generation, which this model does not describe. */
  readonly otherTask: number;
}

const tasks = new Set(["lm-arena-chat", "gpqa", "image-chat", "video-chat", "sourcegraph-fim"]);
const hardwareIds: Readonly<Record<string, string>> = {
  H100: "h100-sxm-80",
  B200: "b200-sxm-180",
  A100: "a100-sxm-80",
  H200: "h200-sxm-141",
};

/**
 * Reads `ml_energy_v3_configs.csv`. A step lasts `batch / throughput`; weights are split into dense
 * and routed by `active = dense + (k / E) experts` (published counts are rounded to billions).
 *
 * @param csv Text of the table.
 * @return The rows of language tasks.
 *
 * @example
 * ```ts
 * import { loadLeaderboardRows } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const csv = "task,model_id\ntext-to-image,a/b\nlm-arena-chat,nobody/knows\n";
 * const { rows, otherTask, unknownModel } = loadLeaderboardRows(csv);
 * assert.deepEqual([rows.length, otherTask, unknownModel], [0, 1, 1]);
 * ```
 */
export function loadLeaderboardRows(csv: string): LeaderboardRows {
  const [head, ...lines] = csv.trim().split(/\r?\n/);
  const names = head!.split(",");
  const rows: LeaderboardRow[] = [];
  let unknownModel = 0, otherTask = 0;
  for (const line of lines) {
    const cells = line.split(",");
    const text = (name: string): string => cells[names.indexOf(name)] ?? "";
    const number = (name: string): number => Number(text(name));
    const task = text("task");
    if (!tasks.has(task)) {
      otherTask++;
      continue;
    }
    const facts = servedModel(text("model_id"));
    const hardware = hardwareIds[text("gpu_model")];
    if (facts === null || hardware === undefined) {
      unknownModel++;
      continue;
    }
    const device = findHardware(hardware);
    const total = number("total_params_billions") * 1e9;
    const active = number("activated_params_billions") * 1e9;
    const share = facts.experts === 0 ? 0 : facts.activeExperts / facts.experts;
    const routed = facts.experts === 0 ? 0 : Math.min(total, (total - active) / (1 - share));
    const dense = Math.max(total - routed, 0.02 * total);
    const stored = text("weight_precision");
    const precision: ServingPrecision = stored === "fp8"
      ? facts.blockScaledFp8 ? "fp8-block" : "fp8"
      : stored === "mxfp4"
      ? "fp4"
      : "bf16";
    const weightBytes = stored === "fp8" ? 1 : 2;
    const devices = number("num_gpus"), batch = number("avg_batch_size");
    const output = number("avg_output_len");
    // Latent attention keeps one cache that every device reads whole.
    const copies = facts.cacheNumbers === 576 ? devices : 1;
    const load = (promptTokens: Readonly<Record<string, number>>): ServingLoad => {
      let prompt = promptTokens[task]!;
      if (task === "image-chat" && facts.imageTokens !== null) {
        prompt = Math.min(prompt, promptTokens["lm-arena-chat"]! + facts.imageTokens);
      }
      const context = prompt + output / 2;
      return {
        devices,
        precision,
        // MXFP4 covers the experts only, with an 8-bit scale for 32 numbers.
        denseBytes: dense * weightBytes,
        expertBytes: routed * (precision === "fp4" ? 0.53 : weightBytes),
        experts: facts.experts,
        activeExperts: facts.activeExperts,
        expertParallel: number("expert_parallel") > 1,
        layers: facts.layers,
        moeLayers: facts.moeLayers,
        hidden: facts.hidden,
        vocabulary: facts.vocabulary,
        tokens: batch,
        sequences: batch,
        decodeFlops: 2 * active * batch,
        prefillFlops: 2 * active * prompt * batch / output,
        cacheBytes: batch * copies * 2 * facts.cacheNumbers *
            (facts.fullAttentionLayers * context +
              facts.windowLayers * Math.min(context, facts.windowTokens)) +
          2 * batch * facts.stateBytes,
        recurrentSequences: facts.stateBytes > 0 ? batch : 0,
        multimodal: task === "image-chat" || task === "video-chat",
      };
    };
    rows.push({
      load,
      target: targetOf(device),
      linkBytesPerS: device.link?.bytesPerS ?? NaN,
      timeS: batch / number("output_throughput_tokens_per_sec"),
      powerW: number("avg_power_watts") / devices,
      model: text("model_id"),
      architecture: facts.architecture,
      hardware,
      devices,
      batch,
      task,
      jPerToken: number("energy_per_token_joules"),
    });
  }
  return { rows, unknownModel, otherTask };
}
