import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors.ts";
import { createIntegrator } from "../power/integrate.ts";
import { type LoadgenLog, readLoadgenLog } from "./loadgen_log.ts";
import { openFile } from "./open.ts";
import { forEachPtdRow } from "./ptdaemon_rows.ts";
import { readInput } from "./read.ts";

/** Scenarios of MLPerf Inference. */
export type MlperfScenario = "Offline" | "Server" | "Interactive" | "SingleStream" | "MultiStream";

/** The power metric of an MLPerf run. */
export interface MlperfResult {
  /** The metric, in `units`. */
  readonly value: number;
  /** `Watts`, `millijoules` per query, or `uJ/inference` for MLPerf Tiny. */
  readonly units: "Watts" | "millijoules" | "uJ/inference";
  /** Scenario under which the run is reported; null for MLPerf Tiny. */
  readonly scenario: MlperfScenario | null;
  /** Mean of the readings used, in watts. */
  readonly meanW: number;
  /** Readings used. */
  readonly samplesUsed: number;
  /** Readings inside the span that the official rule leaves out: not above 0 W. */
  readonly samplesExcluded: number;
  /** Energy of the span by the trapezoid over the readings that are above 0 W, in joules. */
  readonly trapezoidJ: number | null;
  /** Why there is no trapezoid; null when there is one. */
  readonly trapezoidReason: string | null;
  /** Start of the span: seconds of the run's wall clock, which MLPerf keeps on UTC. */
  readonly beginS: number;
  /** End of the span. */
  readonly endS: number;
  /** Queries in the span, where the metric is per query. */
  readonly queries: number | null;
  /** What was settled or noticed. */
  readonly notes: readonly string[];
}

/**
 * The official MLPerf Power metric from the raw logs of a run folder.
 *
 * The metric is a sample mean, not an integral: the arithmetic mean of all readings of the power
 * log with begin < t < end and above 0 W. For SingleStream and MultiStream it is
 * mean x (end - begin) x 1000 / queries in millijoules; a MultiStream result that was measured as
 * SingleStream counts eight samples a query. Source: `get_power_metric` of the submission checker
 * in mlcommons/inference, tools/submission. For MLPerf Tiny it is the median energy an inference.
 *
 * @param dir A folder with `spl.txt` and `mlperf_log_detail.txt`, or one with `run_1/` in it, or an
 *   MLPerf Tiny folder with `results.json`.
 * @param options `scenario` under which the run is reported: by default the one that the folder's
 *   path names, else the one of the log.
 * @return The metric with its parts.
 * @throws {InputError} When a log is missing, broken, or has no reading in the span.
 */
export async function readMlperfRun(
  dir: string,
  options: { readonly scenario?: MlperfScenario } = {},
): Promise<MlperfResult> {
  const folder = [dir, join(dir, "run_1"), join(dir, "performance", "run_1")].find((path) =>
    existsSync(join(path, "spl.txt"))
  );
  if (folder === undefined) {
    const tiny = join(dir, "results.json");
    if (existsSync(tiny)) return await readTinyRun(tiny);
    throw new InputError({
      code: "not-found",
      path: dir,
      problem: "there is no spl.txt in this folder or in its run_1",
      advice: "name the folder of one run; ranging runs have a spl.txt of their own",
    });
  }
  const splPath = join(folder, "spl.txt");
  const log = await readLoadgenLog(openFile(join(folder, "mlperf_log_detail.txt")));
  const { powerBeginS: beginS, powerEndS: endS } = log;
  if (!(endS > beginS)) {
    throw new InputError({
      code: "refused",
      path: join(folder, "mlperf_log_detail.txt"),
      problem: "the log does not bound the measured span",
      expected: "power_begin before power_end, as MM-DD-YYYY HH:MM:SS.mmm",
      found: `${log.values.get("power_begin")} .. ${log.values.get("power_end")}`,
      advice: "name a run that was made with power measurement",
    });
  }
  const notes: string[] = [];
  let sumW = 0;
  let samplesUsed = 0;
  let samplesExcluded = 0;
  await forEachPtdRow(openFile(splPath), ({ timeS, watts }) => {
    if (!(timeS > beginS && timeS < endS)) return;
    if (watts > 0) {
      sumW += watts;
      samplesUsed++;
    } else {
      samplesExcluded++;
    }
  }, () => {});
  if (samplesUsed === 0) {
    throw new InputError({
      code: "refused",
      path: splPath,
      problem: `no reading above 0 W lies between power_begin and power_end`,
      found: `${samplesExcluded} readings in the span`,
      advice: "check that both logs are of the same run and on the same clock",
    });
  }
  const meanW = sumW / samplesUsed;
  const wall = (await readInput(splPath)).series.find(({ device }) => device.kind === "wall")!;
  const trapezoid = createIntegrator(wall).estimate(beginS, endS);
  if (samplesExcluded > 0) {
    notes.push(
      `${samplesExcluded} of ${samplesUsed + samplesExcluded} readings in the span are not above ` +
        `0 W and are left out, as the official rule has it.`,
    );
  }
  const measured = String(log.values.get("effective_scenario") ?? "") as MlperfScenario;
  const scenario = options.scenario ?? scenarioOf(dir) ?? measured;
  const metric = metricOf(scenario, measured, meanW, endS - beginS, log, notes, splPath);
  return {
    ...metric,
    scenario,
    meanW,
    samplesUsed,
    samplesExcluded,
    trapezoidJ: trapezoid.energyJ,
    trapezoidReason: trapezoid.reason,
    beginS,
    endS,
    notes,
  };
}

function metricOf(
  scenario: MlperfScenario,
  measured: MlperfScenario,
  meanW: number,
  durationS: number,
  log: LoadgenLog,
  notes: string[],
  path: string,
): Pick<MlperfResult, "value" | "units" | "queries"> {
  if (scenario !== "SingleStream" && scenario !== "MultiStream") {
    return { value: meanW, units: "Watts", queries: null };
  }
  let queries = Number(log.values.get("result_query_count"));
  if (!(queries > 0)) {
    queries = Number(log.values.get("result_qps_with_loadgen_overhead")) * durationS;
    notes.push("The log has no result_query_count: queries are its rate times the span.");
  }
  if (!(queries > 0)) {
    throw new InputError({
      code: "refused",
      path,
      problem: `${scenario} is energy per query, and the log does not say how many there were`,
      expected: "result_query_count or result_qps_with_loadgen_overhead",
      advice: "take the log as loadgen wrote it",
    });
  }
  const millijoules = meanW * durationS * 1000 / queries;
  if (scenario === "MultiStream" && measured === "SingleStream") {
    notes.push("Reported as MultiStream from a SingleStream run: eight samples a query.");
    return { value: millijoules * 8, units: "millijoules", queries };
  }
  return { value: millijoules, units: "millijoules", queries };
}

const scenarios: readonly MlperfScenario[] = [
  "Offline",
  "Server",
  "Interactive",
  "SingleStream",
  "MultiStream",
];

/** The scenario that a submission's path names: the last folder that is called like one. */
function scenarioOf(dir: string): MlperfScenario | undefined {
  for (const part of dir.split(/[/\\]|__/).reverse()) {
    const found = scenarios.find((scenario) => scenario.toLowerCase() === part.toLowerCase());
    if (found !== undefined) return found;
  }
  return undefined;
}

async function readTinyRun(path: string): Promise<MlperfResult> {
  const { results, windows, dropped } = await readInput(path);
  const table = results[0]?.columns;
  if (table === undefined || windows[0] === undefined) {
    throw new InputError({ code: "refused", path, problem: "no trial has its markers" });
  }
  const perInference = (table["energyPerInferenceUj"] as number[]).toSorted((a, b) => a - b);
  const energyJ = (table["energyUj"] as number[]).reduce((sum, uj) => sum + uj, 0) / 1e6;
  const seconds = (table["elapsedS"] as number[]).reduce((sum, s) => sum + s, 0);
  const middle = perInference.length >> 1;
  return {
    value: perInference.length % 2 === 1
      ? perInference[middle]!
      : (perInference[middle - 1]! + perInference[middle]!) / 2,
    units: "uJ/inference",
    scenario: null,
    meanW: energyJ / seconds,
    samplesUsed: Math.round(seconds * 1000),
    samplesExcluded: dropped.reduce((sum, { count }) => sum + count, 0),
    trapezoidJ: null,
    trapezoidReason: "energies of intervals: they are summed",
    beginS: windows[0].startS[0]!,
    endS: windows[0].endS.at(-1)!,
    queries: (table["inferences"] as number[]).reduce((sum, n) => sum + n, 0),
    notes: [`Median of ${perInference.length} trials.`],
  };
}
