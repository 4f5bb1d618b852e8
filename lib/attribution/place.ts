import { type Clock, parseZone } from "../clock.ts";
import { InputError } from "../errors.ts";
import type { PowerSeries } from "../power/series.ts";
import { shiftSeries, toEpoch } from "../power/shift.ts";

/** Spans of time that a trace should cover: requests or windows, on a named clock. */
export interface Spans {
  /** What the times count from. */
  readonly clock: Clock;
  /** Starts, in seconds. */
  readonly startS: Float64Array;
  /** Ends, in seconds; NaN where not known. */
  readonly endS: Float64Array;
  /** Path of the source, for messages. */
  readonly path: string;
}

/** What the caller knows of the clocks. */
export interface PlaceOptions {
  /** Zone of the trace's wall clock: an ISO offset or an IANA name. */
  readonly zone?: string;
  /** Seconds to add to the trace's times to reach the clock of the spans, after the zone. */
  readonly offsetS?: number;
}

/** A trace put on the clock of the spans. */
export interface Placed {
  /** The trace on that clock. */
  readonly series: readonly PowerSeries[];
  /** Seconds that were added to the first trace's times in all. */
  readonly offsetS: number;
  /** Half width of what is not known of the offset; 0 where the caller gave it. */
  readonly offsetWidthS: number;
  /** Share of the spans' time that lies inside the trace, 0 to 1. */
  readonly overlap: number;
  /** How the clocks were joined, one sentence. */
  readonly note: string;
}

/**
 * Puts a trace on the clock of requests or windows. Nothing is guessed: clocks of different kinds
 * are joined only by what the caller gives, and a result that leaves most of the spans outside the
 * trace is refused, with the share that each zone would bring inside.
 *
 * @param series The trace, one series a device.
 * @param spans Requests or windows.
 * @param options Zone and offset.
 * @return The trace on the spans' clock, and how much of them it covers.
 * @throws {InputError} `refused` when zone or offset are missing, or less than half of the spans'
 *   time lies inside the trace.
 */
export function placeTrace(
  series: readonly PowerSeries[],
  spans: Spans,
  options: PlaceOptions = {},
): Placed {
  const { placed, note } = join(series, spans, options);
  const overlap = overlapShare(placed, spans);
  const first = placed[0]!;
  const offsetS = (first.timeS[0] ?? 0) - (series[0]!.timeS[0] ?? 0);
  if (!(overlap >= 0.5)) {
    throw new InputError({
      code: "refused",
      path: series[0]!.source.path,
      problem: `${percent(overlap)} of the time in ${spans.path} lies inside the trace ` +
        `(${extent(placed)} against ${extentOf(spans)})`,
      expected: "at least 50 %",
      advice: zoneAdvice(series, spans, options),
    });
  }
  return { series: placed, offsetS, offsetWidthS: 0, overlap, note };
}

function join(
  series: readonly PowerSeries[],
  spans: Spans,
  { zone, offsetS }: PlaceOptions,
): { readonly placed: readonly PowerSeries[]; readonly note: string } {
  const clock = series[0]!.clock;
  const path = series[0]!.source.path;
  if (series.some((one) => one.clock !== clock)) {
    throw new InputError({
      code: "refused",
      problem: "the power files are on different clocks",
      found: [...new Set(series.map((one) => `${one.source.path}: ${one.clock}`))].join("; "),
      advice: "attribute one at a time",
    });
  }
  const shift = (to: readonly PowerSeries[], by: number): PowerSeries[] =>
    to.map((one) => shiftSeries(one, by, spans.clock));
  if (zone !== undefined && clock === "local" && spans.clock === "epoch") {
    const parsed = parseZone(zone);
    const onEpoch = series.map((one) => toEpoch(one, parsed));
    return {
      placed: offsetS === undefined ? onEpoch : shift(onEpoch, offsetS),
      note: `Trace in local time, zone ${zone} given` +
        `${offsetS === undefined ? "" : `, then ${offsetS} s added`}.`,
    };
  }
  if (zone !== undefined) {
    throw new InputError({
      code: "bad-option",
      path,
      problem: `a zone has no use here: the trace is on a clock of kind "${clock}", ` +
        `${spans.path} on one of kind "${spans.clock}"`,
      expected: "a trace in local time beside a log that counts from 1970 in UTC",
      advice: "leave --zone out; --offset moves the trace by seconds",
    });
  }
  if (offsetS !== undefined) {
    return { placed: shift(series, offsetS), note: `Offset of ${offsetS} s given.` };
  }
  const sameFile = series.every((one) => one.source.path === spans.path);
  if (clock === spans.clock && (clock === "epoch" || clock === "local" || sameFile)) {
    return {
      placed: series,
      note: clock === "epoch"
        ? "Both on the epoch clock."
        : clock === "local"
        ? "Both in local time without a zone, taken as the same wall clock."
        : "Trace and windows from one file, on one clock.",
    };
  }
  if (clock === "local" && spans.clock === "epoch") {
    throw new InputError({
      code: "refused",
      path,
      problem: "the trace is in local time and does not say its zone",
      expected: "--zone, for instance --zone -07:00 or --zone America/Los_Angeles",
      advice: zoneAdvice(series, spans, {}),
    });
  }
  throw new InputError({
    code: "refused",
    path,
    problem: `the trace is on a clock of kind "${clock}", ${spans.path} on one of kind ` +
      `"${spans.clock}", and nothing joins them`,
    expected: "--offset, the seconds to add to the trace's times",
    advice: clock === spans.clock
      ? "give --offset 0 if both were taken on one machine since the same start"
      : "look for a moment that both recorded",
  });
}

/** Share of the spans' time that lies inside a trace; spans without an end count at their start. */
function overlapShare(series: readonly PowerSeries[], spans: Spans): number {
  const from = Math.max(...series.map(({ timeS }) => timeS[0] ?? Infinity));
  const to = Math.min(...series.map(({ timeS }) => timeS.at(-1) ?? -Infinity));
  return shareInside(spans, from, to);
}

function shareInside(spans: Spans, from: number, to: number): number {
  let inside = 0;
  let all = 0;
  for (let i = 0; i < spans.startS.length; i++) {
    const start = spans.startS[i]!;
    if (Number.isNaN(start)) continue;
    const end = Number.isNaN(spans.endS[i]!) ? start : spans.endS[i]!;
    // A microsecond gives instants a weight without moving the share of real spans.
    all += end - start + 1e-6;
    const low = Math.max(start, from);
    const high = Math.min(end, to);
    if (high >= low) inside += high - low + 1e-6;
  }
  return all === 0 ? 0 : inside / all;
}

/** Which zones would bring the spans inside a trace in local time. */
function zoneAdvice(
  series: readonly PowerSeries[],
  spans: Spans,
  { zone, offsetS = 0 }: PlaceOptions,
): string {
  if (series[0]!.clock !== "local" || spans.clock !== "epoch") {
    return "check --offset and that both files are of the same run";
  }
  const from = Math.max(...series.map(({ timeS }) => timeS[0] ?? Infinity)) + offsetS;
  const to = Math.min(...series.map(({ timeS }) => timeS.at(-1) ?? -Infinity)) + offsetS;
  const fitting: { readonly name: string; readonly share: number }[] = [];
  for (let quarter = -56; quarter <= 56; quarter++) {
    const share = shareInside(spans, from - quarter * 900, to - quarter * 900);
    if (share >= 0.5) fitting.push({ name: offsetName(quarter), share });
  }
  fitting.sort((a, b) => b.share - a.share);
  if (fitting.length === 0) return "no zone brings them together: check that both are of one run";
  return fitting.slice(0, 3).map(({ name, share }) =>
    `--zone ${name} would bring ${percent(share)} inside`
  ).join(", ") + (zone === undefined ? "" : ` (not ${zone})`);
}

function offsetName(quarter: number): string {
  const minutes = Math.abs(quarter) * 15;
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${quarter < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
}

function extent(series: readonly PowerSeries[]): string {
  const { timeS, clock } = series[0]!;
  return span(timeS[0] ?? NaN, timeS.at(-1) ?? NaN, clock);
}

function extentOf(spans: Spans): string {
  let from = Infinity;
  let to = -Infinity;
  for (let i = 0; i < spans.startS.length; i++) {
    from = Math.min(from, spans.startS[i]!);
    to = Math.max(to, Number.isNaN(spans.endS[i]!) ? spans.startS[i]! : spans.endS[i]!);
  }
  return span(from, to, spans.clock);
}

function span(from: number, to: number, clock: Clock): string {
  if (!Number.isFinite(from) || !Number.isFinite(to)) return "nothing";
  if (clock === "monotonic" || clock === "elapsed") {
    return `${from.toFixed(1)} to ${to.toFixed(1)} s`;
  }
  const text = (s: number): string => new Date(s * 1000).toISOString().slice(0, 19);
  return `${text(from)} to ${text(to)}${clock === "epoch" ? " UTC" : " local"}`;
}
