import type { EnergyEstimate, Integrator } from "../power/integrate.ts";
import type { Windows } from "../requests/windows.ts";

/** The energy of one window. */
export interface WindowEnergy extends EnergyEstimate {
  /** Name of the window. */
  readonly name: string;
  /** Start, in seconds. */
  readonly startS: number;
  /** End, in seconds. */
  readonly endS: number;
  /** Energy that the source itself gives, in joules; null where it gives none. */
  readonly referenceJ: number | null;
}

/** Energy by window, and the proof that nothing was lost or counted twice. */
export interface WindowAttribution {
  /** Always `windows`: each window gets the energy measured during it. */
  readonly method: "windows";
  /** Energy measured over the whole trace, in joules. */
  readonly totalJ: number;
  /** Energy while at least one window was open, counted once, in joules. */
  readonly insideJ: number;
  /** Energy while none was, in joules. */
  readonly outsideJ: number;
  /** Energy that lies in more than one window, counted once for each further window, in joules. */
  readonly sharedJ: number;
  /** |inside + outside - total| / total, the parts summed piece by piece. */
  readonly conservationError: number;
  /** One entry for each window, in their order. */
  readonly windows: readonly WindowEnergy[];
}

/**
 * The energy of each window. Windows may overlap; each then gets the energy measured during it, and
 * what was counted more than once is named in `sharedJ`.
 *
 * Takes O((n + m) log(n + m)) time for n windows over m readings.
 *
 * @param power A prepared trace.
 * @param windows Windows on the same clock.
 * @return Energies with intervals or reasons, and the sums.
 *
 * @example
 * ```ts
 * import { attributeWindows } from "@joulebook/joulebook/attribution";
 * import { createIntegrator, sampledPower } from "@joulebook/joulebook/power";
 * import { windows } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const power = createIntegrator(sampledPower({
 *   timeS: Float64Array.of(0, 1, 2, 3, 4),
 *   powerW: Float64Array.of(100, 100, 100, 100, 100),
 * }));
 * const energy = attributeWindows(
 *   power,
 *   windows({ names: ["work"], startS: Float64Array.of(1), endS: Float64Array.of(3) }),
 * );
 * assert.equal(energy.windows[0]!.energyJ, 200);
 * assert.equal(energy.outsideJ, 200);
 * ```
 */
export function attributeWindows(power: Integrator, windows: Windows): WindowAttribution {
  const { names, startS, endS, referenceJ } = windows;
  const entries = names.map((name, i): WindowEnergy => ({
    name,
    startS: startS[i]!,
    endS: endS[i]!,
    ...power.estimate(startS[i]!, endS[i]!),
    referenceJ: Number.isNaN(referenceJ[i]!) ? null : referenceJ[i]!,
  }));
  const starts = startS.toSorted();
  const ends = endS.toSorted();
  let insideJ = 0;
  let outsideJ = 0;
  let sharedJ = 0;
  let open = 0;
  let s = 0;
  let e = 0;
  let lastJ = 0;
  while (e < ends.length) {
    const opens = s < starts.length && starts[s]! <= ends[e]!;
    const atJ = power.cumulativeJ(opens ? starts[s]! : ends[e]!);
    const pieceJ = atJ - lastJ;
    if (open === 0) outsideJ += pieceJ;
    else {
      insideJ += pieceJ;
      sharedJ += (open - 1) * pieceJ;
    }
    lastJ = atJ;
    if (opens) {
      open++;
      s++;
    } else {
      open--;
      e++;
    }
  }
  outsideJ += power.totalJ - lastJ;
  return {
    method: "windows",
    totalJ: power.totalJ,
    insideJ,
    outsideJ,
    sharedJ,
    conservationError: relative(insideJ + outsideJ, power.totalJ),
    windows: entries,
  };
}

/**
 * How far a sum of parts is from its whole.
 *
 * @param sum The sum.
 * @param whole The whole.
 * @return |sum - whole| / |whole|; the absolute difference when the whole is 0.
 */
export function relative(sum: number, whole: number): number {
  const difference = Math.abs(sum - whole);
  return whole === 0 ? difference : difference / Math.abs(whole);
}
