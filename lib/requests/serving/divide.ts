import type { Random } from "../../random.ts";
import { type ServingPhysics, type StepCost, stepCost, type StepWork } from "./physics.ts";

/**
 * How the cost that the sequences of a step share (weights, active base power) is divided.
 *
 * - `per-sequence`: own FLOPs and cache bytes, the shared rest in equal parts
 * - `shapley`: the Shapley value of the step's cost as a function of its set of sequences
 * - `per-token`: own FLOPs and cache bytes, the shared rest by tokens computed
 */
export type StepSharing = "per-sequence" | "shapley" | "per-token";

/** The sequences of one step, as reusable columns. */
export class StepMembers {
  /** Sequences in the step. */
  count = 0;
  /** Index of the request. */
  readonly request: Int32Array;
  /** 1 where the sequence computes prompt tokens. */
  readonly isPrefill: Uint8Array;
  /** FLOPs. */
  readonly flops: Float64Array;
  /** Bytes of cache read. */
  readonly cacheBytes: Float64Array;
  /** Tokens computed. */
  readonly tokens: Float64Array;

  /**
   * Makes room.
   *
   * @param capacity Most sequences of a step.
   */
  constructor(capacity: number) {
    this.request = new Int32Array(capacity);
    this.isPrefill = new Uint8Array(capacity);
    this.flops = new Float64Array(capacity);
    this.cacheBytes = new Float64Array(capacity);
    this.tokens = new Float64Array(capacity);
  }
}

/** Divides the energy of steps among their sequences by every rule. */
export class StepDivider {
  /** Joules of each sequence of the last step, by rule. */
  readonly shares: Readonly<Record<StepSharing, Float64Array>>;
  readonly #physics: ServingPhysics;
  readonly #random: Random;
  readonly #order: Int32Array;
  readonly #work: StepWork = { prefillFlops: 0, decodeFlops: 0, cacheBytes: 0, tokens: 0 };
  readonly #cost: StepCost = { timeS: 0, energyJ: 0 };
  readonly #fixedJ: number;

  /**
   * Prepares the division.
   *
   * @param physics The accelerator and model.
   * @param capacity Most sequences of a step.
   * @param random Draws the orders that the Shapley value is averaged over.
   */
  constructor(physics: ServingPhysics, capacity: number, random: Random) {
    this.#physics = physics;
    this.#random = random;
    this.#order = new Int32Array(capacity);
    this.shares = {
      "per-sequence": new Float64Array(capacity),
      shapley: new Float64Array(capacity),
      "per-token": new Float64Array(capacity),
    };
    stepCost(physics, this.#work, this.#cost);
    this.#fixedJ = this.#cost.energyJ;
  }

  /** Energy of the whole step without noise; fills `shares` so that each rule adds up to `totalJ`. */
  divide(members: StepMembers, cost: StepCost, totalJ: number): void {
    const n = members.count;
    const scale = totalJ / cost.energyJ;
    this.#shapley(members, scale / 2, this.#fixedJ * scale / n);
    const { prefillJPerFlop, decodeJPerFlop, jPerByte, superlinear, flopsPerS } = this.#physics;
    let flops = 0;
    let tokens = 0;
    for (let k = 0; k < n; k++) {
      flops += members.flops[k]!;
      tokens += members.tokens[k]!;
    }
    const growth = 1 + superlinear * flops / flopsPerS / cost.timeS;
    const bySequence = this.shares["per-sequence"];
    const byToken = this.shares["per-token"];
    let own = 0;
    for (let k = 0; k < n; k++) {
      const perFlop = members.isPrefill[k] === 1 ? prefillJPerFlop : decodeJPerFlop;
      const ownJ = members.flops[k]! * perFlop * growth + members.cacheBytes[k]! * jPerByte;
      bySequence[k] = ownJ;
      own += ownJ;
    }
    const shared = cost.energyJ - own;
    for (let k = 0; k < n; k++) {
      const ownJ = bySequence[k]!;
      bySequence[k] = scale * (ownJ + shared / n);
      byToken[k] = scale * (ownJ + shared * members.tokens[k]! / tokens);
    }
  }

  /**
   * Mean marginal cost over a random order and its reverse; the part of the cost that any step has,
   * however small, is divided exactly.
   */
  #shapley(members: StepMembers, weight: number, fixedShare: number): void {
    const n = members.count;
    const order = this.#order;
    const share = this.shares.shapley;
    for (let k = 0; k < n; k++) {
      const j = this.#random.integer(k + 1);
      order[k] = order[j]!;
      order[j] = k;
      share[k] = fixedShare;
    }
    const work = this.#work;
    for (let direction = 0; direction < 2; direction++) {
      work.prefillFlops =
        work.decodeFlops =
        work.cacheBytes =
        work.tokens =
          0;
      let before = this.#fixedJ;
      for (let position = 0; position < n; position++) {
        const k = order[direction === 0 ? position : n - 1 - position]!;
        if (members.isPrefill[k] === 1) work.prefillFlops += members.flops[k]!;
        else work.decodeFlops += members.flops[k]!;
        work.cacheBytes += members.cacheBytes[k]!;
        work.tokens += members.tokens[k]!;
        stepCost(this.#physics, work, this.#cost);
        share[k]! += weight * (this.#cost.energyJ - before);
        before = this.#cost.energyJ;
      }
    }
  }
}
