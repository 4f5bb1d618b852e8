/** The option --precision of predict, replay and profile. */

import { type WeightPrecision, weightPrecisions } from "../lib/models/weight_bytes.ts";
import { UsageError } from "./command.ts";

/** Its two columns in a usage text, behind the name of the option. */
export function precisionUsage(column: number): string {
  const line = (from: number, to?: number): string => weightPrecisions.slice(from, to).join(", ");
  return `how weights are stored: ${line(0, 5)},\n${" ".repeat(column)}${line(5)} (published)`;
}

/** What was given, or wrong usage. */
export function precisionOf(text: string): WeightPrecision {
  const precision = weightPrecisions.find((one) => one === text);
  if (precision === undefined) {
    throw new UsageError(`--precision must be one of ${weightPrecisions.join(", ")}, not ${text}`);
  }
  return precision;
}
