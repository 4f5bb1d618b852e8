/** Reads the daily shape of a request log. */

import { InputError } from "../errors.ts";
import { readStamp } from "./hour_stamp.ts";
import { hourMs } from "./hourly_series.ts";

/**
 * The daily shape of a request log: jobs by hour of the file's clock, mean 1.
 *
 * Columns used: gmt_create (GenTD26) or TIMESTAMP (Azure's traces), num_images_per_prompt (missing counts
 * as one job) and predict_status (only SUCCEED counts, where there is such a column).
 *
 * @param text A CSV file with a header.
 * @param path Its name, for messages.
 * @return 24 factors and the rows that were left out.
 * @throws InputError (`refused`) when the log covers less than a day.
 *
 * @example
 * ```ts
 * import { readArrivalShape } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const text = "gmt_create,num_images_per_prompt\n2024-11-15 09:10:00,2\n2024-11-16 21:00:00,1\n";
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
  const time = header.findIndex((cell) => /^(gmt_create|timestamp)$/i.test(cell.trim()));
  const images = header.indexOf("num_images_per_prompt");
  const status = header.indexOf("predict_status");
  if (time < 0) {
    throw new InputError({
      code: "unknown-format",
      path,
      line: 1,
      problem: "not a request trace",
      expected: "a column gmt_create or TIMESTAMP",
      found: lines[0] ?? "",
    });
  }
  const shape = new Float64Array(24);
  let skipped = 0;
  let kept = 0;
  let firstMs = Infinity;
  let lastMs = -Infinity;
  for (let i = 1; i < lines.length; i++) {
    if (lines[i]!.trim() === "") continue;
    const cells = lines[i]!.split(",");
    const stamp = readStamp((cells[time] ?? "").trim(), null);
    if (stamp === null || (status >= 0 && cells[status] !== "SUCCEED")) {
      skipped++;
      continue;
    }
    firstMs = Math.min(firstMs, stamp.wallMs);
    lastMs = Math.max(lastMs, stamp.wallMs);
    const count = images < 0 ? 1 : Number(cells[images] || 1);
    shape[new Date(stamp.wallMs).getUTCHours()]! += Number.isFinite(count) && count > 0 ? count : 1;
    kept++;
  }
  if (kept === 0) {
    throw new InputError({ code: "empty", path, problem: "no usable requests in it" });
  }
  if (lastMs - firstMs < 23 * hourMs) {
    throw new InputError({
      code: "refused",
      path,
      problem: "the requests cover less than a day, so that they have no daily shape",
      expected: "23 hours or more between the first and the last",
      found: `${((lastMs - firstMs) / hourMs).toFixed(1)} hours`,
      advice: "leave out arrivals, and give dailyShape for requests",
    });
  }
  const mean = shape.reduce((sum, x) => sum + x, 0) / 24;
  return { shape: shape.map((x) => x / mean), skipped };
}
