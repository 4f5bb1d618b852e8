import type { Loss, LossCounter } from "../losses.ts";
import { type PowerSeries, valuesOf } from "../power/series.ts";
import type { Collector, SeriesColumn } from "./collect.ts";
import type { SeriesPart } from "./flat_parts.ts";
import type { ReadResult } from "./format.ts";

/**
 * Puts what was read before into a collector, with its losses.
 *
 * @param into The collector.
 * @param result What was read.
 */
export function adopt(into: Collector, result: ReadResult): void {
  for (const series of result.series) {
    const column = adoptedColumn(into, series);
    adoptReadings(column, series);
    adoptLosses(column.losses, series.dropped);
  }
  into.requests.push(...result.requests);
  into.windows.push(...result.windows);
  into.results.push(...result.results);
  adoptLosses(into.losses, result.dropped);
  into.notes.push(...result.notes, `Converted from ${result.path} (${result.format}).`);
}

/** The column of a series that was read before, empty. */
export function adoptedColumn(
  into: Collector,
  { device, clock, quantity, reading, averagingS, source }: Pick<
    SeriesPart,
    "device" | "clock" | "quantity" | "reading" | "averagingS" | "source"
  >,
): SeriesColumn {
  return into.column({
    device,
    clock,
    quantity,
    ...(reading !== undefined && { reading }),
    ...(averagingS !== null && { averagingS }),
    column: source.column,
    ...(source.basis !== undefined && { basis: source.basis }),
  });
}

/** Puts the readings of a series, or of a piece of one, into a column; lines are counted from `line`. */
export function adoptReadings(column: SeriesColumn, series: PowerSeries, line = 1): void {
  const { timeS } = series;
  const values = valuesOf(series);
  const resets = new Set(series.quantity === "counter" ? series.resetS : []);
  const durationS = series.quantity === "interval" ? series.durationS : null;
  for (let i = 0; i < values.length; i++) {
    if (resets.size > 0 && resets.has(timeS[i]!)) column.startedOver(timeS[i]!);
    column.push(timeS[i]!, values[i]!, line + i, durationS?.[i]);
  }
}

/** Counts losses that were counted before. */
export function adoptLosses(into: LossCounter, losses: readonly Loss[]): void {
  for (const { reason, firstLine, example, count } of losses) {
    into.add(reason, firstLine, example, count);
  }
}
