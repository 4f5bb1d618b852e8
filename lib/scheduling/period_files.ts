/** Readers of files whose rows are numbered periods or single requests. */

import { InputError } from "../errors.ts";

/**
 * Reads an RTS-GMLC time series (Year,Month,Day,Period and one column a plant, MW) as hourly
 * fractions of the largest total.
 *
 * @param text The file's text; 24 or 288 periods a day.
 * @param path Its name, for messages.
 * @return Fractions from 0 to 1, one an hour, from the first hour of the file's local year.
 *
 * @example
 * ```ts
 * import { readPlantFractions } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const rows = Array.from({ length: 24 }, (_, h) => `2020,1,1,${h + 1},${h},${2 * h}`);
 * const text = `Year,Month,Day,Period,A_WIND_1,B_WIND_1\n${rows.join("\n")}\n`;
 * assert.equal(readPlantFractions(text, "wind.csv")[23], 1);
 * ```
 */
export function readPlantFractions(text: string, path: string): Float64Array {
  const lines = text.split(/\r?\n/);
  const header = (lines[0] ?? "").split(",");
  if (header.slice(0, 4).join(",").toLowerCase() !== "year,month,day,period" || header.length < 5) {
    throw new InputError({
      code: "unknown-format",
      path,
      line: 1,
      problem: "not a plant series",
      expected: "Year,Month,Day,Period and plants",
      found: lines[0] ?? "",
    });
  }
  const totals: number[] = [];
  let perDay = 0;
  for (let i = 1; i < lines.length; i++) {
    if (lines[i]!.trim() === "") continue;
    const cells = lines[i]!.split(",").map(Number);
    if (cells.length !== header.length || cells.some((x) => Number.isNaN(x))) {
      throw new InputError({
        code: "malformed",
        path,
        line: i + 1,
        problem: "the row does not match the header",
        expected: `${header.length} numbers`,
        found: lines[i]!,
      });
    }
    perDay = Math.max(perDay, cells[3]!);
    const expected = totals.length % Math.max(perDay, 1) + 1;
    if (perDay > cells[3]! && cells[3] !== expected) {
      throw new InputError({
        code: "malformed",
        path,
        line: i + 1,
        problem: "a period is missing or repeated",
        expected: String(expected),
        found: String(cells[3]),
      });
    }
    totals.push(cells.slice(4).reduce((sum, x) => sum + x, 0));
  }
  const perHour = perDay / 24;
  if (perHour < 1 || !Number.isInteger(perHour)) {
    throw new InputError({
      code: "refused",
      path,
      problem: "the periods do not divide a day into hours",
      expected: "24, 48, 96 or 288 periods a day",
      found: String(perDay),
    });
  }
  const hours = new Float64Array(Math.floor(totals.length / perHour));
  for (let h = 0; h < hours.length; h++) {
    for (let p = 0; p < perHour; p++) hours[h]! += totals[h * perHour + p]! / perHour;
  }
  const top = hours.reduce((most, x) => Math.max(most, x), 0);
  if (top > 0) { for (let h = 0; h < hours.length; h++) hours[h]! /= top; }
  return hours;
}

/**
 * The daily shape of a request log: images by hour of the file's clock, mean 1.
 *
 * Columns used: gmt_create, num_images_per_prompt (missing counts as one image) and predict_status
 * (only SUCCEED counts, where there is such a column).
 *
 * @param text A CSV file with a header, as GenTD26's lora_request_trace.csv.
 * @param path Its name, for messages.
 * @return 24 factors and the rows that were left out.
 *
 * @example
 * ```ts
 * import { readArrivalShape } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const text = "gmt_create,num_images_per_prompt\n2024-11-15 09:10:00,2\n2024-11-15 21:00:00,1\n";
 * const { shape } = readArrivalShape(text, "trace.csv");
 * assert.equal(shape[9], 16); // two of three images in one hour of 24
 * ```
 */
export function readArrivalShape(
  text: string,
  path: string,
): { readonly shape: Float64Array; readonly skipped: number } {
  const lines = text.split(/\r?\n/);
  const header = (lines[0] ?? "").split(",");
  const time = header.indexOf("gmt_create");
  const images = header.indexOf("num_images_per_prompt");
  const status = header.indexOf("predict_status");
  if (time < 0) {
    throw new InputError({
      code: "unknown-format",
      path,
      line: 1,
      problem: "not a request trace",
      expected: "a column gmt_create",
      found: lines[0] ?? "",
    });
  }
  const shape = new Float64Array(24);
  let skipped = 0;
  let kept = 0;
  for (let i = 1; i < lines.length; i++) {
    if (lines[i]!.trim() === "") continue;
    const cells = lines[i]!.split(",");
    const hour = /[ T](\d{2}):/.exec(cells[time] ?? "")?.[1];
    if (hour === undefined || Number(hour) > 23 || (status >= 0 && cells[status] !== "SUCCEED")) {
      skipped++;
      continue;
    }
    const count = images < 0 ? 1 : Number(cells[images] || 1);
    shape[Number(hour)]! += Number.isFinite(count) && count > 0 ? count : 1;
    kept++;
  }
  if (kept === 0) {
    throw new InputError({ code: "empty", path, problem: "no usable requests in it" });
  }
  const mean = shape.reduce((sum, x) => sum + x, 0) / 24;
  return { shape: shape.map((x) => x / mean), skipped };
}
