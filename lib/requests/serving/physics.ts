/** What the weights of a mixture of experts cost to read: more tokens in a step touch more experts. */
export interface ExpertWeights {
  /** Experts in each layer. */
  readonly count: number;
  /** Experts that each token is sent to. */
  readonly perToken: number;
  /** Bytes of all experts together; the rest of `weightBytes` is read in every step. */
  readonly bytes: number;
}

/** Time and power of one engine step of a simulated accelerator. */
export interface ServingPhysics {
  /** Watts with no work. Kept apart from the energy of requests. */
  readonly idleW: number;
  /** Watts on top of idle for as long as a step runs. */
  readonly activeBaseW: number;
  /** FLOPs of a token through the weights (twice the active parameters). */
  readonly flopsPerToken: number;
  /** FLOPs of a token for each token of context that it attends to. */
  readonly flopsPerContextToken: number;
  /** Bytes of the weights. */
  readonly weightBytes: number;
  /** Expert weights; null for a dense model. */
  readonly experts: ExpertWeights | null;
  /** Bytes of the key-value cache of a token. */
  readonly cacheBytesPerToken: number;
  /** Joules of a prefill FLOP. */
  readonly prefillJPerFlop: number;
  /** Joules of a decode FLOP (small matrices use the units less well). */
  readonly decodeJPerFlop: number;
  /** Joules of a byte read. */
  readonly jPerByte: number;
  /** Growth of a FLOP's energy from an idle to a saturated compute unit, as a fraction. */
  readonly superlinear: number;
  /** Reachable FLOPs per second. */
  readonly flopsPerS: number;
  /** Reachable bytes per second. */
  readonly bytesPerS: number;
  /** Seconds of every step that the host takes. */
  readonly hostS: number;
  /** Board power limit in watts; a step that would exceed it is stretched. */
  readonly capW: number;
  /** Standard deviation of a step's energy around its mean, as a fraction. */
  readonly stepNoise: number;
  /** Amplitude of a slow change of power (temperature, clocks), as a fraction. */
  readonly drift: number;
}

/** What the sequences of one step ask of the accelerator, summed. */
export interface StepWork {
  /** FLOPs of prompt tokens. */
  prefillFlops: number;
  /** FLOPs of decode tokens. */
  decodeFlops: number;
  /** Bytes of cache read. */
  cacheBytes: number;
  /** Tokens computed. */
  tokens: number;
}

/** Time and energy of one step. */
export interface StepCost {
  /** Seconds. */
  timeS: number;
  /** Joules above idle. */
  energyJ: number;
}

/**
 * Bytes of weights that a step reads: all of a dense model; of a mixture of experts the share that
 * `tokens` independent choices are expected to touch, 1 - (1 - k/n)^tokens.
 *
 * @param physics The accelerator and model.
 * @param tokens Tokens computed in the step.
 * @return Bytes.
 */
export function weightBytesRead(physics: ServingPhysics, tokens: number): number {
  const { experts, weightBytes } = physics;
  if (experts === null) return weightBytes;
  const missed = Math.pow(1 - experts.perToken / experts.count, tokens);
  return weightBytes - experts.bytes * missed;
}

/**
 * Time and dynamic energy of a step, without noise.
 *
 * time = host + (compute^4 + memory^4)^(1/4), a soft maximum of the two roofs; energy = active base
 * times time + bytes + FLOPs, whose energy grows with the utilisation of the compute units; a step
 * above the power limit is stretched until it meets it.
 *
 * @param physics The accelerator and model.
 * @param work What the step computes.
 * @param cost Where the result is written (millions of calls: nothing is allocated).
 */
export function stepCost(physics: ServingPhysics, work: StepWork, cost: StepCost): void {
  const bytes = weightBytesRead(physics, work.tokens) + work.cacheBytes;
  const computeS = (work.prefillFlops + work.decodeFlops) / physics.flopsPerS;
  const memoryS = bytes / physics.bytesPerS;
  const compute2 = computeS * computeS;
  const memory2 = memoryS * memoryS;
  const timeS = physics.hostS + Math.sqrt(Math.sqrt(compute2 * compute2 + memory2 * memory2));
  const flopJ = work.prefillFlops * physics.prefillJPerFlop +
    work.decodeFlops * physics.decodeJPerFlop;
  const workJ = physics.jPerByte * bytes + flopJ * (1 + physics.superlinear * computeS / timeS);
  // Stretching spends the same work over a longer time.
  const least = workJ / (physics.capW - physics.idleW - physics.activeBaseW);
  cost.timeS = Math.max(timeS, least);
  cost.energyJ = physics.activeBaseW * cost.timeS + workJ;
}
