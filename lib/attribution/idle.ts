import type { RequestLog } from "../requests/log.ts";

/** Idle power, and how it is known. */
export interface IdlePower {
  /** Watts; NaN when neither given nor seen. */
  readonly idleW: number;
  /** Half width of its nominal 90 % interval. */
  readonly widthW: number;
  /** Where it comes from. */
  readonly source: "given" | "measured" | "unknown";
  /** Readings with no request around them. */
  readonly samples: number;
  /**
   * Part of those readings that lie clearly above idle power: work that the log does not tell of.
   */
  readonly busyShare: number;
}

/** Seconds around a request in which a reading is not taken for idle. */
const GUARD_S = 0.3;
/** Fewest readings, and fewest seconds of them, that tell idle power. */
const FEWEST = 5;
const SHORTEST_S = 1;

/**
 * Idle power: given, or the median of the readings with no request of the log around them. Where
 * those readings are of two kinds, the lower is idle and the upper is work that the log misses.
 *
 * @param log The log; requests that failed count as present.
 * @param centreS Middle of the window of each reading, on the log's clock.
 * @param powerW Power of each.
 * @param averagingS Averaging window.
 * @param stepS Median step between readings.
 * @param givenW Idle power where it is known.
 * @return Idle power.
 */
export function idlePower(
  log: RequestLog,
  centreS: Float64Array,
  powerW: Float64Array,
  averagingS: number,
  stepS: number,
  givenW?: number,
): IdlePower {
  const free = idleReadings(log, centreS, powerW, averagingS).sort();
  return idleFrom(free, averagingS, stepS, givenW);
}

/** Power of the readings with no request of the log around them. */
export function idleReadings(
  log: RequestLog,
  centreS: Float64Array,
  powerW: Float64Array,
  averagingS: number,
): Float64Array {
  return readingsBetween(busySpans(log), centreS, powerW, GUARD_S + averagingS / 2);
}

/**
 * Idle power from readings with no request around them.
 *
 * @param free Their power, sorted.
 * @param averagingS Averaging window.
 * @param stepS Median step between readings.
 * @param givenW Idle power where it is known.
 * @return Idle power.
 */
export function idleFrom(
  free: Float64Array,
  averagingS: number,
  stepS: number,
  givenW?: number,
): IdlePower {
  const n = free.length;
  const quantile = (p: number): number => free[Math.min(n - 1, Math.floor(p * n))]!;
  const seen = n >= FEWEST && n * stepS >= SHORTEST_S;
  if (!seen) {
    return givenW === undefined
      ? { idleW: NaN, widthW: NaN, source: "unknown", samples: n, busyShare: 0 }
      : { idleW: givenW, widthW: 0, source: "given", samples: n, busyShare: 0 };
  }
  const low = givenW ?? quantile(0.1);
  // A reading is busy when it is further above idle than idle itself wanders.
  const limit = low + Math.max(0.25 * low, 10 * (quantile(0.25) - quantile(0.05)));
  const busy = free.filter((w) => w > limit).length;
  if (givenW !== undefined) {
    return { idleW: givenW, widthW: 0, source: "given", samples: n, busyShare: busy / n };
  }
  const calm = free.slice(0, n - busy);
  const idleW = calm[calm.length >> 1]!;
  const spread = calm[Math.floor(0.9 * calm.length)]! - calm[Math.floor(0.1 * calm.length)]!;
  // Ten to ninety per cent of a normal distribution are 2.56 standard deviations; neighbours agree.
  const independent = Math.max(1, calm.length * stepS / Math.max(1, averagingS));
  return {
    idleW,
    widthW: 1.645 * spread / 2.56 / Math.sqrt(independent),
    source: "measured",
    samples: n,
    busyShare: busy / n,
  };
}

/** Most readings that are looked at. */
const MOST = 1_000_000;

/** Powers of the readings between spans, thinned out evenly when there are very many. */
function readingsBetween(
  spans: { readonly startS: Float64Array; readonly endS: Float64Array },
  centreS: Float64Array,
  powerW: Float64Array,
  guardS: number,
): Float64Array {
  const { startS, endS } = spans;
  const stride = Math.max(1, Math.ceil(centreS.length / MOST));
  const free = new Float64Array(Math.ceil(centreS.length / stride));
  let n = 0;
  let b = 0;
  for (let i = 0; i < centreS.length; i += stride) {
    const t = centreS[i]!;
    while (b < startS.length && endS[b]! + guardS <= t) b++;
    if (b === startS.length || t + guardS <= startS[b]!) free[n++] = powerW[i]!;
  }
  return free.slice(0, n);
}

/** The times at which at least one request is present, as spans in order. */
function busySpans(log: RequestLog): { startS: Float64Array; endS: Float64Array } {
  const { submitS, firstTokenS, endS: ends } = log;
  let order: Uint32Array | null = null;
  for (let i = 1; i < submitS.length && order === null; i++) {
    if (submitS[i]! < submitS[i - 1]! || Number.isNaN(submitS[i])) {
      order = Uint32Array.from(submitS.keys()).filter((k) => Number.isFinite(submitS[k]!))
        .sort((a, b) => submitS[a]! - submitS[b]!);
    }
  }
  const count = order?.length ?? submitS.length;
  const startS = new Float64Array(count);
  const endS = new Float64Array(count);
  let n = 0;
  for (let k = 0; k < count; k++) {
    const i = order === null ? k : order[k]!;
    const start = submitS[i]!;
    // A request that failed was present at least until what is known of it.
    const stop = ends[i]! >= start ? ends[i]! : firstTokenS[i]! >= start ? firstTokenS[i]! : start;
    if (n > 0 && start <= endS[n - 1]!) endS[n - 1] = Math.max(endS[n - 1]!, stop);
    else {
      startS[n] = start;
      endS[n++] = stop;
    }
  }
  return { startS: startS.subarray(0, n), endS: endS.subarray(0, n) };
}
