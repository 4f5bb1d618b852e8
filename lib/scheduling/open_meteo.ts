/** Reads the weather of Open-Meteo. */

import { InputError } from "../errors.ts";
import { type HourlySeries, repairHourly } from "./hourly_series.ts";

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
