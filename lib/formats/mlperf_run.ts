import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors.ts";
import { type Loss, LossCounter } from "../losses.ts";
import { createIntegrator, medianStepS } from "../power/integrate.ts";
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
  /** Readings inside the span that the official rule leaves out: not above 0 W, sentinels too. */
  readonly samplesExcluded: number;
  /** Rows of the power log, in the span as far as the order tells, that are no readable reading. */
  readonly dropped: readonly Loss[];
  /** Share of the span that the readable rows cover; null for MLPerf Tiny. */
  readonly coverage: number | null;
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
 * @throws {InputError} When a log is missing, broken, has no reading in the span, has readable ones
 *   for less than 95 % of it, or when nothing tells the scenario.
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
  const measured = knownScenario(String(log.values.get("effective_scenario") ?? ""));
  const scenario = options.scenario ?? scenarioOf(dir) ?? measured;
  if (scenario === undefined) {
    throw new InputError({
      code: "refused",
      path: dir,
      problem: "neither the path nor the log tells the scenario, and the metric depends on it",
      expected: `one of ${scenarios.join(", ")}`,
      found: `effective_scenario: ${log.values.get("effective_scenario") ?? "none"}`,
      advice: "name it with --scenario",
    });
  }
  const { sumW, samplesUsed, samplesExcluded, sentinels, losses, timesS } = await readSpan(
    splPath,
    beginS,
    endS,
  );
  const dropped = losses.list();
  const lost = dropped.map(({ reason, count }) => `${count} x ${reason}`).join(", ");
  const notes: string[] = [];
  if (samplesUsed === 0) {
    throw new InputError({
      code: "refused",
      path: splPath,
      problem: `no reading above 0 W lies between power_begin and power_end`,
      found: `${samplesExcluded} readings in the span${lost === "" ? "" : `; lost: ${lost}`}`,
      advice: "check that both logs are of the same run and on the same clock",
    });
  }
  const coverage = coverageOf(
    timesS,
    dropped.reduce((sum, { count }) => sum + count, 0),
    beginS,
    endS,
  );
  if (coverage < leastCoverage) {
    throw new InputError({
      code: "refused",
      path: splPath,
      problem: `readable readings cover ${percent(coverage)} of the span from power_begin to ` +
        "power_end",
      expected: `at least ${percent(leastCoverage)}`,
      found: `${timesS.length} readings${lost === "" ? "" : `; lost: ${lost}`}`,
      advice: "take the power log as the analyser wrote it, of the same run as the other log",
    });
  }
  if (lost !== "") {
    notes.push(`Rows of the power log that could not be read, and are not in the mean: ${lost}.`);
  }
  const meanW = sumW / samplesUsed;
  const wall = (await readInput(splPath)).series.find(({ device }) => device.kind === "wall")!;
  const trapezoid = createIntegrator(wall).estimate(beginS, endS);
  if (samplesExcluded > 0) {
    notes.push(
      `${samplesExcluded} of ${samplesUsed + samplesExcluded} readings in the span are not above ` +
        `0 W and are left out, as the official rule has it` +
        (sentinels === 0 ? "." : `; ${sentinels} of them are sentinels for no new sample.`),
    );
  }
  const metric = metricOf(scenario, measured, meanW, endS - beginS, log, notes, splPath);
  return {
    ...metric,
    scenario,
    meanW,
    samplesUsed,
    samplesExcluded,
    dropped,
    coverage,
    trapezoidJ: trapezoid.energyJ,
    trapezoidReason: trapezoid.reason,
    beginS,
    endS,
    notes,
  };
}

/** Least share of the span that readable readings must cover for their mean to stand for it. */
const leastCoverage = 0.95;

/** What the power log has between two moments. */
interface Span {
  readonly sumW: number;
  readonly samplesUsed: number;
  readonly samplesExcluded: number;
  /** Of those excluded, how many say that there was no new sample. */
  readonly sentinels: number;
  readonly losses: LossCounter;
  /** Times of all rows with readable watts, used or excluded. */
  readonly timesS: Float64Array;
}

async function readSpan(path: string, beginS: number, endS: number): Promise<Span> {
  let sumW = 0;
  let samplesUsed = 0;
  let samplesExcluded = 0;
  let sentinels = 0;
  const losses = new LossCounter();
  const timesS: number[] = [];
  const isInside = (timeS: number): boolean => timeS > beginS && timeS < endS;
  // A row whose time cannot be read is in the span when the row before it is.
  let lastS = -Infinity;
  await forEachPtdRow(openFile(path), ({ timeS, watts, line }) => {
    if (Number.isNaN(timeS)) {
      if (isInside(lastS)) losses.add("bad-time", line, String(watts));
      return;
    }
    lastS = timeS;
    if (!isInside(timeS)) return;
    if (Number.isNaN(watts)) {
      losses.add("not-a-number", line);
      return;
    }
    timesS.push(timeS);
    if (watts > 0) {
      sumW += watts;
      samplesUsed++;
    } else {
      samplesExcluded++;
      if (watts === -1 || watts === -2) sentinels++;
    }
  }, (text, line, terminated) => {
    if (!text.startsWith("Time") || !isInside(lastS)) return;
    losses.add(terminated ? "malformed-row" : "truncated-row", line, text);
  });
  return {
    sumW,
    samplesUsed,
    samplesExcluded,
    sentinels,
    losses,
    timesS: Float64Array.from(timesS).sort(),
  };
}

/**
 * The share of a span that readings cover, at most 1: the least of their number times the median
 * step, the time from the first to the last with a step, and their share of all rows. The last is
 * needed because a log that lost every second row has a median step twice as long.
 */
function coverageOf(timeS: Float64Array, lost: number, beginS: number, endS: number): number {
  const durationS = endS - beginS;
  const stepS = medianStepS(timeS);
  if (Number.isNaN(stepS)) return 0;
  return Math.min(
    1,
    timeS.length * stepS / durationS,
    (timeS.at(-1)! - timeS[0]! + stepS) / durationS,
    timeS.length / (timeS.length + lost),
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function metricOf(
  scenario: MlperfScenario,
  measured: MlperfScenario | undefined,
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

function knownScenario(name: string): MlperfScenario | undefined {
  return scenarios.find((scenario) => scenario.toLowerCase() === name.toLowerCase());
}

/** The scenario that a submission's path names: the last folder that is called like one. */
function scenarioOf(dir: string): MlperfScenario | undefined {
  for (const part of dir.split(/[/\\]|__/).reverse()) {
    const found = knownScenario(part);
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
    samplesUsed: (table["samples"] as number[]).reduce((sum, n) => sum + n, 0),
    samplesExcluded: 0,
    dropped,
    coverage: null,
    trapezoidJ: null,
    trapezoidReason: "energies of intervals: they are summed",
    beginS: windows[0].startS[0]!,
    endS: windows[0].endS.at(-1)!,
    queries: (table["inferences"] as number[]).reduce((sum, n) => sum + n, 0),
    notes: [`Median of ${perInference.length} trials.`],
  };
}
