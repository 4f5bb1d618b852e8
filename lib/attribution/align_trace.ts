import type { PowerSeries } from "../power/series.ts";
import type { RequestLog } from "../requests/log.ts";
import { alignClocks, type Alignment, type AlignOptions, type OffsetSearch } from "./align.ts";
import { type EnginePlacement, engineTimelines } from "./engines.ts";
import { samplesOf } from "./samples.ts";

/** Options of {@linkcode alignTrace}. */
export interface AlignTraceOptions extends AlignOptions {
  /** Which phases run on the devices of the trace; by default `together`. */
  readonly placement?: EnginePlacement;
}

/**
 * Finds how a trace lies against a log: centre lag with its width and the runner-up, the sensor's
 * averaging window, drift on long runs.
 *
 * @param series The trace.
 * @param log The requests, with ends.
 * @param options Which offsets are possible; by default by the clocks of trace and log.
 * @return The alignment.
 * @throws {InputError} `refused` when no offset explains the power clearly better than others.
 *
 * @example
 * ```ts
 * import { alignTrace } from "@joulebook/joulebook/attribution";
 * import { ONE_SECOND_SENSOR, readSensor, simulateServing } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const run = simulateServing({
 *   seed: 1,
 *   workload: { arrivals: { kind: "poisson", ratePerS: 5 } },
 *   durationS: 60,
 * });
 * const seen = readSensor(run.devices, ONE_SECOND_SENSOR, { seed: 2, offsetS: 1.5 });
 * const found = alignTrace(seen.series, run.log);
 * assert.ok(Math.abs(found.centreLagS - seen.centreLagS) < 0.03);
 * assert.equal(found.averagingS, 1);
 * ```
 */
export function alignTrace(
  series: PowerSeries,
  log: RequestLog,
  options: AlignTraceOptions = {},
): Alignment {
  const timelines = engineTimelines(log, options.placement ?? "together");
  const search = options.search ?? searchFor(series, log);
  return alignClocks(samplesOf(series), timelines, { ...options, search }, series.source.path);
}

/** Which offsets the clocks of trace and log leave open. */
export function searchFor(series: PowerSeries, log: RequestLog): OffsetSearch {
  const clocks = [series.clock, log.clock];
  if (clocks.includes("elapsed")) return "any";
  if (clocks[0] === clocks[1]) return "skew";
  return clocks.includes("monotonic") ? "any" : "zones";
}
