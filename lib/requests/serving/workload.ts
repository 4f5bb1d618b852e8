import type { Random } from "../../random.ts";

/** Lengths drawn from a lognormal distribution, rounded, cut to a range. */
export interface LengthDistribution {
  /** Median in tokens. */
  readonly median: number;
  /** Standard deviation of the logarithm. */
  readonly sigma: number;
  /** Smallest length. */
  readonly min: number;
  /** Largest length. */
  readonly max: number;
}

/** When requests come. */
export type ArrivalProcess =
  /** Independent arrivals at a mean rate. */
  | { readonly kind: "poisson"; readonly ratePerS: number }
  /** A fixed number of clients, each sending its next request when the last is answered. */
  | { readonly kind: "closed"; readonly clients: number; readonly thinkS?: number }
  /** Arrivals and lengths as recorded elsewhere. */
  | {
    readonly kind: "trace";
    readonly arrivalS: Float64Array;
    readonly inputTokens: Float64Array;
    readonly outputTokens: Float64Array;
  };

/** What is asked of the server. */
export interface ServingWorkload {
  /** When requests come. */
  readonly arrivals: ArrivalProcess;
  /** Prompt lengths; not used by a recorded trace. */
  readonly input: LengthDistribution;
  /** Answer lengths, first token included; not used by a recorded trace. */
  readonly output: LengthDistribution;
  /** Part of the requests that find some of their prompt in a prefix cache. */
  readonly cacheHitShare: number;
  /** Part of the prompt that such a request finds. */
  readonly cachedPart: number;
}

/** The default: chat-like lengths (medians 300 and 180), no prefix cache. */
export const CHAT_WORKLOAD: Omit<ServingWorkload, "arrivals"> = {
  input: { median: 300, sigma: 1.1, min: 4, max: 16384 },
  output: { median: 180, sigma: 0.8, min: 1, max: 4096 },
  cacheHitShare: 0,
  cachedPart: 0.7,
};

/** Draws a length. */
export function drawLength(distribution: LengthDistribution, random: Random): number {
  const { median, sigma, min, max } = distribution;
  return Math.min(max, Math.max(min, Math.round(median * Math.exp(sigma * random.normal()))));
}

/** Arrival times of a Poisson process on [0, durationS), in order. */
export function poissonArrivals(ratePerS: number, durationS: number, random: Random): number[] {
  const times: number[] = [];
  for (let t = random.exponential() / ratePerS; t < durationS;) {
    times.push(t);
    t += random.exponential() / ratePerS;
  }
  return times;
}
