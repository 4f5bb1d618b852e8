import { valuesOf } from "../power/series.ts";
import type { Collector } from "./collect.ts";
import type { ReadResult } from "./format.ts";

/**
 * Puts what was read before into a collector, with its losses.
 *
 * @param into The collector.
 * @param result What was read.
 */
export function adopt(into: Collector, result: ReadResult): void {
  for (const series of result.series) {
    const column = into.column({
      device: series.device,
      clock: series.clock,
      quantity: series.quantity,
      ...(series.quantity === "power" && { reading: series.reading }),
      ...(series.averagingS !== null && { averagingS: series.averagingS }),
      column: series.source.column,
    });
    const values = valuesOf(series);
    const resets = new Set(series.quantity === "counter" ? series.resetS : []);
    for (let i = 0; i < values.length; i++) {
      if (resets.has(series.timeS[i]!)) column.startedOver(series.timeS[i]!);
      column.push(
        series.timeS[i]!,
        values[i]!,
        i + 1,
        series.quantity === "interval" ? series.durationS[i]! : NaN,
      );
    }
    for (const loss of series.dropped) {
      column.losses.add(loss.reason, loss.firstLine, loss.example, loss.count);
    }
  }
  into.requests.push(...result.requests);
  into.windows.push(...result.windows);
  into.results.push(...result.results);
  for (const loss of result.dropped) {
    into.losses.add(loss.reason, loss.firstLine, loss.example, loss.count);
  }
  into.notes.push(...result.notes, `Converted from ${result.path} (${result.format}).`);
}
