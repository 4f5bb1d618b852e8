/** Readers of hourly prices, carbon intensities and temperatures. */

import { InputError } from "../errors.ts";
import { type HourlyPoint, type HourlySeries, type Repair, repairHourly } from "./hourly_series.ts";

/** How to read an hourly CSV file. */
export interface HourlyCsvOptions {
  /** Name of the file, for messages. */
  readonly path: string;
  /** Matches the header of the value column. */
  readonly value: RegExp;
  /**
   * IANA zone of a time column that names no offset and whose header does not say UTC; default: such
   * stamps are refused.
   */
  readonly zone?: string;
}

const stampPattern =
  /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/;

/**
 * Reads a CSV file with one row an hour: a time column (in UTC, with an offset, or local with a zone
 * given) and a value column.
 *
 * Missing, repeated and back-filled hours and the two clock changes are repaired by the named rules
 * of {@linkcode Repair} and counted. A field that is not a number, or a local time without a zone,
 * is refused with its line.
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
export function readHourlyCsv(text: string, options: HourlyCsvOptions): HourlySeries {
  const { path } = options;
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  const header = (lines[0] ?? "").split(",").map((cell) => cell.trim());
  const utc = header.findIndex((cell) => /time|date/i.test(cell) && /utc/i.test(cell));
  const timeColumn = utc >= 0 ? utc : header.findIndex((cell) => /time|date/i.test(cell));
  const valueColumn = header.findIndex((cell) => options.value.test(cell));
  if (timeColumn < 0 || valueColumn < 0) {
    throw new InputError({
      code: "unknown-format",
      path,
      line: 1,
      problem: timeColumn < 0 ? "no time column" : "no value column",
      expected: timeColumn < 0 ? "a column named time or date" : `a column like ${options.value}`,
      found: lines[0] ?? "",
    });
  }
  const points: HourlyPoint[] = [];
  let local = false;
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i]!;
    if (line.trim() === "") continue;
    const cells = line.split(",");
    const cell = (cells[valueColumn] ?? "").trim();
    const value = cell === "" || /^(nan|null|na|n\/a)$/i.test(cell) ? NaN : Number(cell);
    if (Number.isNaN(value) && /^[^nN]/.test(cell)) {
      throw malformed(path, i + 1, valueColumn, "not a number", "a number", cell);
    }
    const stamp = (cells[timeColumn] ?? "").trim();
    const match = stampPattern.exec(stamp);
    if (match === null) {
      throw malformed(path, i + 1, timeColumn, "not a time", "YYYY-MM-DD HH:MM:SS", stamp);
    }
    const [, year, month, day, hour, minute, second, offset] = match;
    const wall = Date.UTC(+year!, +month! - 1, +day!, +hour!, +minute!, +(second ?? 0));
    if (offset === undefined && utc < 0) {
      if (options.zone === undefined) {
        throw new InputError({
          code: "refused",
          path,
          line: i + 1,
          column: timeColumn + 1,
          problem: "the time names no zone",
          expected: "an offset, a column that says UTC, or a zone",
          found: stamp,
          advice: "give the zone of the file",
        });
      }
      local = true;
      points.push({ timeMs: wall, value, line: i + 1 });
    } else points.push({ timeMs: wall - offsetMs(offset), value, line: i + 1 });
  }
  return local ? localHours(points, options.zone!, path) : repairHourly(points, path);
}

function malformed(
  path: string,
  line: number,
  column: number,
  problem: string,
  expected: string,
  found: string,
): InputError {
  return new InputError({
    code: "malformed",
    path,
    line,
    column: column + 1,
    problem,
    expected,
    found,
  });
}

function offsetMs(offset: string | undefined): number {
  if (offset === undefined || offset === "Z") return 0;
  const sign = offset.startsWith("-") ? -1 : 1;
  const digits = offset.slice(1).replace(":", "");
  return sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))) * 60_000;
}

/** Wall-clock hours of a zone to UTC: gaps in spring and repeats in autumn are named. */
function localHours(points: readonly HourlyPoint[], zone: string, path: string): HourlySeries {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
  } catch (cause) {
    throw new InputError({ code: "bad-option", path, problem: "unknown zone", found: zone, cause });
  }
  const offsetAt = (utcMs: number): number => {
    const name = format.formatToParts(utcMs).find((p) => p.type === "timeZoneName")?.value ?? "GMT";
    return name === "GMT" ? 0 : offsetMs(name.slice(3));
  };
  const hour = 3_600_000;
  const out: HourlyPoint[] = [];
  let repeats = 0;
  let gaps = 0;
  let ghosts = 0;
  for (let i = 0; i < points.length; i++) {
    const point = points[i]!;
    // The two offsets in force around this wall time; they differ only at a clock change.
    const before = offsetAt(point.timeMs - offsetAt(point.timeMs) - 3 * hour);
    const after = offsetAt(point.timeMs - offsetAt(point.timeMs) + 3 * hour);
    const previous = points[i - 1];
    let offset = offsetAt(point.timeMs - before);
    if (previous?.timeMs === point.timeMs && before > after) {
      offset = after;
      repeats++;
    } else if (
      offsetAt(point.timeMs - before) !== before && offsetAt(point.timeMs - after) !== after
    ) {
      ghosts++; // a wall time that the spring change skips
      continue;
    }
    if (
      previous !== undefined && before < after && point.timeMs - previous.timeMs === 2 * hour
    ) gaps++;
    out.push({ ...point, timeMs: point.timeMs - offset });
  }
  const repairs: Repair[] = [];
  if (gaps + ghosts > 0) repairs.push({ rule: "dst-spring-gap", count: gaps + ghosts });
  if (repeats > 0) repairs.push({ rule: "dst-autumn-repeat", count: repeats });
  return repairHourly(out, path, repairs);
}

/**
 * Reads the hourly temperature of an Open-Meteo archive answer (JSON).
 *
 * @param text The file's text.
 * @param path Its name, for messages.
 * @return Degrees Celsius in UTC.
 *
 * @example
 * ```ts
 * import { readOpenMeteo } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const text = JSON.stringify({
 *   utc_offset_seconds: -3600,
 *   hourly: { time: ["2023-01-01T00:00", "2023-01-01T01:00"], temperature_2m: [4, 3] },
 * });
 * const series = readOpenMeteo(text, "weather.json");
 * assert.equal(series.startMs, Date.UTC(2023, 0, 1, 1));
 * ```
 */
export function readOpenMeteo(text: string, path: string): HourlySeries {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new InputError({ code: "malformed", path, problem: "not JSON", cause });
  }
  const answer = parsed as {
    utc_offset_seconds?: number;
    hourly?: { time?: string[]; temperature_2m?: (number | null)[] };
  };
  const times = answer.hourly?.time;
  const values = answer.hourly?.temperature_2m;
  const offset = answer.utc_offset_seconds;
  if (!Array.isArray(times) || !Array.isArray(values) || typeof offset !== "number") {
    throw new InputError({
      code: "unknown-format",
      path,
      problem: "not an Open-Meteo answer with hourly temperatures",
      expected: "utc_offset_seconds, hourly.time and hourly.temperature_2m",
    });
  }
  return repairHourly(
    times.map((time, i) => ({
      timeMs: Date.parse(`${time}Z`) - offset * 1000,
      value: values[i] ?? NaN,
      line: i + 1,
    })),
    path,
  );
}
