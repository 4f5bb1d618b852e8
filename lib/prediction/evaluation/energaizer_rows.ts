/** The measured rows of EnergAIzer's artifact, as training and test cases. */

import type { Kernel } from "../kernel.ts";
import { mergeKernels, parseKernelList } from "../kernel_list.ts";
import { repairKernelList } from "../kernel_list_repair.ts";

/** One measured run of a network at a set clock. */
export interface MeasuredRun {
  /** Which of the published sets: a100, a10 or dvfs. */
  readonly set: string;
  /** Id of the catalogue. */
  readonly hardware: string;
  /** Network family: what is held out together. */
  readonly family: string;
  /** Network, batch and length: the same workload on another device or clock has the same key. */
  readonly workload: string;
  /** Core clock that was set, MHz. */
  readonly coreMhz: number;
  /** Measured time of one iteration, s. */
  readonly timeS: number;
  /** Measured mean power, W. */
  readonly powerW: number;
  /** Measured energy of one iteration, J. */
  readonly energyJ: number;
  /** Mean clock that was run, MHz; never an input of a prediction. */
  readonly ranMhz: number;
  /** Merged kernels. */
  readonly kernels: readonly Kernel[];
}

/** Rows that were left out, by reason. */
export interface MeasuredRuns {
  /** Rows that can be used. */
  readonly runs: MeasuredRun[];
  /** Rows without a published kernel list. */
  readonly withoutKernels: number;
  /** Rows of another precision than the kernel lists. */
  readonly otherPrecision: number;
}

/** Options of {@linkcode loadEnergaizerRows}. */
export interface LoadEnergaizerOptions {
  /** Whether to repair the kernel lists. Default: true. */
  readonly repair?: boolean;
}

const hardwareIds: Readonly<Record<string, string>> = {
  "A100-PCIE-40GB": "a100-pcie-40",
  "A10": "a10",
  "A100-SXM4-80GB": "a100-sxm-80",
  "H100-SXM5-80GB": "h100-sxm-80",
};

// Decoders; the others of these networks are encoders or vision networks.
const causal = /^(gpt|opt|qwen|llama|mistral)/;

/**
 * Reads `energaizer_measured.csv` and joins each row with its kernel list.
 *
 * @param csv Text of the table.
 * @param workloads Kernel lists by file name without folder.
 * @param options Whether to repair the lists.
 * @return The runs and counts of rows left out.
 */
export function loadEnergaizerRows(
  csv: string,
  workloads: ReadonlyMap<string, string>,
  { repair = true }: LoadEnergaizerOptions = {},
): MeasuredRuns {
  const [head, ...lines] = csv.trim().split(/\r?\n/);
  const names = head!.split(",");
  const parsed = new Map<string, Kernel[]>();
  const runs: MeasuredRun[] = [];
  let withoutKernels = 0, otherPrecision = 0;
  for (const line of lines) {
    const cells = line.split(",");
    const of = (name: string): string => cells[names.indexOf(name)] ?? "";
    const model = of("model"), config = of("config"), batch = of("batch"), seq = of("seq");
    if (of("precision") !== "bf16") {
      otherPrecision++;
      continue;
    }
    const stem = `${model}_${config}_pbf16_b${batch}_`;
    const file = seq === "" ? `${stem}freq900.json` : `${stem}s${seq}_modeprefill.json`;
    const text = workloads.get(file);
    if (text === undefined) {
      withoutKernels++;
      continue;
    }
    let kernels = parsed.get(file);
    if (kernels === undefined) {
      const traced = parseKernelList(text, { path: file });
      kernels = mergeKernels(
        repair ? repairKernelList(traced, { causal: causal.test(model) }).kernels : traced,
      );
      parsed.set(file, kernels);
    }
    runs.push({
      set: of("set"),
      hardware: hardwareIds[of("gpu")] ?? of("gpu"),
      family: model,
      workload: `${model} b${batch}${seq === "" ? "" : ` s${seq}`}`,
      coreMhz: Number(of("freq_set_mhz")),
      timeS: Number(of("time_ms_per_iter")) / 1000,
      powerW: Number(of("avg_power_w")),
      energyJ: Number(of("energy_j_per_iter")),
      ranMhz: Number(of("avg_freq_mhz")),
      kernels,
    });
  }
  return { runs, withoutKernels, otherPrecision };
}
