import type { Timeline } from "../requests/timeline.ts";
import { compose, prefillShare } from "./composition.ts";
import type { Division } from "./divide.ts";
import { relativeVariance } from "./intervals.ts";

/** Part of the residual of a second's power that scaling to the measured power leaves. */
const LOCAL_PART = 0.12;
/** A prefill has its own deviation: prompts of one length do not cost the same. */
const PREFILL_DEVIATION = 0.04;
/** It grows as prompts follow each other closely, and where each began is less well known. */
const PLACEMENT_DEVIATION = 0.14;

/** Relative variances of the energies of a request. */
export interface RequestVariance {
  /** Of its prefill. */
  prefill: number;
  /** Of its decode. */
  decode: number;
  /** Of both. */
  both: number;
}

/** Joules by kind of cost. */
export interface PhaseCompositions {
  /** Of prefills. */
  readonly prefill: Float64Array;
  /** Of decodes. */
  readonly decode: Float64Array;
}

/** Says how well the energy of each request is known. */
export class RequestVariances {
  readonly #covariance: Float64Array;
  readonly #all: Float64Array;
  readonly #noise: number;
  readonly #ownDeviation: number;
  readonly #own = new Float64Array(5);
  readonly #sum = new Float64Array(5);
  readonly #result: RequestVariance = { prefill: 0, decode: 0, both: 0 };

  /**
   * Takes what is known of the fit.
   *
   * @param covariance Relative covariance of the costs.
   * @param all Composition of all energy that is divided.
   * @param misfit Residual of the blocks of the fit, relative.
   * @param excess How much more than usual the power strays from the fit.
   * @param timelines The engines.
   */
  constructor(
    covariance: Float64Array,
    all: Float64Array,
    misfit: number,
    excess: number,
    timelines: readonly Timeline[],
  ) {
    this.#covariance = covariance;
    this.#all = all;
    this.#noise = misfit;
    this.#ownDeviation = excess *
      Math.hypot(PREFILL_DEVIATION, PLACEMENT_DEVIATION * prefillShare(timelines));
  }

  /**
   * Variances of one request; the object is used again by the next call.
   *
   * @param division The division that holds it.
   * @param k Its place in the timeline.
   * @param prefill Joules of its prefill.
   * @param decode Joules of its decode.
   * @param decodeS Seconds that it decoded.
   * @param sums What its energies consist of is added here.
   */
  of(
    division: Division,
    k: number,
    prefill: number,
    decode: number,
    decodeS: number,
    sums: PhaseCompositions,
  ): RequestVariance {
    const own = this.#own;
    const sum = this.#sum;
    const result = this.#result;
    compose(
      own,
      division.prefillStepPart[k]!,
      division.prefillStretchPart[k]!,
      true,
      sums.prefill,
      prefill,
    );
    result.prefill = this.relative(own) + this.#ownDeviation ** 2;
    for (let c = 0; c < 5; c++) sum[c] = own[c]! * prefill;
    compose(
      own,
      division.decodeStepPart[k]!,
      division.decodeReadPart[k]!,
      false,
      sums.decode,
      decode,
    );
    const local = (LOCAL_PART * this.#noise) ** 2 / Math.max(1, decodeS);
    result.decode = this.relative(own) + local;
    const both = prefill + decode;
    for (let c = 0; c < 5; c++) own[c] = (sum[c]! + own[c]! * decode) / both;
    result.both = this.relative(own) + local + (this.#ownDeviation * prefill / both) ** 2;
    return result;
  }

  /** Relative variance of an energy by its composition: parts that add up to 1. */
  relative(composition: Float64Array): number {
    return relativeVariance(this.#covariance, composition, this.#all);
  }
}
