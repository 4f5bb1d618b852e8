/** Reads hourly prices and carbon intensities from CSV files. */

import { InputError } from "../errors.ts";
import { delimiterOf } from "../formats/delimited.ts";
import { type DateOrder, dateOrderOf, readStamp } from "./hour_stamp.ts";
import { type HourlyPoint, type HourlySeries, repairHourly } from "./hourly_series.ts";
import { localHours } from "./local_hours.ts";

/** How to read an hourly CSV file. */
export interface HourlyCsvOptions {
  /** Name of the file, for messages. */
  readonly path: string;
  /** Matches the header of the value column. */
  readonly value: RegExp;
  /** Chooses among several columns that match `value`; default: several are refused. */
  readonly prefer?: RegExp;
  /**
   * IANA zone of a time column that names no offset and whose header does not say UTC; default: such
   * stamps are refused.
   */
  readonly zone?: string;
}

/** A series and the header of the column that it came from. */
export interface HourlyColumn extends HourlySeries {
  /** Header of the value column. */
  readonly header: string;
}

/**
 * Reads a CSV file with a time column (in UTC, with an offset, in seconds since 1970, or local with a zone
 * given) and a value column, one row an hour or several.
 *
 * The file may be parted by commas, semicolons or tabs, with quotes; see {@linkcode readStamp} for the
 * forms of time. Several rows an hour give their mean. Missing, repeated and back-filled hours and the two
 * clock changes are repaired by the named rules of {@linkcode Repair} and counted. A field that is not
 * a number, a local time without a zone, or a second column that could be meant is refused with its line.
 *
 * @param text The file's text.
 * @param options Its name and its value column.
 * @return The series in UTC.
 *
 * @example
 * ```ts
 * import { readHourlyCsv } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const rows = Array.from({ length: 48 }, (_, h) =>
 *   `2023-01-0${1 + Math.floor(h / 24)} ${String(h % 24).padStart(2, "0")}:00:00+00:00,${30 + h}`);
 * rows.splice(30, 1);
 * const series = readHourlyCsv(`Datetime (UTC),Price (USD/MWh)\n${rows.join("\n")}\n`, {
 *   path: "prices.csv",
 *   value: /price/i,
 * });
 * assert.equal(series.values[30], 36); // the same hour of the day before
 * assert.deepEqual(series.repairs, [{ rule: "missing-hour", count: 1 }]);
 * ```
 */
export function readHourlyCsv(text: string, options: HourlyCsvOptions): HourlyColumn {
  const { path, zone } = options;
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  const first = lines[0] ?? "";
  const delimiter = delimiterOf(first);
  const header = cellsOf(first, delimiter);
  const utc = header.findIndex((cell) =>
    /time|date|mtu|unix/i.test(cell) && /utc|unix/i.test(cell)
  );
  const timeColumn = utc >= 0 ? utc : header.findIndex((cell) => /time|date|mtu/i.test(cell));
  const valueColumn = valueColumnOf(header, timeColumn, options, first);
  const rows: { readonly stamp: string; readonly cell: string; readonly line: number }[] = [];
  for (let i = 1; i < lines.length; i++) {
    if (lines[i]!.trim() === "") continue;
    const cells = cellsOf(lines[i]!, delimiter);
    rows.push({ stamp: cells[timeColumn] ?? "", cell: cells[valueColumn] ?? "", line: i + 1 });
  }
  const order = dateOrderOf(stampsOf(rows));
  const points: HourlyPoint[] = [];
  let local = false;
  let zoned = false;
  for (const { stamp, cell, line } of rows) {
    const value = valueOf(cell, delimiter);
    if (value === null) {
      throw malformed(path, line, valueColumn, "not a number", "a number", cell);
    }
    const time = readStamp(stamp, order);
    if (time === null) throw noTime(path, line, timeColumn, stamp, order);
    if (time.offsetMs === null && utc < 0) {
      if (zone === undefined) {
        throw new InputError({
          code: "refused",
          path,
          line,
          column: timeColumn + 1,
          problem: "the time names no zone",
          expected: "an offset, a column that says UTC, or a zone",
          found: stamp,
          advice: "give the zone of the file",
        });
      }
      local = true;
    } else if (time.offsetMs !== null && utc < 0) zoned = true;
    if (local && zoned) {
      const found = stamp;
      throw malformed(
        path,
        line,
        timeColumn,
        "only some times name an offset",
        "all or none",
        found,
      );
    }
    points.push({ timeMs: time.wallMs - (time.offsetMs ?? 0), value, line });
  }
  const series = local ? localHours(points, zone!, path) : repairHourly(points, path);
  return { ...series, header: header[valueColumn]! };
}

function* stampsOf(rows: readonly { readonly stamp: string }[]): Iterable<string> {
  for (const { stamp } of rows) yield stamp;
}

function cellsOf(line: string, delimiter: string): string[] {
  if (!line.includes('"')) return line.split(delimiter).map((cell) => cell.trim());
  const cells: string[] = [];
  let cell = "";
  let quoted = false;
  for (const character of line) {
    if (character === '"') quoted = !quoted;
    else if (character === delimiter && !quoted) {
      cells.push(cell.trim());
      cell = "";
    } else cell += character;
  }
  cells.push(cell.trim());
  return cells;
}

function valueColumnOf(
  header: readonly string[],
  timeColumn: number,
  { path, value, prefer }: HourlyCsvOptions,
  found: string,
): number {
  let fitting = header.flatMap((cell, i) => i !== timeColumn && value.test(cell) ? [i] : []);
  const preferred = fitting.filter((i) => prefer?.test(header[i]!) === true);
  if (preferred.length === 1) fitting = preferred;
  if (timeColumn >= 0 && fitting.length === 1) return fitting[0]!;
  throw new InputError({
    code: "unknown-format",
    path,
    line: 1,
    problem: timeColumn < 0
      ? "no time column"
      : fitting.length === 0
      ? "no value column"
      : `${fitting.length} columns could be the value: ${fitting.map((i) => header[i]).join(", ")}`,
    expected: timeColumn < 0 ? "a column named time or date" : `one column like ${value}`,
    found,
    ...(fitting.length > 1 && { advice: "leave one of them, or name it (priceColumn)" }),
  });
}

/** The value of a cell: NaN when it is empty, null when it is no number. */
function valueOf(cell: string, delimiter: string): number | null {
  if (cell === "" || /^(nan|null|na|n\/a|n\/e|-)$/i.test(cell)) return NaN;
  // Where commas part no cells, one may part the decimals.
  const text = delimiter !== "," && /^[+-]?\d+,\d+$/.test(cell) ? cell.replace(",", ".") : cell;
  const value = Number(text.replace(/^\$/, ""));
  return Number.isFinite(value) ? value : null;
}

function noTime(
  path: string,
  line: number,
  column: number,
  stamp: string,
  order: DateOrder | null,
): InputError {
  if (order === null && readStamp(stamp, "day-first") !== null) {
    return malformed(
      path,
      line,
      column,
      "day and month cannot be told apart in this file",
      "a date with its year first, or with a day above 12 somewhere",
      stamp,
    );
  }
  return malformed(path, line, column, "not a time", "YYYY-MM-DD HH:MM:SS", stamp);
}

function malformed(
  path: string,
  line: number,
  column: number,
  problem: string,
  expected: string,
  found: string,
): InputError {
  const at = { path, line, column: column + 1 };
  return new InputError({ code: "malformed", ...at, problem, expected, found });
}
