/** The published tables on which the predictor is tested, and their tests in parts. */

import { parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { gunzipSync } from "node:zlib";
import { shippedModel, shippedModelIds } from "../../models/shipped.ts";
import { elanaPhases } from "./elana_rows.ts";
import { energaizerCases } from "./energaizer_protocol.ts";
import { energaizerParts, evaluateEnergaizerPart, joinEnergaizer } from "./energaizer_report.ts";
import { evaluateKernels } from "./evaluate_kernels.ts";
import { benchRequests } from "./inference_bench.ts";
import { loadGemms, loadNeusightKernels } from "./kernel_rows.ts";
import { loadLeaderboardRows } from "./ml_energy_rows.ts";
import { loadPowerLimits } from "./power_limit.ts";
import {
  evaluateBench,
  evaluateElana,
  evaluateLeaderboard,
  evaluatePowerLimits,
} from "./report.ts";
import type { EvaluationReport } from "./split_report.ts";

/** Boards whose highest limit in the sweeps tells the variant. */
const zeusBoards: Readonly<Record<string, string>> = {
  v100: "v100-pcie-32",
  a40: "a40",
  p100: "p100-pcie-16",
  rtx6000: "quadro-rtx6000",
};

/** Neighbouring shapes differ little: a tenth of the products tells as much in a tenth of the time. */
const gemmStride = 10;

/** Matrix products with power; each device is predicted from the other one's coefficients. */
const gemmTables = [
  { folder: "h200_sxm", id: "h200-sxm-141", from: "b200-sxm-180" },
  { folder: "b200_sxm", id: "b200-sxm-180", from: "h200-sxm-141" },
];

/** Folder of the kernel lists. */
const workloadFolder = "prediction/energaizer/workloads/all";

/** A part of the tests on one data set, which needs no other. */
export interface EvaluationPart {
  /** The data set. */
  readonly set: string;
  /** The part. */
  readonly part: string;
  /** Files that it needs, as they lie in a copy of the published data. */
  readonly files: readonly string[];
  /** A folder of which it needs all files. */
  readonly folder?: string;
}

/** Parts of each data set. */
export const publishedSets: Readonly<Record<string, readonly EvaluationPart[]>> = {
  "energaizer": energaizerParts.map((part) => ({
    set: "energaizer",
    part,
    files: ["prediction/energaizer/energaizer_measured.csv"],
    folder: workloadFolder,
  })),
  "ml-energy": whole("ml-energy", ["prediction/ml-energy_leaderboard/ml_energy_v3_configs.csv"]),
  "elana": whole("elana", ["elana/elana_tables.csv"]),
  "llm-inference-bench": whole(
    "llm-inference-bench",
    ["All_results", "power_results"].map((name) => `prediction/llm-inference-bench/${name}.csv`),
  ),
  "zeus": whole(
    "zeus",
    Object.keys(zeusBoards).map((name) => `prediction/zeus/summary_power_${name}.csv`),
  ),
  "neusight": whole("neusight", ["prediction/neusight/neusight_kernels.csv.gz"]),
  "aiconfigurator": gemmTables.map(({ folder, id }) => ({
    set: "aiconfigurator",
    part: id,
    files: [
      `prediction/aiconfigurator/power_parquet/${folder}/gemm/vllm/0.22.0/gemm_perf.parquet`,
    ],
  })),
};

function whole(set: string, files: readonly string[]): EvaluationPart[] {
  return [{ set, part: "all", files }];
}

/** The parts of the tests on a data set, in a fixed order. */
export function evaluationParts(set: string): readonly EvaluationPart[] {
  return publishedSets[set]!;
}

/** Whether the kernel lists are taken as published, or with missing kernels put back. */
export interface PublishedOptions {
  /** Whether missing kernels are put back. */
  readonly repair: boolean;
}

/**
 * Runs a part of the tests on a data set.
 *
 * @param part The part, with all its files.
 * @param read Gives the bytes of a file.
 * @param options How kernel lists are taken.
 * @return Its report, to be joined with those of the other parts.
 */
export async function evaluatePublished(
  { set, part, files }: EvaluationPart,
  read: (path: string) => Uint8Array,
  options: PublishedOptions,
): Promise<EvaluationReport> {
  const text = (path: string): string => new TextDecoder().decode(read(path));
  const shipped = new Set(shippedModelIds());
  const modelOf = (id: string) => shipped.has(id) ? shippedModel(id) : null;
  switch (set) {
    case "energaizer": {
      const [measured, ...lists] = files;
      const workloads = new Map(
        lists.map((path) => [path.slice(workloadFolder.length + 1), text(path)]),
      );
      return evaluateEnergaizerPart(energaizerCases(text(measured!), workloads, options), part);
    }
    case "ml-energy":
      return evaluateLeaderboard(loadLeaderboardRows(text(files[0]!)));
    case "elana":
      return evaluateElana(elanaPhases(text(files[0]!), modelOf));
    case "llm-inference-bench": {
      // The second table repeats a few runs with their power.
      const [times, powers] = files.map((path) => benchRequests(text(path), modelOf));
      const report = evaluateBench(times!);
      const powered = evaluateBench(powers!).splits.map((s) => ({
        ...s,
        split: `${s.split}, with power`,
      }));
      return { ...report, splits: [...report.splits, ...powered] };
    }
    case "neusight": {
      const csv = new TextDecoder().decode(gunzipSync(read(files[0]!)));
      const { kernels, left } = loadNeusightKernels(csv);
      return {
        splits: evaluateKernels(kernels, { data: set }),
        left: { [set]: left },
        noise: {},
      };
    }
    case "aiconfigurator": {
      const { id, from } = gemmTables.find((table) => table.id === part)!;
      const file = new Uint8Array(read(files[0]!)).buffer;
      const all = loadGemms(await parquetReadObjects({ file, compressors }), id);
      const kernels = all.kernels.filter((_, i) => i % gemmStride === 0);
      const left = { ...all.left, "outside the stride": all.kernels.length - kernels.length };
      return {
        splits: evaluateKernels(kernels, { data: set, from }),
        left: { [`${set}, ${id}`]: left },
        noise: {},
      };
    }
    default:
      return evaluatePowerLimits(
        Object.values(zeusBoards).flatMap((id, i) => loadPowerLimits(text(files[i]!), id)),
      );
  }
}

/**
 * The parts of the tests as one report.
 *
 * @param parts The parts in their order.
 * @param reports What `evaluatePublished` gave for each.
 * @return The report, data set by data set.
 */
export function joinEvaluation(
  parts: readonly EvaluationPart[],
  reports: readonly EvaluationReport[],
): EvaluationReport {
  const sets = [...Map.groupBy(parts.keys(), (i) => parts[i]!.set)].flatMap(([set, numbers]) => {
    const own = numbers.map((i) => reports[i]!);
    return set === "energaizer" ? [joinEnergaizer(own)] : own;
  });
  return {
    splits: sets.flatMap(({ splits }) => splits),
    left: Object.assign({}, ...sets.map(({ left }) => left)) as EvaluationReport["left"],
    noise: Object.assign({}, ...sets.map(({ noise }) => noise)) as EvaluationReport["noise"],
  };
}
