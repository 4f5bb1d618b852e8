/** Wall-clock hours of a zone, put on UTC. */

import { InputError } from "../errors.ts";
import { offsetOf } from "./hour_stamp.ts";
import {
  type HourlyPoint,
  type HourlySeries,
  hourMs,
  type Repair,
  repairHourly,
} from "./hourly_series.ts";

/**
 * Wall-clock times of a zone to UTC. In autumn the second of two equal times belongs to the later offset;
 * a time that the spring change skips is left out. Both are named and counted in hours.
 *
 * @param points Values whose times are those of the wall clock, in file order.
 * @param zone IANA name.
 * @param path Name of the file, for messages.
 * @return The series in UTC, repaired.
 * @throws InputError (`bad-option`) for an unknown zone.
 */
export function localHours(
  points: readonly HourlyPoint[],
  zone: string,
  path: string,
): HourlySeries {
  const offsetAt = zoneOffsets(zone, path);
  const out: HourlyPoint[] = [];
  const seen = new Set<number>();
  const repeated = new Set<number>();
  const skipped = new Set<number>();
  let gaps = 0;
  let previous: { readonly wallMs: number; readonly offset: number } | undefined;
  for (const point of points) {
    const wallMs = point.timeMs;
    // The two offsets in force around this wall time; they differ only at a clock change.
    const near = offsetAt(wallMs - offsetAt(wallMs));
    const before = offsetAt(wallMs - near - 3 * hourMs);
    const after = offsetAt(wallMs - near + 3 * hourMs);
    const fitsBefore = offsetAt(wallMs - before) === before;
    const fitsAfter = offsetAt(wallMs - after) === after;
    if (!fitsBefore && !fitsAfter) {
      skipped.add(Math.floor(wallMs / hourMs));
      continue;
    }
    const isSecond = before !== after && fitsBefore && fitsAfter && seen.has(wallMs);
    seen.add(wallMs);
    const offset = fitsBefore && !isSecond ? before : after;
    if (isSecond) repeated.add(Math.floor(wallMs / hourMs));
    if (previous !== undefined && offset > previous.offset && wallMs > previous.wallMs) gaps++;
    previous = { wallMs, offset };
    out.push({ ...point, timeMs: wallMs - offset });
  }
  const repairs: Repair[] = [];
  const missing = Math.max(gaps, skipped.size);
  if (missing > 0) repairs.push({ rule: "dst-spring-gap", count: missing });
  if (repeated.size > 0) repairs.push({ rule: "dst-autumn-repeat", count: repeated.size });
  return repairHourly(out, path, repairs);
}

function zoneOffsets(zone: string, path: string): (utcMs: number) => number {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
  } catch (cause) {
    throw new InputError({ code: "bad-option", path, problem: "unknown zone", found: zone, cause });
  }
  const known = new Map<number, number>();
  return (utcMs) => {
    // Clocks change on a quarter of an hour at the finest.
    const quarter = Math.floor(utcMs / 900_000);
    let offset = known.get(quarter);
    if (offset === undefined) {
      const name = format.formatToParts(quarter * 900_000)
        .find((part) => part.type === "timeZoneName")?.value ?? "GMT";
      offset = name === "GMT" ? 0 : offsetOf(name.slice(3));
      known.set(quarter, offset);
    }
    return offset;
  };
}
