import { InputError } from "../errors.ts";
import { cellNumber } from "./delimited.ts";

/**
 * Refuses a time that is a number where dates were expected, or that lies after the year 5138: both
 * are a unit not given or given wrongly.
 *
 * @param path Path of the input.
 * @param line Its line or row, from 1.
 * @param found What stands there.
 * @param timeFormat How times are said to be written.
 * @param timeS The time in seconds, so read; NaN when it could not be.
 * @throws {InputError} `bad-option` for a bare number, `refused` for a time out of reach.
 */
export function refuseTime(
  path: string,
  line: number,
  found: string,
  timeFormat: string,
  timeS: number,
): void {
  if (timeFormat === "iso" && !Number.isNaN(cellNumber(found))) {
    throw new InputError({
      code: "bad-option",
      path,
      line,
      problem: "the times are bare numbers, and nothing says their unit",
      found,
      advice: "give timeFormat=s, ms, us or ns in --columns",
    });
  }
  if (timeS >= 1e11) {
    throw new InputError({
      code: "refused",
      path,
      line,
      problem: "the times are beyond any date in seconds: these look like milliseconds or less",
      expected: "seconds",
      found,
      advice: "name their unit: in the header, such as start_ms, or with timeFormat=ms, us or ns",
    });
  }
}
