/** Energy per token, prompt and request, and what follows from it. */

import { type Loss, LossCounter } from "../losses.ts";
import type { RequestLog } from "../requests/log.ts";
import { type Distribution, distributionOf } from "./distribution.ts";
import type { Basis, Dependence, Estimate, Figure } from "./estimate.ts";
import { figure, noFigure } from "./figure.ts";
import { latenciesOf } from "./latency.ts";
import { joulesPerKwh } from "./units.ts";

/** Joules of each request, as columns; NaN where there is none. */
export interface EnergyColumn {
  /** Joules. */
  readonly energyJ: Float64Array;
  /** Lower ends of the intervals, in joules; absent when there are none. */
  readonly lowJ?: Float64Array;
  /** Upper ends. */
  readonly highJ?: Float64Array;
  /**
   * Interval of the sum of the column, in joules, where it is known better than from the requests'
   * own; it goes before them.
   */
  readonly sumJ?: { readonly lowJ: number; readonly highJ: number };
}

/** Joules of whole requests and, where known, of their phases. */
export interface RequestEnergy extends EnergyColumn {
  /** Prefill: until the first token. */
  readonly prefill?: EnergyColumn;
  /** Decode: from the first token on. */
  readonly decode?: EnergyColumn;
}

/** Options of {@linkcode energyMetrics}. */
export interface EnergyMetricsOptions {
  /** How the joules came about; by default `measured`. */
  readonly basis?: Basis;
  /** How the errors of the requests hang together; by default `common`. */
  readonly dependence?: Dependence;
}

/**
 * Energy metrics of a log. All are ratios of sums over the successful requests that have both, so
 * that long requests weigh by their length; they are not means of ratios.
 */
export interface EnergyMetrics {
  /** Energy of a request. */
  readonly perRequest: Figure;
  /** Prefill energy of a request. */
  readonly perPrompt: Figure;
  /** Prefill energy / prompt tokens, those from a prefix cache included. */
  readonly perInputToken: Figure;
  /** Prefill energy / prompt tokens that were not in the cache. */
  readonly perComputedInputToken: Figure;
  /** Decode energy / output tokens. */
  readonly perOutputToken: Figure;
  /** Energy of the whole request / output tokens, the convention of ML.ENERGY and TokenPowerBench. */
  readonly wholePerOutputToken: Figure;
  /** Energy of the whole request / (input + output tokens). */
  readonly wholePerToken: Figure;
  /** Output tokens / energy of the whole request. */
  readonly outputTokensPerJ: Figure;
  /** The same per kilowatt-hour. */
  readonly outputTokensPerKwh: Figure;
  /** Mean over requests of energy times time to last token (Horowitz et al., 1994). */
  readonly energyDelayProduct: Figure;
  /** Energy by request, in joules. */
  readonly requestJ: Distribution;
  /** Energy of requests that failed, in joules: in no figure above. */
  readonly failedJ: number;
  /** Values left out, and why. */
  readonly dropped: readonly Loss[];
}

/**
 * Energy metrics of requests whose joules are known, per request and per phase.
 *
 * The interval of a ratio is that of its sum of joules; token counts are taken as exact. Figures of
 * prefill and decode need the phases' own columns, and have an interval only if those have.
 *
 * @param energy Joules of each request of the log.
 * @param log The log, with token counts.
 * @param options Basis of the joules and dependence of their errors.
 * @return Figures, each with its unit, interval and basis, or the reason why there is none.
 * @throws {RangeError} When a column is not as long as the log.
 *
 * @example
 * ```ts
 * import { energyMetrics } from "@joulebook/joulebook/metrics";
 * import { requestLog } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const log = requestLog({
 *   submitS: Float64Array.of(0, 1),
 *   endS: Float64Array.of(2, 4),
 *   inputTokens: Float64Array.of(100, 300),
 *   outputTokens: Float64Array.of(10, 40),
 * });
 * const metrics = energyMetrics({
 *   energyJ: Float64Array.of(10, 30),
 *   lowJ: Float64Array.of(9, 26),
 *   highJ: Float64Array.of(12, 34),
 *   prefill: { energyJ: Float64Array.of(2, 6) },
 * }, log);
 * assert.equal(metrics.perRequest.value, 20);
 * assert.equal(metrics.perRequest.high, 23);
 * assert.equal(metrics.perInputToken.value, 8 / 400);
 * assert.equal(metrics.outputTokensPerKwh.value, 50 / 40 * 3.6e6);
 * assert.equal(metrics.energyDelayProduct.value, (10 * 2 + 30 * 3) / 2);
 * assert.equal(metrics.perOutputToken.reason, "no-phase-energy");
 * ```
 */
export function energyMetrics(
  energy: RequestEnergy,
  log: RequestLog,
  options: EnergyMetricsOptions = {},
): EnergyMetrics {
  const { basis = "measured", dependence = "common" } = options;
  const n = log.submitS.length;
  const losses = new LossCounter();
  const ok = (i: number): boolean => log.success[i] !== 0;
  let failedJ = 0;
  for (let i = 0; i < n; i++) {
    if (ok(i)) continue;
    losses.add("failed-request");
    failedJ += energy.energyJ[i] || 0;
  }
  const ratio = (
    column: EnergyColumn | undefined,
    divisor: (i: number) => number,
    name: string,
    unit: string,
  ): Figure => {
    if (column === undefined) return noFigure(unit, "no-phase-energy", basis);
    const { sum, divided } = sumOver(column, divisor, n, ok, dependence, basis, () => {
      losses.add(`${name}-left-out`);
    });
    return divided > 0 ? figure(divide(sum, divided), unit) : noFigure(unit, "no-requests", basis);
  };
  const one = (): number => 1;
  const input = (i: number): number => log.inputTokens[i]!;
  const output = (i: number): number => log.outputTokens[i]!;
  const computed = (i: number): number => input(i) - log.cachedTokens![i]!;
  const { ttltS } = latenciesOf(log);
  const wholePerOutputToken = ratio(energy, output, "whole-per-output-token", "J/output token");
  const delayed = (column: Float64Array): Float64Array =>
    column.map((joules, i) => joules * ttltS[i]!);

  return {
    perRequest: ratio(energy, one, "per-request", "J/request"),
    perPrompt: ratio(energy.prefill, one, "per-prompt", "J/prompt"),
    perInputToken: ratio(energy.prefill, input, "per-input-token", "J/input token"),
    perComputedInputToken: log.cachedTokens === null
      ? noFigure("J/computed input token", "no-cache-counts", basis)
      : ratio(energy.prefill, computed, "per-computed-input-token", "J/computed input token"),
    perOutputToken: ratio(energy.decode, output, "per-output-token", "J/output token"),
    wholePerOutputToken,
    wholePerToken: ratio(energy, (i) => input(i) + output(i), "whole-per-token", "J/token"),
    outputTokensPerJ: invert(wholePerOutputToken, 1, "output tokens/J"),
    outputTokensPerKwh: invert(wholePerOutputToken, joulesPerKwh, "output tokens/kWh"),
    energyDelayProduct: ratio(
      {
        energyJ: delayed(energy.energyJ),
        ...(energy.lowJ && { lowJ: delayed(energy.lowJ) }),
        ...(energy.highJ && { highJ: delayed(energy.highJ) }),
      },
      one,
      "energy-delay",
      "J s",
    ),
    requestJ: distributionOf(energy.energyJ.filter((_, i) => ok(i))),
    failedJ,
    dropped: losses.list(),
  };
}

/** Sums joules and their divisor over the requests that have both. */
function sumOver(
  column: EnergyColumn,
  divisor: (i: number) => number,
  n: number,
  use: (i: number) => boolean,
  dependence: Dependence,
  basis: Basis,
  onLoss: () => void,
): { sum: Estimate; divided: number } {
  const { energyJ, lowJ, highJ } = column;
  for (const part of [energyJ, lowJ, highJ]) {
    if (part !== undefined && part.length !== n) {
      throw new RangeError(`a column has ${part.length} joules, the log ${n} requests`);
    }
  }
  let value = 0;
  let divided = 0;
  let down = 0;
  let up = 0;
  // Requests whose interval is not known would make the sum's look narrower than it is.
  let known = lowJ !== undefined && highJ !== undefined;
  const join = dependence === "common"
    ? (sum: number, width: number) => sum + width
    : (sum: number, width: number) => Math.hypot(sum, width);
  for (let i = 0; i < n; i++) {
    if (!use(i)) continue;
    const by = divisor(i);
    if (Number.isNaN(energyJ[i]!) || !(by >= 0)) {
      onLoss();
      continue;
    }
    value += energyJ[i]!;
    divided += by;
    if (!known) continue;
    if (Number.isNaN(lowJ![i]!) || Number.isNaN(highJ![i]!)) known = false;
    else {
      down = join(down, energyJ[i]! - lowJ![i]!);
      up = join(up, highJ![i]! - energyJ[i]!);
    }
  }
  const ends = column.sumJ !== undefined
    ? endsOfSum(column.sumJ, energyJ, value)
    : known
    ? { low: value - down, high: value + up }
    : { low: null, high: null };
  return { sum: { value, ...ends, basis }, divided };
}

/** The sum's relative interval, for the part of the column that is used. */
function endsOfSum(
  sumJ: { readonly lowJ: number; readonly highJ: number },
  energyJ: Float64Array,
  value: number,
): { low: number | null; high: number | null } {
  const whole = energyJ.reduce((sum, joules) => sum + (Number.isNaN(joules) ? 0 : joules), 0);
  if (!(whole > 0)) return { low: null, high: null };
  return { low: value * sumJ.lowJ / whole, high: value * sumJ.highJ / whole };
}

function divide(sum: Estimate, by: number): Estimate {
  const part = (value: number | null): number | null => value === null ? null : value / by;
  return { ...sum, value: part(sum.value), low: part(sum.low), high: part(sum.high) };
}

/** `size` / figure: the ends change places, and one at or below 0 leaves no upper end. */
function invert(from: Figure, size: number, unit: string): Figure {
  if (from.value === null || !(from.value > 0)) {
    return noFigure(unit, from.reason ?? "no-energy", from.basis);
  }
  const hasEnds = from.low !== null && from.low > 0 && from.high !== null;
  return figure({
    value: size / from.value,
    low: hasEnds ? size / from.high! : null,
    high: hasEnds ? size / from.low! : null,
    basis: from.basis,
  }, unit);
}
