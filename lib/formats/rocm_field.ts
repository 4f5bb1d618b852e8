import type { SampledPower } from "../power/series.ts";
import { energyUnit } from "./units.ts";

/** What a field of rocm-smi measures. */
export interface RocmField {
  /** Whether it is a power, else a running energy. */
  readonly power: boolean;
  /** Watts or joules in one of its unit. */
  readonly scale: number;
  /** What a power means. */
  readonly reading: SampledPower["reading"];
}

/**
 * A field of rocm-smi by its name, such as `Average Graphics Package Power (W)`,
 * `Current Socket Graphics Package Power (W)` or `Accumulated Energy (uJ)`.
 *
 * @param name The name.
 * @return What it measures; null when it is neither, or a limit.
 */
export function rocmField(name: string): RocmField | null {
  const match = /^(.*?)\s*\(([munk]?[WJ])\)$/.exec(name.trim());
  if (match === null || /\b(max|cap|limit|min|default)\b/i.test(match[1]!)) return null;
  const unit = energyUnit(match[2]!);
  if (unit === null) return null;
  if (unit.power ? !/power/i.test(match[1]!) : !/accumulated|counter/i.test(match[1]!)) return null;
  return {
    ...unit,
    reading: /^average/i.test(match[1]!)
      ? "average"
      : /^current/i.test(match[1]!)
      ? "instant"
      : "unspecified",
  };
}
