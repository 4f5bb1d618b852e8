/** The time of a forecast cut into quarter hours, with what clock and calendar show at each. */

import { parseZone } from "../../clock.ts";
import { type MonthSpan, monthSpans } from "../months.ts";
import { wallClock } from "../wall_clock.ts";

/** Quarter hours as columns. */
export interface Steps {
  /** The months. */
  readonly months: readonly MonthSpan[];
  /** Where each step begins, in seconds of the epoch. */
  readonly startS: Float64Array;
  /** Where each ends. */
  readonly endS: Float64Array;
  /** Number of the month that it is in, from 0. */
  readonly month: Uint8Array;
  /** Hour of the clock, 0 to 23. */
  readonly hour: Uint8Array;
  /** Day of the week, 0 Monday. */
  readonly weekday: Uint8Array;
  /** Number of the interval of the clock that it is in, for intervals of `intervalS`. */
  interval(intervalS: number): Float64Array;
}

/** Length of a step, in hours. */
export const stepH = 0.25;
const stepS = 900;

/** The steps of some months of a zone. All offsets of zones are whole quarters of an hour. */
export function stepsOf(first: string, count: number, zone: string): Steps {
  const months = monthSpans(first, count, zone);
  const parsed = parseZone(zone);
  const clock = wallClock(parsed);
  const from = months[0]!.startS;
  const n = Math.round((months.at(-1)!.endS - from) / stepS);
  const startS = Float64Array.from({ length: n }, (_, i) => from + i * stepS);
  const month = new Uint8Array(n);
  const hour = new Uint8Array(n);
  const weekday = new Uint8Array(n);
  const minute = new Uint16Array(n);
  let m = 0;
  for (let i = 0; i < n; i++) {
    while (startS[i]! >= months[m]!.endS) m++;
    const wall = clock(startS[i]!);
    month[i] = m;
    hour[i] = Math.floor(wall.minute / 60);
    minute[i] = wall.minute % 60;
    weekday[i] = wall.weekday;
  }
  return {
    months,
    startS,
    endS: startS.map((s) => s + stepS),
    month,
    hour,
    weekday,
    interval(intervalS) {
      // Counted from the full hour of the clock; where the clock jumps a new interval begins.
      const number = new Float64Array(n);
      for (let i = 1; i < n; i++) {
        const begins = minute[i]! * 60 % intervalS === 0 || month[i] !== month[i - 1];
        number[i] = number[i - 1]! + (begins ? 1 : 0);
      }
      return number;
    },
  };
}
