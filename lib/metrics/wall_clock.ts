/** What the clock on the wall and the calendar show. */

import type { Zone } from "../clock.ts";

/** What a wall clock and a calendar show. */
export interface WallTime {
  /** Year. */
  readonly year: number;
  /** Month, from 1. */
  readonly month: number;
  /** Day of the week: 0 is Monday, 6 is Sunday. */
  readonly weekday: number;
  /** Minutes since midnight on the clock, 0 to 1439. */
  readonly minute: number;
}

/** A reader of wall clock and calendar, quick for many instants in a row. */
export function wallClock(zone: Zone): (epochS: number) => WallTime {
  let from = Infinity;
  let to = -Infinity;
  let offsetS: number | null = 0;
  return (epochS) => {
    if (epochS < from || epochS >= to) {
      from = Math.floor(epochS / 86_400) * 86_400;
      to = from + 86_400;
      // A zone changes at most once a day: equal offsets at both ends hold between them.
      offsetS = zone.offsetAtS(from);
      if (zone.offsetAtS(to) !== offsetS) offsetS = null;
    }
    const local = epochS + (offsetS ?? zone.offsetAtS(epochS));
    const date = new Date(local * 1000);
    return {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      weekday: (date.getUTCDay() + 6) % 7,
      minute: Math.floor((local - Math.floor(local / 86_400) * 86_400) / 60),
    };
  };
}
