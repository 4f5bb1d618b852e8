import { isLying } from "./axis_values.ts";
import type { Panel } from "./figure.ts";
import type { NumbersOn } from "./resolve_axis.ts";

/** Bars of a series with their places. */
export interface PlacedBars {
  readonly series: string;
  readonly lying: boolean;
  readonly at: readonly number[];
  readonly width: number;
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/**
 * Places the bars of a panel side by side, or on each other. Stacks grow away from zero on both
 * sides; a bar of NaN is left out.
 */
export function placeBars(panel: Panel, numbers: NumbersOn): PlacedBars[] {
  const lying = isLying(panel);
  const [along, across] = lying ? ["y", "x"] as const : ["x", "y"] as const;
  const marks = panel.marks.filter((mark) => mark.mark === "bars").map((mark) => ({
    series: mark.series,
    width: mark.width,
    at: Array.from(numbers(mark[along], along, "bars")),
    value: Array.from(numbers(mark[across], across, "bars")),
  }));
  const stacked = panel.stacked === true;
  const slots = stacked ? 1 : new Set(marks.map(({ series }) => series)).size;
  const spacing = panel[along].scale === "category" ? 1 : leastGap(marks.flatMap(({ at }) => at));
  const order = [...new Set(marks.map(({ series }) => series))];
  const heights = new Map<string, number>();
  return marks.map(({ series, width, at, value }) => {
    const slot = width === undefined ? spacing * (slots > 1 ? 0.8 : 0.66) / slots : width / slots;
    const shift = stacked ? 0 : (order.indexOf(series) - (slots - 1) / 2) * slot;
    const kept = at.map((_, i) => i).filter((i) => !Number.isNaN(value[i]!));
    const from = kept.map((i) => {
      if (!stacked) return 0;
      const key = `${at[i]}${value[i]! < 0 ? "-" : "+"}`;
      const base = heights.get(key) ?? 0;
      heights.set(key, base + value[i]!);
      return base;
    });
    return {
      series,
      lying,
      at: kept.map((i) => at[i]! + shift),
      width: slot,
      from,
      to: kept.map((i, k) => from[k]! + value[i]!),
    };
  });
}

/** The least distance between different positions. */
function leastGap(positions: readonly number[]): number {
  const sorted = [...new Set(positions)].sort((a, b) => a - b);
  let gap = Infinity;
  for (let i = 1; i < sorted.length; i++) gap = Math.min(gap, sorted[i]! - sorted[i - 1]!);
  return Number.isFinite(gap) ? gap : 1;
}
