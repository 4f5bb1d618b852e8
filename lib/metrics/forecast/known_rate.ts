/** A rate on the steps of a forecast, with its holes refused or filled. */

import { InputError } from "../../errors.ts";
import type { RateColumns } from "../rate.ts";
import type { NamedRate } from "./rates.ts";
import type { Notice } from "./report.ts";
import { stepH, type Steps } from "./steps.ts";

/** The rate at every step; notices are appended. */
export function knownRate(
  { rate, missing, series, note }: NamedRate,
  steps: Steps,
  notices: Notice[],
): RateColumns {
  const columns = rate.over(steps.startS, steps.endS);
  if (note !== null) notices.push({ code: "about-the-source", message: note, count: 1 });
  for (const { reason, count } of series?.dropped ?? []) {
    notices.push({
      code: reason,
      message: `${series!.path}: ${count} rows (${reason})`,
      count,
    });
  }
  const holes: number[] = [];
  for (let i = 0; i < steps.startS.length; i++) {
    if (columns.coveredS[i]! < steps.endS[i]! - steps.startS[i]! - 1e-6) holes.push(i);
  }
  if (holes.length === 0) return columns;
  const hours = holes.length * stepH;
  const first = `${new Date(steps.startS[holes[0]!]! * 1000).toISOString().slice(0, 16)}Z`;
  const path = series?.path ?? rate.description;
  const refuse = (problem: string, advice: string): never => {
    throw new InputError({
      code: "refused",
      path,
      problem,
      expected: "a value for every hour of the forecast",
      advice,
    });
  };
  if (missing === "refuse") {
    refuse(
      `${hours} hours of the forecast have no value, the first at ${first}`,
      'set "missing: mean" to take the mean of each month, or "use: month-hour" for a table of another year',
    );
  }
  const means = monthMeans(columns, steps);
  for (const i of holes) {
    const mean = means[steps.month[i]!]!;
    if (Number.isNaN(mean)) {
      refuse(
        `${steps.months[steps.month[i]!]!.name} has no value at all, so it has no mean either`,
        'set "use: month-hour" for a table of another year',
      );
    }
    // Filled columns are new arrays of `over`, so nobody else sees them change.
    columns.value[i] = mean;
    columns.low[i] = mean;
    columns.high[i] = mean;
  }
  notices.push({
    code: "missing-hours",
    message: `${path}: ${hours} hours had no value and got the mean of their month, ` +
      `the first at ${first}`,
    count: hours,
  });
  return columns;
}

function monthMeans(columns: RateColumns, steps: Steps): Float64Array {
  const sum = new Float64Array(steps.months.length);
  const seconds = new Float64Array(steps.months.length);
  for (let i = 0; i < steps.startS.length; i++) {
    if (!(columns.coveredS[i]! > 0)) continue;
    const m = steps.month[i]!;
    sum[m] = sum[m]! + columns.coveredS[i]! * columns.value[i]!;
    seconds[m] = seconds[m]! + columns.coveredS[i]!;
  }
  return sum.map((total, m) => total / seconds[m]!);
}
