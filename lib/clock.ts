/**
 * Clocks of traces and logs, and the way from wall-clock time to UTC.
 *
 * @module
 */

import { InputError } from "./errors.ts";

/**
 * What the seconds of a time column count from.
 *
 * - `epoch`: 1970-01-01T00:00:00Z
 * - `local`: 1970-01-01T00:00:00 of a wall clock whose zone the file does not say
 * - `monotonic`: an unknown moment, usually the boot of the machine
 * - `elapsed`: the start of the recording
 */
export type Clock = "epoch" | "local" | "monotonic" | "elapsed";

/** A time zone: a fixed offset, or rules that change over the year. */
export interface Zone {
  /** As the caller gave it, such as `-07:00` or `Europe/Vienna`. */
  readonly name: string;
  /** Seconds to add to UTC to get the wall clock, at an instant of UTC. */
  offsetAtS(epochS: number): number;
}

/**
 * A zone from its name.
 *
 * @param name `UTC`, `Z`, an ISO 8601 offset (`+02:00`, `-0700`, `+05:45`) or an IANA name.
 * @return The zone.
 * @throws {InputError} `bad-option` when the name is neither.
 *
 * @example
 * ```ts
 * import { parseZone } from "@joulebook/joulebook";
 * import assert from "node:assert/strict";
 *
 * assert.equal(parseZone("-07:00").offsetAtS(0), -25_200);
 * assert.equal(parseZone("America/New_York").offsetAtS(Date.UTC(2024, 6, 1) / 1000), -14_400);
 * ```
 */
export function parseZone(name: string): Zone {
  if (name === "Z" || name === "UTC" || name === "utc") return { name, offsetAtS: () => 0 };
  const iso = /^([+-])(\d{2}):?(\d{2})?$/.exec(name);
  if (iso !== null) {
    const hours = Number(iso[2]);
    const minutes = Number(iso[3] ?? "0");
    if (hours > 14 || minutes > 59) throw badZone(name);
    const offsetS = (iso[1] === "-" ? -1 : 1) * (hours * 3600 + minutes * 60);
    return { name, offsetAtS: () => offsetS };
  }
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    throw badZone(name);
  }
  return {
    name,
    offsetAtS(epochS) {
      const whole = Math.floor(epochS);
      const part: Record<string, number> = {};
      for (const { type, value } of format.formatToParts(new Date(whole * 1000))) {
        part[type] = Number(value);
      }
      const wallMs = Date.UTC(
        part["year"]!,
        part["month"]! - 1,
        part["day"],
        part["hour"],
        part["minute"],
        part["second"],
      );
      return wallMs / 1000 - whole;
    },
  };
}

function badZone(name: string): InputError {
  return new InputError({
    code: "bad-option",
    problem: "not a time zone",
    expected: "an ISO offset such as -07:00 or an IANA name such as America/Los_Angeles",
    found: name,
  });
}

/** A column of wall-clock times on UTC. */
export interface UtcColumn {
  /** Seconds since 1970-01-01T00:00:00Z. */
  readonly timeS: Float64Array;
  /** Samples whose wall-clock time came twice that night; the reading that goes forward was taken. */
  readonly ambiguous: number;
  /** Samples whose wall-clock time never came that night, because the clock was put forward. */
  readonly skipped: number;
}

/**
 * Puts a wall-clock column on UTC. Where clocks were put back, a time that came twice is read as
 * the first pass until the column itself steps back, and counted.
 *
 * @param localS Seconds since 1970-01-01T00:00:00 of the wall clock, in the order of recording.
 * @param zone The wall clock's zone.
 * @return The column on UTC, with the readings that were ambiguous or impossible counted.
 *
 * @example
 * ```ts
 * import { localToUtc, parseZone } from "@joulebook/joulebook";
 * import assert from "node:assert/strict";
 *
 * const noon = Float64Array.of(Date.UTC(2024, 0, 1, 12) / 1000);
 * assert.equal(localToUtc(noon, parseZone("+01:00")).timeS[0], noon[0]! - 3600);
 * ```
 */
export function localToUtc(localS: Float64Array, zone: Zone): UtcColumn {
  const timeS = new Float64Array(localS.length);
  let ambiguous = 0;
  let skipped = 0;
  let secondPass = false;
  let previous = -Infinity;
  let dayFrom = Infinity;
  let dayTo = -Infinity;
  let before = 0;
  let after = 0;
  for (let i = 0; i < localS.length; i++) {
    const local = localS[i]!;
    if (Number.isNaN(local)) {
      timeS[i] = NaN;
      continue;
    }
    if (local < dayFrom || local >= dayTo) {
      dayFrom = Math.floor(local / 86_400) * 86_400;
      dayTo = dayFrom + 86_400;
      // Zones reach from -12 to +14 h and change at most once a day: a day either side brackets it.
      before = zone.offsetAtS(dayFrom - 86_400);
      after = zone.offsetAtS(dayTo + 86_400);
    }
    if (before === after) {
      timeS[i] = local - before;
    } else {
      const early = local - before;
      const late = local - after;
      const earlyHolds = zone.offsetAtS(early) === before;
      const lateHolds = zone.offsetAtS(late) === after;
      if (earlyHolds && lateHolds) {
        ambiguous++;
        if (local < previous) secondPass = true;
        timeS[i] = secondPass ? late : early;
      } else {
        if (!earlyHolds && !lateHolds) skipped++;
        timeS[i] = earlyHolds ? early : late;
      }
    }
    previous = local;
  }
  return { timeS, ambiguous, skipped };
}
