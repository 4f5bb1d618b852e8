import { type Loss, LossCounter } from "../losses.ts";
import type { Integrator, NoEnergyReason } from "../power/integrate.ts";
import { upperBound } from "../power/search.ts";
import type { RequestLog } from "../requests/log.ts";
import { relative } from "./windows.ts";

/** Energy by request and phase as columns, and the proof that the parts add up. */
export interface RequestAttribution {
  /**
   * `serial` when no two requests overlap, so that each gets all energy measured during it; else
   * `equal-share`: at every instant the power is divided equally among the requests in flight.
   */
  readonly method: "serial" | "equal-share";
  /** Most requests in flight at one instant. */
  readonly peakConcurrency: number;
  /** Energy measured over the whole trace, in joules. */
  readonly totalJ: number;
  /**
   * Energy while no request was in flight, in joules: assigned to none. 0 when requests that
   * succeeded have no end, since nothing says what was idle then.
   */
  readonly idleJ: number;
  /**
   * Energy of requests that the trace does not cover whole, or whose first token lies outside of
   * them, in joules; and, when requests that
   * succeeded have no end, all energy outside the others.
   */
  readonly unattributedJ: number;
  /** Energy from submit to first token, all requests, in joules. */
  readonly prefillJ: number;
  /** Energy from first token to end, all requests, in joules. */
  readonly decodeJ: number;
  /** Energy of requests whose first token is not known, in joules. */
  readonly unsplitJ: number;
  /**
   * Half widths of the nominal 90 % intervals of the two sums above, in joules: the change when all
   * requests are moved by half of the trace's timing, joined in quadrature with the requests' own.
   */
  readonly halfWidths: { readonly prefillJ: number; readonly decodeJ: number };
  /** |idle + unattributed + prefill + decode + unsplit - total| / total. */
  readonly conservationError: number;
  /** One entry for each request, in the order of the log. */
  readonly requests: RequestEnergies;
  /** Requests left out, and why. */
  readonly dropped: readonly Loss[];
}

/** Energies of requests as columns of equal length; NaN where there is a reason. */
export interface RequestEnergies {
  /** Prefill, in joules. */
  readonly prefillJ: Float64Array;
  /** Decode, in joules. */
  readonly decodeJ: Float64Array;
  /** Whole request, in joules. */
  readonly energyJ: Float64Array;
  /** Lower end of the nominal 90 % interval, in joules. */
  readonly lowJ: Float64Array;
  /** Upper end of the nominal 90 % interval, in joules. */
  readonly highJ: Float64Array;
  /** Why a request has no energy; null where it has one. */
  readonly reasons: readonly (RequestReason | null)[];
}

/** Why a request has no energy. */
export type RequestReason =
  | NoEnergyReason
  | "no-times"
  | "ends-before-start"
  | "first-token-outside";

/**
 * Divides the measured energy among requests, equally at every instant among those in flight.
 *
 * Prefill is the time from submit to first token, decode from first token to end. The division is
 * a convention, not a measurement: the interval has what the trace leaves open (sampling and
 * timing, see createIntegrator) and not the choice of the rule.
 *
 * Takes O((n + m) log(n + m)) time for n requests over m readings.
 *
 * @param power A prepared trace; give `minSamples: 0`, so that phases shorter than its step count.
 * @param log Requests on the same clock.
 * @return Energies, sums and the conservation error.
 *
 * @example
 * ```ts
 * import { attributeEqualShare } from "@joulebook/joulebook/attribution";
 * import { createIntegrator, sampledPower } from "@joulebook/joulebook/power";
 * import { requestLog } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const timeS = Float64Array.from({ length: 11 }, (_, i) => i);
 * const power = createIntegrator(
 *   sampledPower({ timeS, powerW: timeS.map(() => 100) }),
 *   { minSamples: 0 },
 * );
 * const { requests, idleJ } = attributeEqualShare(power, requestLog({
 *   submitS: Float64Array.of(1, 3),
 *   firstTokenS: Float64Array.of(2, 4),
 *   endS: Float64Array.of(5, 7),
 * }));
 * // Alone for 2 s, then two together for 2 s.
 * assert.equal(requests.energyJ[0], 200 + 100);
 * assert.equal(idleJ, 100 + 300);
 * ```
 */
export function attributeEqualShare(power: Integrator, log: RequestLog): RequestAttribution {
  const n = log.submitS.length;
  const losses = new LossCounter();
  const reasons: (RequestReason | null)[] = new Array(n).fill(null);
  const spans: number[] = [];
  for (let i = 0; i < n; i++) {
    const submit = log.submitS[i]!;
    const first = log.firstTokenS[i]!;
    const end = log.endS[i]!;
    const fault: RequestReason | null = !Number.isFinite(submit) || !Number.isFinite(end)
      ? "no-times"
      : end < submit
      ? "ends-before-start"
      : first < submit || first > end
      ? "first-token-outside"
      : null;
    // A request whose first token is out of place was in flight all the same.
    if (fault === null || fault === "first-token-outside") spans.push(i);
    if (fault !== null) {
      reasons[i] = fault;
      losses.add(fault, i + 1);
    }
  }
  const sweep = shareSweep(power, log, spans, 0);
  const endsMissing = reasons.some((reason, i) => reason === "no-times" && log.success[i] === 1);
  const idleJ = endsMissing ? 0 : sweep.idleJ;

  const column = (): Float64Array => new Float64Array(n).fill(NaN);
  const requests = {
    prefillJ: column(),
    decodeJ: column(),
    energyJ: column(),
    lowJ: column(),
    highJ: column(),
    reasons,
  };
  let prefillJ = 0;
  let decodeJ = 0;
  let unsplitJ = 0;
  let unattributedJ = endsMissing ? sweep.idleJ : 0;
  let prefillVariance = 0;
  let decodeVariance = 0;
  const split: number[] = [];
  for (const i of spans) {
    const submit = log.submitS[i]!;
    const first = log.firstTokenS[i]!;
    const end = log.endS[i]!;
    const shareJ = sweep.shareAt(end) - sweep.shareAt(submit);
    if (reasons[i] !== null) {
      unattributedJ += shareJ;
      continue;
    }
    const whole = power.estimate(submit, end);
    if (whole.reason !== null) {
      reasons[i] = whole.reason;
      losses.add(whole.reason, i + 1);
      unattributedJ += shareJ;
      continue;
    }
    // The share errs as the energy does of which it is one.
    const spread = whole.energyJ! > 0 ? (whole.highJ! - whole.energyJ!) / whole.energyJ! : 0;
    requests.energyJ[i] = shareJ;
    requests.lowJ[i] = Math.max(0, shareJ * (1 - spread));
    requests.highJ[i] = shareJ * (1 + spread);
    if (Number.isNaN(first)) {
      unsplitJ += shareJ;
    } else {
      const beforeJ = sweep.shareAt(first) - sweep.shareAt(submit);
      requests.prefillJ[i] = beforeJ;
      requests.decodeJ[i] = shareJ - beforeJ;
      prefillJ += beforeJ;
      decodeJ += shareJ - beforeJ;
      prefillVariance += (beforeJ * spread) ** 2;
      decodeVariance += ((shareJ - beforeJ) * spread) ** 2;
      split.push(i);
    }
  }
  let prefillMovedJ = 0;
  let decodeMovedJ = 0;
  for (const by of [-power.timingS / 2, power.timingS / 2]) {
    const moved = shareSweep(power, log, spans, by);
    let prefill = 0;
    let decode = 0;
    for (const i of split) {
      const firstJ = moved.shareAt(log.firstTokenS[i]!);
      prefill += firstJ - moved.shareAt(log.submitS[i]!);
      decode += moved.shareAt(log.endS[i]!) - firstJ;
    }
    prefillMovedJ = Math.max(prefillMovedJ, Math.abs(prefill - prefillJ));
    decodeMovedJ = Math.max(decodeMovedJ, Math.abs(decode - decodeJ));
  }
  return {
    method: sweep.peak > 1 ? "equal-share" : "serial",
    peakConcurrency: sweep.peak,
    totalJ: power.totalJ,
    idleJ,
    unattributedJ,
    prefillJ,
    decodeJ,
    unsplitJ,
    halfWidths: {
      prefillJ: Math.hypot(prefillMovedJ, Math.sqrt(prefillVariance)),
      decodeJ: Math.hypot(decodeMovedJ, Math.sqrt(decodeVariance)),
    },
    conservationError: relative(
      idleJ + unattributedJ + prefillJ + decodeJ + unsplitJ,
      power.totalJ,
    ),
    requests,
    dropped: losses.list(),
  };
}

interface Sweep {
  /** Energy that one request in flight since the beginning would have, at an event of the log. */
  shareAt(timeS: number): number;
  readonly idleJ: number;
  readonly peak: number;
}

/**
 * Runs over all events in order and integrates power divided by the requests in flight; the log is
 * moved by `moveS` against the trace.
 */
function shareSweep(
  power: Integrator,
  log: RequestLog,
  spans: readonly number[],
  moveS: number,
): Sweep {
  const starts = Float64Array.from(spans, (i) => log.submitS[i]!).sort();
  const ends = Float64Array.from(spans, (i) => log.endS[i]!).sort();
  const firsts = Float64Array.from(spans, (i) => log.firstTokenS[i]!).filter((t) =>
    !Number.isNaN(t)
  )
    .sort();
  const knotS = new Float64Array(starts.length + ends.length + firsts.length);
  const shareJ = new Float64Array(knotS.length);
  let [s, f, e, k, open, peak] = [0, 0, 0, 0, 0, 0];
  let idleJ = 0;
  let lastJ = 0;
  let share = 0;
  while (e < ends.length) {
    const start = s < starts.length ? starts[s]! : Infinity;
    const first = f < firsts.length ? firsts[f]! : Infinity;
    const end = ends[e]!;
    const time = Math.min(start, first, end);
    const atJ = power.cumulativeJ(time + moveS);
    if (open === 0) idleJ += atJ - lastJ;
    else share += (atJ - lastJ) / open;
    lastJ = atJ;
    knotS[k] = time;
    shareJ[k] = share;
    k++;
    // Starts before ends, so that a request of no length opens before it closes.
    if (start === time) {
      s++;
      open++;
      if (open > peak) peak = open;
    } else if (first === time) f++;
    else {
      e++;
      open--;
    }
  }
  idleJ += power.totalJ - lastJ;
  const used = knotS.subarray(0, k);
  return {
    shareAt(timeS) {
      // The last knot at this moment; several events may share it.
      const after = upperBound(used, timeS);
      return after === 0 ? 0 : shareJ[after - 1]!;
    },
    idleJ,
    peak,
  };
}
