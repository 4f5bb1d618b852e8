import { InputError } from "../errors.ts";
import type { PowerSeries } from "../power/series.ts";
import type { RequestLog } from "../requests/log.ts";
import type { StepRateSource } from "../requests/timeline_rates.ts";
import type { Timeline } from "../requests/timeline.ts";
import { alignClocks, type Alignment, type AlignOptions } from "./align.ts";
import { overlapShare } from "./align_candidates.ts";
import { searchFor } from "./align_trace.ts";
import type {
  BatchedAttribution,
  BatchedEnergies,
  BatchedOptions,
  EnergyInterval,
  PhaseEnergies,
} from "./batched_result.ts";
import { checkAttribution } from "./checks.ts";
import { inferChunkTokens } from "./chunks.ts";
import { wholeComposition } from "./composition.ts";
import { coverage, type GapIndex, gapsBefore } from "./coverage.ts";
import { type EstimatedEnds, estimateEnds } from "./ends.ts";
import { type DividedPower, dividePower } from "./divide_power.ts";
import { cutPrompts, engineTimelines } from "./engines.ts";
import type { RequestReason } from "./equal_share.ts";
import { fitCosts, type Placement } from "./fit.ts";
import { addUp, type GroupSum, groupSums } from "./group_sums.ts";
import { type IdlePower, idlePower } from "./idle.ts";
import { shareIdle } from "./idle_rule.ts";
import { costCovariance, excessMisfit } from "./intervals.ts";
import { type AttributionMethod, REGRESSION } from "./methods.ts";
import { RequestVariances } from "./request_interval.ts";
import { type Samples, samplesOf } from "./samples.ts";
import { isUniformBetter, lowPower, middle, readingsNear, requestsDuring } from "./trial.ts";

/** Readings on which chunks, step rates and the clock's width are tried. */
const TRIAL_READINGS = 100_000;

/**
 * Divides the energy of a trace among the requests of an engine that batches them.
 *
 * Idle power is taken off. At every instant the rest is divided by what each request's work costs:
 * prompt tokens, output tokens, context reads, shares of steps. The costs are fitted to the trace
 * (or named by the method), the fitted power is scaled to the measured one within a second either
 * side, and once more in all, so that the parts add up. Offset, sensor window and idle power are
 * found where they are not given.
 *
 * Takes O(n + m) time and memory for n requests over m readings.
 *
 * @param series The trace of the devices that served the log.
 * @param requests The requests. Where their ends are missing, they are estimated (and a doubt raised).
 * @param options Method, clock, sensor, idle.
 * @return Energies, sums, intervals, doubts.
 * @throws {InputError} `refused` when no request is complete, the trace has too few readings, or
 *   the offset is neither given nor to be found.
 *
 * @example
 * ```ts
 * import { attributeBatched } from "@joulebook/joulebook/attribution";
 * import {
 *   observeLog,
 *   ONE_SECOND_SENSOR,
 *   readSensor,
 *   simulateServing,
 * } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const run = simulateServing({
 *   seed: 1,
 *   workload: { arrivals: { kind: "poisson", ratePerS: 8 } },
 *   durationS: 60,
 * });
 * const { series } = readSensor(run.devices, ONE_SECOND_SENSOR, { seed: 2, offsetS: -1.2 });
 * const { log } = observeLog(run.log);
 * const result = attributeBatched(series, log);
 * assert.ok(result.conservationError < 1e-9);
 * const trueJ = run.truth.shapley.prefillJ.reduce((a, b) => a + b, 0);
 * assert.ok(Math.abs(result.prefill.energyJ / trueJ - 1) < 0.1);
 * ```
 */
export function attributeBatched(
  series: PowerSeries,
  requests: RequestLog,
  options: BatchedOptions = {},
): BatchedAttribution {
  const method = options.method ?? REGRESSION;
  const samples = samplesOf(series);
  const path = series.source.path;
  const placed = placedSamples(samples, options);
  const ends = estimateEnds(
    placed,
    requests,
    options.placement ?? "together",
    alignOptions(series, requests, options),
    path,
  );
  const log = ends?.log ?? requests;
  const rateSource = method.needsStepRates || options.offsetS === undefined ? undefined : "uniform";
  let timelines = engineTimelines(log, options.placement ?? "together", rateSource);
  const alignment = align(series, samples, placed, log, timelines, options, path);
  const { averagingS } = alignment;
  const placement: Placement = {
    centreS: onLogClock(samples.timeS, alignment),
    powerW: samples.powerW,
    averagingS,
    stepS: samples.stepS,
  };
  const idle = idlePower(
    log,
    placement.centreS,
    placement.powerW,
    averagingS,
    samples.stepS,
    options.idleW,
  );
  const range = readingsNear(placement.centreS, timelines);
  const trial = middle(range, TRIAL_READINGS);
  const isBound = idle.source === "unknown";
  const mostIdleW = isBound ? lowPower(placement.powerW, range) : idle.idleW;
  const tryIdleW = isBound ? mostIdleW / 2 : idle.idleW;
  if (!method.needsStepRates && rateSource === undefined) {
    timelines = engineTimelines(log, options.placement ?? "together", "uniform");
  }
  let chunkTokens = options.chunkTokens ?? Infinity;
  let trialLines: readonly Timeline[] = [];
  if (method.costs === null) {
    const some = requestsDuring(log, placement.centreS, trial);
    const tried = (source?: StepRateSource): Timeline[] =>
      engineTimelines(log, options.placement ?? "together", source, some);
    trialLines = some === undefined ? timelines : tried();
    if (options.chunkTokens === undefined) {
      chunkTokens = inferChunkTokens(trialLines, placement, tryIdleW, trial);
    }
    trialLines = cutPrompts(trialLines, chunkTokens);
    const uniform = cutPrompts(tried("uniform"), chunkTokens);
    if (isUniformBetter(trialLines, uniform, placement, tryIdleW, trial)) {
      trialLines = uniform;
      timelines = some === undefined
        ? uniform
        : engineTimelines(log, options.placement ?? "together", "uniform");
    }
  }
  timelines = cutPrompts(timelines, chunkTokens);

  const span = { ...samples, from: 0, to: samples.timeS.length };
  const at = (idleW: number): DividedPower => {
    const fit = method.costs === null
      ? fitCosts(timelines, placement, idleW, range[0], range[1])
      : null;
    return dividePower(idleW, method, fit, span, timelines, placement);
  };
  const part = at(tryIdleW);
  const extremes = isBound ? [at(0), at(mostIdleW)] : null;
  return assemble(
    {
      log,
      options,
      method,
      samples,
      timelines,
      trialLines,
      alignment,
      placement,
      idle,
      trial,
      ends,
    },
    chunkTokens,
    part,
    extremes,
    tryIdleW,
  );
}

interface Known {
  readonly log: RequestLog;
  readonly options: BatchedOptions;
  readonly method: AttributionMethod;
  readonly samples: Samples;
  readonly timelines: readonly Timeline[];
  readonly trialLines: readonly Timeline[];
  readonly alignment: Alignment;
  readonly placement: Placement;
  readonly idle: IdlePower;
  readonly trial: readonly [number, number];
  readonly ends: EstimatedEnds | null;
}

function assemble(
  known: Known,
  chunkTokens: number,
  part: DividedPower,
  ends: readonly DividedPower[] | null,
  idleW: number,
): BatchedAttribution {
  const { log, options, method, samples, timelines, alignment, placement, idle } = known;
  const { totalJ } = samples;
  const size = log.submitS.length;
  const column = (): Float64Array => new Float64Array(size).fill(NaN);
  const reasons: (RequestReason | null)[] = new Array(size).fill("no-times");
  const requests = {
    prefillJ: column(),
    decodeJ: column(),
    energyJ: column(),
    lowJ: column(),
    highJ: column(),
    prefillLowJ: column(),
    prefillHighJ: column(),
    decodeLowJ: column(),
    decodeHighJ: column(),
    reasons,
  };
  const coveredS = [part.scale.centreS[0]!, part.scale.centreS.at(-1)!] as const;
  const gapBefore = gapsBefore(placement.centreS, samples.maxGapS, samples.unmeasuredBefore);
  const excess = part.fit === null
    ? 1
    : excessMisfit(part.fit.misfit, alignment.averagingS, samples.stepS);
  const variances = part.fit === null ? null : new RequestVariances(
    costCovariance(part.fit, excess, movedCosts(known, idleW, part.fit.costs)),
    wholeComposition(part.divisions),
    part.fit.misfit,
    excess,
    timelines,
  );

  let unattributedJ = part.unattributedJ;
  const groupOf = (i: number): number => options.groups?.[i] ?? 0;
  const sums = groupSums(log.submitS.length, groupOf);
  timelines.forEach((line, t) => {
    const division = part.divisions[t]!;
    const { windows } = line;
    for (let k = 0; k < windows.request.length; k++) {
      const i = windows.request[k]!;
      const prefill = division.prefill[k]! * part.closure;
      const decode = division.decode[k]! * part.closure;
      const reason = coverage(windows.prefillS[k]!, windows.endS[k]!, coveredS, gapBefore);
      reasons[i] = reason;
      if (reason !== null) {
        unattributedJ += prefill + decode;
        continue;
      }
      const sum = sums[groupOf(i)]!;
      sum.prefillJ += prefill;
      sum.decodeJ += decode;
      // With prefill and decode on separate devices a request appears in two timelines.
      requests.prefillJ[i] = (requests.prefillJ[i]! || 0) + prefill;
      requests.decodeJ[i] = (requests.decodeJ[i]! || 0) + decode;
      requests.energyJ[i] = requests.prefillJ[i]! + requests.decodeJ[i]!;
      if (variances === null) continue;
      const decodeS = windows.endS[k]! - windows.firstTokenS[k]!;
      const variance = variances.of(division, k, prefill, decode, decodeS, sum);
      setInterval90(requests.prefillLowJ, requests.prefillHighJ, i, prefill, variance.prefill);
      setInterval90(requests.decodeLowJ, requests.decodeHighJ, i, decode, variance.decode);
      setInterval90(requests.lowJ, requests.highJ, i, prefill + decode, variance.both);
    }
  });
  if (ends !== null) widenToBounds(requests, known, ends, gapBefore);

  const interval = (energyJ: number, composition: Float64Array): EnergyInterval => {
    if (variances === null || !(energyJ > 0)) return { energyJ, lowJ: NaN, highJ: NaN };
    const shares = composition.map((joules) => joules / energyJ);
    const half = 1.645 * energyJ * Math.sqrt(variances.relative(shares));
    return { energyJ, lowJ: Math.max(0, energyJ - half), highJ: energyJ + half };
  };
  const phasesOf = (sum: GroupSum, group: number | null): PhaseEnergies => {
    const prefill = interval(sum.prefillJ, sum.prefill);
    const decode = interval(sum.decodeJ, sum.decode);
    if (ends === null) return { prefill, decode };
    const isIn = (i: number): boolean => group === null || groupOf(i) === group;
    const bounds = (phase: "prefill" | "decode"): number[] =>
      ends.map((end) => sumOf(end, phase, timelines, isIn));
    return {
      prefill: spanOf(prefill, bounds("prefill")),
      decode: spanOf(decode, bounds("decode")),
    };
  };
  const { prefill, decode } = phasesOf(addUp(sums), null);
  const idleRule = options.idleRule ?? "unassigned";
  const whole = part.idleJ + unattributedJ + prefill.energyJ + decode.energyJ;
  return {
    method: method.name,
    sharing: method.sharing,
    idleRule,
    kind: ends === null ? "estimate" : "bounds",
    totalJ,
    idleJ: part.idleJ,
    unattributedJ,
    prefill,
    decode,
    groups: options.groups === undefined ? [] : sums.map(phasesOf),
    conservationError: Math.abs(whole - totalJ) / Math.max(1e-300, Math.abs(totalJ)),
    requests: { ...requests, idleJ: shareIdle(log, idleRule, idleW, part.idleJ, coveredS) },
    alignment,
    idle,
    idleW,
    costs: part.costs,
    fit: part.fit === null
      ? null
      : { r2: part.fit.r2, misfit: part.fit.misfit, blocks: part.fit.blocks },
    chunkTokens,
    timelines,
    scale: part.scale,
    closure: part.closure,
    warnings: checkAttribution({
      log,
      timelines,
      alignment,
      idle,
      fit: part.fit,
      prefill,
      placement: options.placement ?? "together",
      estimatedEnds: known.ends?.estimated ?? 0,
      stepS: samples.stepS,
      uncovered: reasons.filter((reason) => reason !== null).length,
    }),
    dropped: timelines.flatMap((line) => line.dropped),
  };
}

function setInterval90(
  low: Float64Array,
  high: Float64Array,
  i: number,
  energyJ: number,
  variance: number,
): void {
  const half = 1.645 * energyJ * Math.sqrt(variance);
  low[i] = Math.max(0, energyJ - half);
  high[i] = energyJ + half;
}

/** Fits with the clock moved by its width either way, relative to the fit of the same readings. */
function movedCosts(known: Known, idleW: number, main: Float64Array): Float64Array[] {
  const { trialLines, placement, alignment, trial } = known;
  if (!(alignment.widthS > 0)) return [];
  const shifted = (by: number): Float64Array => {
    const [from, to] = trial;
    const moved = {
      ...placement,
      centreS: placement.centreS.subarray(from, to).map((t) => t + by),
      powerW: placement.powerW.subarray(from, to),
    };
    return fitCosts(trialLines, moved, idleW, 0, to - from).costs;
  };
  const plain = shifted(0);
  return [-alignment.widthS, alignment.widthS].map((by) =>
    shifted(by).map((cost, c) => plain[c]! > 0 ? main[c]! * cost / plain[c]! : main[c]!)
  );
}

/** Lowest and highest energy over the idle powers that are possible. */
function widenToBounds(
  requests: Omit<BatchedEnergies, "idleJ">,
  known: Known,
  ends: readonly DividedPower[],
  gapBefore: GapIndex,
): void {
  for (const end of ends) {
    const covered = [end.scale.centreS[0]!, end.scale.centreS.at(-1)!] as const;
    known.timelines.forEach(({ windows }, t) => {
      const division = end.divisions[t]!;
      for (let k = 0; k < windows.request.length; k++) {
        const i = windows.request[k]!;
        if (coverage(windows.prefillS[k]!, windows.endS[k]!, covered, gapBefore) !== null) continue;
        const prefill = division.prefill[k]! * end.closure;
        const decode = division.decode[k]! * end.closure;
        widen(requests.prefillLowJ, requests.prefillHighJ, i, prefill);
        widen(requests.decodeLowJ, requests.decodeHighJ, i, decode);
        widen(requests.lowJ, requests.highJ, i, prefill + decode);
      }
    });
  }
}

function widen(low: Float64Array, high: Float64Array, i: number, value: number): void {
  low[i] = Math.min(low[i]!, value);
  high[i] = Math.max(high[i]!, value);
}

function sumOf(
  part: DividedPower,
  phase: "prefill" | "decode",
  timelines: readonly Timeline[],
  isIn: (request: number) => boolean,
): number {
  let sum = 0;
  part.divisions.forEach((division, t) => {
    const { request } = timelines[t]!.windows;
    for (let k = 0; k < request.length; k++) if (isIn(request[k]!)) sum += division[phase][k]!;
  });
  return sum * part.closure;
}

function spanOf(interval: EnergyInterval, values: readonly number[]): EnergyInterval {
  return {
    energyJ: interval.energyJ,
    lowJ: Math.min(interval.lowJ, ...values),
    highJ: Math.max(interval.highJ, ...values),
  };
}

function align(
  series: PowerSeries,
  samples: Samples,
  placed: Samples,
  log: RequestLog,
  timelines: readonly Timeline[],
  options: BatchedOptions,
  path: string,
): Alignment {
  const known = alignOptions(series, log, options);
  if (options.offsetS === undefined) return alignClocks(samples, timelines, known, path);
  const averagingS = options.averagingS ?? samples.averagingS;
  try {
    const found = alignClocks(placed, timelines, known, path);
    return {
      ...found,
      centreLagS: found.centreLagS - options.offsetS,
      atS: found.atS - options.offsetS,
    };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const windowS = averagingS ?? samples.stepS;
    const centreLagS = windowS / 2 - options.offsetS;
    return {
      centreLagS,
      widthS: windowS / 2 + samples.stepS,
      drift: 0,
      atS: samples.timeS[0]!,
      averagingS: windowS,
      windowsS: [windowS],
      r2: NaN,
      runnerUp: null,
      overlap: overlapShare(samples.timeS, timelines, centreLagS),
    };
  }
}

/** Middle of the window of each reading, on the log's clock. */
function onLogClock(timeS: Float64Array, alignment: Alignment): Float64Array {
  const { centreLagS, drift, atS } = alignment;
  const centreS = new Float64Array(timeS.length);
  for (let i = 0; i < timeS.length; i++) {
    const t = timeS[i]!;
    centreS[i] = t - centreLagS - drift * (t - atS);
  }
  return centreS;
}

/** The readings on the log's clock, where the offset is given; what the sensor delays is left. */
function placedSamples(samples: Samples, { offsetS }: BatchedOptions): Samples {
  if (offsetS === undefined) return samples;
  const timeS = samples.timeS.slice();
  for (let i = 0; i < timeS.length; i++) timeS[i]! += offsetS;
  return { ...samples, timeS };
}

function alignOptions(series: PowerSeries, log: RequestLog, options: BatchedOptions): AlignOptions {
  const averagingS = options.averagingS ?? series.averagingS;
  if (options.offsetS !== undefined) {
    return { averagingS, search: "skew", maxSkewS: 0.5 + (averagingS ?? 1) };
  }
  return {
    averagingS,
    search: options.search ?? searchFor(series, log),
    ...(options.maxSkewS !== undefined && { maxSkewS: options.maxSkewS }),
  };
}
