import type { Loss } from "../losses.ts";
import type { PowerSeries } from "../power/series.ts";
import type { SeriesPart } from "./flat_parts.ts";

const names: Readonly<Record<SeriesPart["quantity"], readonly string[]>> = {
  power: ["timeS", "powerW"],
  counter: ["timeS", "energyJ"],
  interval: ["timeS", "intervalJ", "durationS"],
};

/** Names of the columns of a series: its times, its values, and the lengths of intervals. */
export function seriesColumns(quantity: SeriesPart["quantity"]): readonly string[] {
  return names[quantity];
}

/** The columns of a series, in the order of their names. */
export function columnsOf(series: PowerSeries): Float64Array[] {
  switch (series.quantity) {
    case "power":
      return [series.timeS, series.powerW];
    case "counter":
      return [series.timeS, series.energyJ];
    case "interval":
      return [series.timeS, series.intervalJ, series.durationS];
  }
}

/** A series from its columns. */
export function seriesOfColumns(
  { device, clock, quantity, reading, averagingS, source }: Pick<
    SeriesPart,
    "device" | "clock" | "quantity" | "reading" | "averagingS" | "source"
  >,
  [timeS, value, durationS]: readonly Float64Array[],
  resetS: readonly number[],
  dropped: readonly Loss[],
): PowerSeries {
  const base = { device, clock, timeS: timeS!, averagingS, source, dropped };
  switch (quantity) {
    case "power":
      return { ...base, quantity, powerW: value!, reading: reading ?? "unspecified" };
    case "counter":
      return {
        ...base,
        quantity,
        energyJ: value!,
        ...(resetS.length > 0 && { resetS: Float64Array.from(resetS) }),
      };
    case "interval":
      return { ...base, quantity, intervalJ: value!, durationS: durationS! };
  }
}
