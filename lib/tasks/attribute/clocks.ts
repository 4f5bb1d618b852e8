import { type Clock, parseZone } from "../../clock.ts";
import { InputError } from "../../errors.ts";
import type { Store } from "../../formats/store/mod.ts";

/** What the caller knows of the clocks of a store and of what it is attributed to. */
export interface ClockOptions {
  /** Zone of a trace in local time: an ISO offset, or an IANA name that has one offset throughout. */
  readonly zone?: string;
  /** Seconds to add to the trace's times to reach the other clock, after the zone; by default 0. */
  readonly offsetS?: number;
}

/**
 * Seconds to add to the times of a store to reach another clock. Clocks of different kinds are joined
 * only by what the caller gives.
 *
 * @param store The store.
 * @param series Its series that are used, by place.
 * @param other The other clock.
 * @param options What the caller knows.
 * @return Seconds.
 * @throws {InputError} `refused` when clocks differ and nothing is given, or the zone's offset changes.
 */
export function clockOffsetS(
  store: Store,
  series: readonly number[],
  other: Clock,
  { zone, offsetS }: ClockOptions,
): number {
  const used = series.map((s) => store.series[s]!);
  const clocks = [...new Set(used.map(({ clock }) => clock))];
  if (clocks.length > 1) {
    throw new InputError({
      code: "refused",
      path: store.dir,
      problem: "its devices are on different clocks",
      found: clocks.join(", "),
      advice: "choose those of one clock with --device",
    });
  }
  const [clock] = clocks;
  if (zone !== undefined && clock === "local" && other === "epoch") {
    return zoneOffsetS(store, used, zone) + (offsetS ?? 0);
  }
  if (zone !== undefined) {
    throw new InputError({
      code: "bad-option",
      path: store.dir,
      problem:
        `a zone has no use here: the trace is on a clock of kind "${clock}", the other on one ` +
        `of kind "${other}"`,
      expected: "a trace in local time beside a log that counts from 1970 in UTC",
    });
  }
  if (clock === other || clock === undefined || offsetS !== undefined) return offsetS ?? 0;
  throw new InputError({
    code: "refused",
    path: store.dir,
    problem: `the trace is on a clock of kind "${clock}", the other on one of kind "${other}"`,
    advice: clock === "local" && other === "epoch"
      ? "give --zone, the zone of the trace"
      : "give --offset, the seconds to add to the trace's times to reach the other clock",
  });
}

/** Days are shifted as they are: a zone that goes over to summer time on the way cannot be. */
function zoneOffsetS(
  store: Store,
  series: readonly { readonly startS: number; readonly endS: number }[],
  name: string,
): number {
  const zone = parseZone(name);
  const startS = series.reduce((least, one) => Math.min(least, one.startS), Infinity);
  const endS = series.reduce((most, one) => Math.max(most, one.endS), -Infinity);
  const offsetS = zone.offsetAtS(startS);
  for (let timeS = startS; timeS < endS + 86_400; timeS += 43_200) {
    if (zone.offsetAtS(Math.min(timeS, endS)) === offsetS) continue;
    throw new InputError({
      code: "refused",
      path: store.dir,
      problem: `the offset of ${name} changes within the time of the trace`,
      advice:
        "attribute the time before and the time behind the change apart, with their ISO offsets",
    });
  }
  return -offsetS;
}
