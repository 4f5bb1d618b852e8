import { createIntegrator, type Integrator, type NoEnergyReason } from "../../power/integrate.ts";
import type { PowerSeries } from "../../power/series.ts";
import type { Windows } from "../../requests/windows.ts";
import { relative, type WindowAttribution, type WindowEnergy } from "../windows.ts";

/** What one device used in a stretch of time, and in the windows that begin in it. */
export interface WindowStretch {
  /** Energy measured in the stretch, in joules. */
  readonly totalJ: number;
  /** The part of it while at least one window was open, counted once. */
  readonly insideJ: number;
  /** The part of it that lies in more than one window, counted once for each further window. */
  readonly sharedJ: number;
  /** Windows that begin in the stretch, by place. */
  readonly windows: Uint32Array;
  /** Energy of each, whole; NaN where there is a reason. */
  readonly energyJ: Float64Array;
  /** Half width of its nominal 90 % interval. */
  readonly halfJ: Float64Array;
  /** Readings inside it. */
  readonly samples: Float64Array;
  /** Why a window has no energy. */
  readonly reasons: readonly (NoEnergyReason | null)[];
}

/** Windows that begin in a stretch, by place. */
export function windowsFrom(windows: Windows, fromS: number, toS: number): number[] {
  return windows.names.map((_, i) => i).filter((i) =>
    windows.startS[i]! >= fromS && windows.startS[i]! < toS
  );
}

/**
 * What one device used in a stretch. A window belongs to the stretch in which it begins, and is
 * measured whole there, however far it reaches: it is counted once.
 *
 * @param series Readings of the stretch and of all windows that begin in it, with a margin.
 * @param windows All windows.
 * @param fromS Begin of the stretch.
 * @param toS Its end.
 * @return The energies.
 */
export function windowStretch(
  series: PowerSeries,
  windows: Windows,
  fromS: number,
  toS: number,
): WindowStretch {
  const power = createIntegrator(series);
  const own = windowsFrom(windows, fromS, toS);
  const estimates = own.map((i) => power.estimate(windows.startS[i]!, windows.endS[i]!));
  const energyJ = Float64Array.from(estimates, ({ energyJ }) => energyJ ?? NaN);
  return {
    totalJ: between(power, fromS, toS),
    ...inside(power, windows, fromS, toS),
    windows: Uint32Array.from(own),
    energyJ,
    halfJ: Float64Array.from(estimates, ({ highJ }, k) => (highJ ?? NaN) - energyJ[k]!),
    samples: Float64Array.from(estimates, ({ samples }) => samples),
    reasons: estimates.map(({ reason }) => reason),
  };
}

function between(power: Integrator, fromS: number, toS: number): number {
  return power.cumulativeJ(toS) - power.cumulativeJ(fromS);
}

/** Energy while windows were open, once and for each further window. */
function inside(
  power: Integrator,
  windows: Windows,
  fromS: number,
  toS: number,
): { insideJ: number; sharedJ: number } {
  const events: { timeS: number; change: number }[] = [];
  for (let i = 0; i < windows.names.length; i++) {
    const startS = Math.max(fromS, windows.startS[i]!);
    const endS = Math.min(toS, windows.endS[i]!);
    if (startS < endS) events.push({ timeS: startS, change: 1 }, { timeS: endS, change: -1 });
  }
  events.sort((a, b) => a.timeS - b.timeS);
  let insideJ = 0;
  let sharedJ = 0;
  let open = 0;
  let lastS = fromS;
  for (const { timeS, change } of events) {
    if (open > 0 && timeS > lastS) {
      const joules = between(power, lastS, timeS);
      insideJ += joules;
      sharedJ += (open - 1) * joules;
    }
    lastS = timeS;
    open += change;
  }
  return { insideJ, sharedJ };
}

/** Energies of windows over devices and stretches. */
export interface MergedWindows extends Omit<WindowAttribution, "windows"> {
  /** One entry for each window, in their order; it has an energy where every device has one. */
  readonly windows: readonly Omit<WindowEnergy, "estimator">[];
}

/**
 * Adds up stretches of all devices, in a fixed order. As for devices that are read together, half
 * widths are added.
 *
 * @param stretches What each device used in each stretch.
 * @param windows The windows.
 * @param devices How many devices there are.
 * @return The sums.
 */
export function mergeWindows(
  stretches: readonly WindowStretch[],
  windows: Windows,
  devices: number,
): MergedWindows {
  const size = windows.names.length;
  const energyJ = new Float64Array(size);
  const halfJ = new Float64Array(size);
  const samples = new Float64Array(size).fill(Infinity);
  const seen = new Uint32Array(size);
  const reasons: (NoEnergyReason | null)[] = new Array(size).fill(null);
  let totalJ = 0;
  let insideJ = 0;
  let outsideJ = 0;
  let sharedJ = 0;
  for (const stretch of stretches) {
    totalJ += stretch.totalJ;
    insideJ += stretch.insideJ;
    outsideJ += stretch.totalJ - stretch.insideJ;
    sharedJ += stretch.sharedJ;
    stretch.windows.forEach((i, k) => {
      energyJ[i]! += stretch.energyJ[k]!;
      halfJ[i]! += stretch.halfJ[k]!;
      samples[i] = Math.min(samples[i]!, stretch.samples[k]!);
      reasons[i] ??= stretch.reasons[k]!;
      seen[i]!++;
    });
  }
  return {
    method: "windows",
    totalJ,
    insideJ,
    outsideJ,
    sharedJ,
    conservationError: relative(insideJ + outsideJ, totalJ),
    windows: windows.names.map((name, i) => {
      // A device that was not read when the window began has no part of it.
      const reason = seen[i]! < devices ? "edges-not-bracketed" : reasons[i]!;
      const isKnown = reason === null;
      return {
        name,
        startS: windows.startS[i]!,
        endS: windows.endS[i]!,
        energyJ: isKnown ? energyJ[i]! : null,
        lowJ: isKnown ? Math.max(0, energyJ[i]! - halfJ[i]!) : null,
        highJ: isKnown ? energyJ[i]! + halfJ[i]! : null,
        samples: seen[i]! < devices ? 0 : samples[i]!,
        reason,
        referenceJ: Number.isNaN(windows.referenceJ[i]!) ? null : windows.referenceJ[i]!,
      };
    }),
  };
}
