/** How far repeated measurements of the same thing lie apart: no predictor can do better. */

/** Spread of repeated measurements. */
export interface LabelNoise {
  /** Groups of at least two measurements. */
  readonly groups: number;
  /** Mean absolute deviation from the group's median, %, of time. */
  readonly timePercent: number;
  /** The same of power. */
  readonly powerPercent: number;
  /** The same of energy. */
  readonly energyPercent: number;
}

/**
 * Mean absolute deviation from the median within groups of repeated measurements.
 *
 * @param rows Measurements with the key of what they repeat.
 * @return The spread; NaN without repeated measurements.
 *
 * @example
 * ```ts
 * import { labelNoise } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const row = (timeS: number) => ({ key: "same", timeS, powerW: 100, energyJ: 100 * timeS });
 * assert.equal(Math.round(labelNoise([row(0.9), row(1.1)]).timePercent), 10);
 * ```
 */
export function labelNoise(
  rows: readonly {
    readonly key: string;
    readonly timeS: number;
    readonly powerW: number;
    readonly energyJ: number;
  }[],
): LabelNoise {
  const groups = [...Map.groupBy(rows, (row) => row.key).values()].filter((g) => g.length > 1);
  const spread = (of: (row: (typeof rows)[number]) => number): number => {
    let sum = 0, count = 0;
    for (const group of groups) {
      const values = group.map(of).sort((a, b) => a - b);
      const half = values.length >> 1;
      const median = values.length % 2 === 1
        ? values[half]!
        : (values[half - 1]! + values[half]!) / 2;
      for (const value of values) sum += Math.abs(value / median - 1);
      count += values.length;
    }
    return 100 * sum / count;
  };
  return {
    groups: groups.length,
    timePercent: spread((r) => r.timeS),
    powerPercent: spread((r) => r.powerW),
    energyPercent: spread((r) => r.energyJ),
  };
}
