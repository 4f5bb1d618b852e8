/** Reads plant series, whose rows are numbered periods. */

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
