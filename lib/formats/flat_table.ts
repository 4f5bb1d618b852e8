import * as v from "valibot";
import type { PowerSeries } from "../power/series.ts";
import { type RequestLog, requestLog } from "../requests/log.ts";
import { type Windows, windows } from "../requests/windows.ts";
import { FlatBuilder, type Piece, type Values } from "./flat_builder.ts";
import {
  type Part,
  requestFacts,
  type Span,
  type Stored,
  storedSchema,
  windowFacts,
} from "./flat_parts.ts";
import type { ReadResult, ResultTable } from "./format.ts";
import { resultColumns } from "./result_columns.ts";
import { rowsOf } from "./rows_of.ts";
import { columnsOf, seriesColumns, seriesOfColumns } from "./series_columns.ts";
import { joinTokenTimes, tokenTimesOf } from "./token_lists.ts";

/** A column of a flat table. */
export interface FlatColumn {
  /** Its name, with the unit in it. */
  readonly name: string;
  /** What its values are; null stands for no value in any of them. */
  readonly type: "double" | "int" | "string";
  /** The values: typed when there is one in every row. */
  readonly values: Float64Array | Int32Array | readonly (number | string | null)[];
}

/**
 * Everything that one input held as one table, for formats that store tables. Rows of a part (a
 * series, a log, a set of windows, a table of results) lie together; `part` numbers the parts, whose
 * facts stand in the metadata.
 *
 * | part | columns |
 * | --- | --- |
 * | series | `timeS`, and `powerW`, `energyJ` (a counter) or `intervalJ` and `durationS` |
 * | requests | `submitS`, `firstTokenS`, `endS`, `inputTokens`, `outputTokens`, `cachedTokens`, `success`, `replica`, `id` |
 * | token times of a log | `request`, `timeS` |
 * | windows | `name`, `startS`, `endS`, `referenceJ` |
 * | results | their own columns; one whose values are of several kinds is written as JSON text |
 */
export interface FlatTable {
  /** Number of rows. */
  readonly rows: number;
  /** The columns. */
  readonly columns: readonly FlatColumn[];
  /** JSON of everything that is no column: devices, clocks, losses, units, notes. */
  readonly metadata: string;
}

/** Name under which files keep the metadata. */
export const metadataKey = "joulebook";

/**
 * Lays out what an input held as one table.
 *
 * @param result What it held.
 * @return The table.
 */
export function flatten(result: ReadResult): FlatTable {
  const builder = new FlatBuilder();
  const parts: Part[] = [];
  for (const series of result.series) {
    const names = seriesColumns(series.quantity);
    const span = builder.add(
      parts.length,
      series.timeS.length,
      columnsOf(series).map((column, i): Piece => [names[i]!, "double", column]),
    );
    const { device, clock, averagingS, source, dropped, quantity } = series;
    parts.push({
      kind: "series",
      ...span,
      quantity,
      ...(quantity === "power" && { reading: series.reading }),
      device,
      clock,
      averagingS,
      source,
      dropped,
      ...(quantity === "counter" && series.resetS !== undefined && { resetS: [...series.resetS] }),
    });
  }
  for (const log of result.requests) {
    const length = log.submitS.length;
    const span = builder.add(parts.length, length, [
      ["submitS", "double", log.submitS],
      ["firstTokenS", "double", log.firstTokenS],
      ["endS", "double", log.endS],
      ["inputTokens", "double", log.inputTokens],
      ["outputTokens", "double", log.outputTokens],
      ...(log.cachedTokens === null ? [] : [["cachedTokens", "double", log.cachedTokens] as Piece]),
      ["success", "int", Int32Array.from(log.success)],
      ...(log.replica === null ? [] : [["replica", "int", Int32Array.from(log.replica)] as Piece]),
      ...(log.ids === null ? [] : [["id", "string", log.ids] as Piece]),
    ]);
    const tokens = log.tokenTimes;
    const request = new Int32Array(tokens === null ? 0 : tokens.timeS.length);
    if (tokens !== null) {
      for (let i = 0; i < length; i++) {
        request.fill(i, tokens.offsets[i], tokens.offsets[i + 1]);
      }
    }
    parts.push({
      kind: "requests",
      ...span,
      ...requestFacts(log),
      tokens: tokens === null ? null : builder.add(parts.length, tokens.timeS.length, [
        ["timeS", "double", tokens.timeS],
        ["request", "int", request],
      ]),
    });
  }
  for (const spans of result.windows) {
    const span = builder.add(parts.length, spans.names.length, [
      ["name", "string", spans.names],
      ["startS", "double", spans.startS],
      ["endS", "double", spans.endS],
      ["referenceJ", "double", spans.referenceJ],
    ]);
    parts.push({ kind: "windows", ...span, facts: windowFacts(spans) });
  }
  for (const [index, table] of result.results.entries()) {
    // A table's own name for a column may mean something else in another part.
    const columns = resultColumns(table).map((column) => ({
      ...column,
      stored: `results.${index}.${column.name}`,
    }));
    const span = builder.add(
      parts.length,
      rowsOf(table),
      columns.map(({ stored, type, values }): Piece => [stored, type, values]),
    );
    parts.push({
      kind: "results",
      ...span,
      name: table.name,
      units: table.units,
      columns: columns.map(({ name, stored, json }) => ({ name, stored, json })),
    });
  }
  const { path, format, dropped, notes } = result;
  const stored: Stored = { version: 1, path, format, dropped, notes, parts };
  return { ...builder.table(), metadata: JSON.stringify(stored) };
}

/**
 * Takes a flat table apart again.
 *
 * @param metadata Its metadata.
 * @param rows Rows of the table.
 * @param column Gives the values of a column by name; null when there is none.
 * @return What {@linkcode flatten} was given; null when the metadata is not its own, or does not fit
 *   the columns.
 */
export function unflatten(
  metadata: string,
  rows: number,
  column: (name: string) => Values | null,
): ReadResult | null {
  try {
    return parts(metadata, rows, column);
  } catch (error) {
    // Lengths that do not fit, or text that is no JSON where it must be.
    if (error instanceof RangeError || error instanceof SyntaxError) return null;
    throw error;
  }
}

function parts(
  metadata: string,
  length: number,
  column: (name: string) => Values | null,
): ReadResult | null {
  let stored: Stored;
  try {
    stored = v.parse(storedSchema, JSON.parse(metadata)) as unknown as Stored;
  } catch {
    return null;
  }
  if (stored.parts.some(({ from, to }) => from > to || to > length)) return null;
  const doubles = (name: string, { from, to }: Span): Float64Array => {
    const values = column(name);
    if (values instanceof Float64Array) return values.slice(from, to);
    const copy = new Float64Array(to - from).fill(NaN);
    for (let i = from; values !== null && i < to; i++) {
      const value = values[i];
      if (typeof value === "number") copy[i - from] = value;
    }
    return copy;
  };
  const strings = (name: string, { from, to }: Span): string[] => {
    const values = column(name);
    return Array.from({ length: to - from }, (_unused, i) => String(values?.[from + i] ?? ""));
  };
  const series: PowerSeries[] = [];
  const requests: RequestLog[] = [];
  const spans: Windows[] = [];
  const results: ResultTable[] = [];
  for (const part of stored.parts) {
    switch (part.kind) {
      case "series": {
        const columns = seriesColumns(part.quantity).map((name) => doubles(name, part));
        series.push(seriesOfColumns(part, columns, part.resetS ?? [], part.dropped));
        break;
      }
      case "requests": {
        requests.push(requestLog({
          ...part.facts,
          submitS: doubles("submitS", part),
          firstTokenS: doubles("firstTokenS", part),
          endS: doubles("endS", part),
          inputTokens: doubles("inputTokens", part),
          outputTokens: doubles("outputTokens", part),
          ...(part.has.includes("cachedTokens") && {
            cachedTokens: doubles("cachedTokens", part),
          }),
          success: Uint8Array.from(doubles("success", part)),
          replica: part.has.includes("replica") ? Uint16Array.from(doubles("replica", part)) : null,
          ids: part.has.includes("ids") ? strings("id", part) : null,
          tokenTimes: part.tokens !== null
            ? joinTokenTimes(
              part.to - part.from,
              doubles("request", part.tokens),
              doubles("timeS", part.tokens),
            )
            : part.has.includes("tokenTimes")
            ? tokenTimesOf(part.to - part.from, (i) => column("tokenTimesS")?.[part.from + i])
            : null,
        }));
        break;
      }
      case "windows":
        spans.push(windows({
          ...part.facts,
          names: strings("name", part),
          startS: doubles("startS", part),
          endS: doubles("endS", part),
          referenceJ: doubles("referenceJ", part),
        }));
        break;
      case "results":
        results.push({
          name: part.name,
          units: part.units,
          columns: Object.fromEntries(part.columns.map(({ name, stored: key, json }) => {
            const values = column(key);
            return [
              name,
              Array.from({ length: part.to - part.from }, (_unused, i) => {
                const value = values?.[part.from + i] ?? null;
                return json && value !== null
                  ? JSON.parse(String(value)) as number | string
                  : value;
              }),
            ];
          })),
        });
        break;
    }
  }
  const { path, format, dropped, notes } = stored;
  return { path, format, series, requests, windows: spans, results, dropped, notes };
}
