/** True power of a simulated device: idle, and steps of constant power on top of it. */
export interface PowerProfile {
  /** Name of the device. */
  readonly name: string;
  /** Watts with no work. */
  readonly idleW: number;
  /** First moment, in seconds. */
  readonly startS: number;
  /** Last moment. */
  readonly endS: number;
  /** Start of each step, in seconds, increasing. */
  readonly stepStartS: Float64Array;
  /** Duration of each step. */
  readonly stepS: Float64Array;
  /** Energy of each step above idle, in joules. */
  readonly stepJ: Float64Array;
  /** Sequences that decoded in each step. */
  readonly decoding: Uint16Array;
  /** Prompt tokens computed in each step. */
  readonly promptTokens: Uint32Array;
}

/**
 * The energy of a profile up to any moment.
 *
 * @param profile The profile.
 * @return A function from seconds to joules since the start, idle included; idle goes on before and
 *   after. Fast for moments that increase.
 *
 * @example
 * ```ts
 * import { cumulativeEnergy, simulateServing } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const run = simulateServing({
 *   seed: 1,
 *   workload: { arrivals: { kind: "closed", clients: 2 } },
 *   durationS: 5,
 * });
 * const [device] = run.devices;
 * const totalJ = cumulativeEnergy(device!)(device!.endS);
 * assert.ok(Math.abs(totalJ - run.idleJ - run.dynamicJ) < 1e-9 * totalJ);
 * ```
 */
export function cumulativeEnergy(profile: PowerProfile): (timeS: number) => number {
  const { stepStartS, stepS, stepJ, idleW, startS } = profile;
  const n = stepJ.length;
  const before = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) before[i + 1] = before[i]! + stepJ[i]!;
  let at = 0;
  return (timeS) => {
    while (at > 0 && stepStartS[at - 1]! > timeS) at--;
    while (at < n && stepStartS[at]! <= timeS) at++;
    const idleJ = idleW * (timeS - startS);
    if (at === 0) return idleJ;
    const part = Math.min(1, (timeS - stepStartS[at - 1]!) / stepS[at - 1]!);
    return idleJ + before[at - 1]! + part * stepJ[at - 1]!;
  };
}
