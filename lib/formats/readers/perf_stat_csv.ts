import type { Collector, SeriesColumn } from "../collect.ts";
import { InputError } from "../../errors.ts";
import type { Format } from "../format.ts";
import { forEachBlock } from "../lines.ts";
import { perfDevice } from "../perf_event.ts";
import { parseNumber } from "../scan.ts";
import { firstBytes } from "../source.ts";
import { sentinelReason } from "../units.ts";

/**
 * A row of `perf stat -I -x,`: elapsed seconds with nine decimals, with `-A` or `--per-socket` what
 * was counted, the value, its unit (perhaps with a line feed in it), the event, and more.
 */
const row =
  /^\s*(\d+[.,]\d{9})([,;|\t:~])(?:([SDCN][^,;|\t:~]*|CPU\d+|node\d+)\2(?:\d+\2)?)?([\d.,]+|<not \w+>)\2(Joules)?/m;
const rowWithoutTime = /^([\d.,]+|<not \w+>)([,;|\t~])Joules\2[^\n]*energy-/m;

/** `perf stat -x` with energies of RAPL: joules of each interval, or one total. */
export const format: Format = {
  id: "perf-stat-csv",
  title: "perf stat -x, with -I or without",
  kinds: ["power", "results"],
  writtenBy: "perf stat -I 100 -x, -e power/energy-pkg/",
  detect({ text }) {
    const match = row.exec(text);
    if (match !== null) return text.includes("Joules") ? 3 : 2;
    return rowWithoutTime.test(text) ? 3 : 0;
  },
  async read(source, into) {
    const head = new TextDecoder().decode(await firstBytes(source, 16_384));
    const timed = row.exec(head);
    const delimiter = (timed?.[2] ?? rowWithoutTime.exec(head)?.[2] ?? ",").charCodeAt(0);
    const decimalComma = timed?.[1]?.includes(",") === true;
    const rows = new PerfRows(into, delimiter, decimalComma, timed !== null);
    await forEachBlock(source, ({ bytes, start, end, firstLine, unterminated }) => {
      let line = firstLine;
      for (let from = start; from < end; line++) {
        const feed = bytes.indexOf(10, from);
        const stop = feed === -1 || feed >= end ? end : feed;
        rows.read(bytes, from, stop, line, stop === end && unterminated);
        from = stop + 1;
      }
      return line - firstLine;
    });
    rows.finish();
    if (rows.energies === 0) {
      throw new InputError({
        code: "refused",
        path: source.path,
        problem: "no row is an energy: the file counts other events",
        expected: "events such as power/energy-pkg/ in Joules",
        advice: "record again with perf stat -I 100 -x, -e power/energy-pkg/,power/energy-ram/",
      });
    }
  },
};

interface Event {
  readonly key: Uint8Array;
  readonly column: SeriesColumn;
}

class PerfRows {
  /** Rows that are energies. */
  energies = 0;
  readonly #into: Collector;
  readonly #delimiter: number;
  readonly #decimalComma: boolean;
  readonly #timed: boolean;
  readonly #starts = new Int32Array(16);
  readonly #stops = new Int32Array(16);
  readonly #events: Event[] = [];
  readonly #totals: { event: string; energyJ: number }[] = [];
  #at = -1;
  #timeS = 0;
  #beforeS = 0;
  /** The row whose unit ended with a line feed. */
  #open: { timeS: number; value: number; text: string; line: number } | null = null;

  constructor(into: Collector, delimiter: number, decimalComma: boolean, timed: boolean) {
    this.#into = into;
    this.#delimiter = delimiter;
    this.#decimalComma = decimalComma;
    this.#timed = timed;
  }

  read(bytes: Uint8Array, from: number, to: number, line: number, cut: boolean): void {
    while (from < to && bytes[from]! === 32) from++;
    if (to > from && bytes[to - 1] === 13) to--;
    if (from === to || bytes[from] === 35) return;
    const starts = this.#starts;
    const stops = this.#stops;
    let count = 0;
    starts[0] = from;
    for (let at = from; at < to; at++) {
      if (bytes[at] !== this.#delimiter) continue;
      stops[count] = at;
      if (++count === 15) break;
      starts[count] = at + 1;
    }
    if (count < 15) stops[count++] = to;
    if (this.#open !== null) {
      // The rest of the row before: an empty cell, then the event.
      const { timeS, value, text, line: opened } = this.#open;
      this.#open = null;
      if (stops[0] === starts[0] && count > 2) {
        this.#take(bytes, starts[1]!, stops[1]!, -1, timeS, value, text, opened);
        return;
      }
      this.#into.losses.add("malformed-row", opened, text);
    }
    const first = this.#timed ? 2 : 1;
    let unit = -1;
    for (let cell = first; cell < count && cell < first + 3; cell++) {
      if (isJoules(bytes, starts[cell]!, stops[cell]!)) {
        unit = cell;
        break;
      }
    }
    if (unit === -1) {
      if (cut) this.#into.losses.add("truncated-row", line, text(bytes, from, to));
      return;
    }
    const timeS = this.#timed ? this.#number(bytes, starts[0]!, stops[0]!) : NaN;
    const value = this.#number(bytes, starts[unit - 1]!, stops[unit - 1]!);
    const written = Number.isNaN(value) ? text(bytes, starts[unit - 1]!, stops[unit - 1]!) : "";
    if (unit === count - 1) {
      const whole = text(bytes, starts[unit - 1]!, stops[unit - 1]!);
      this.#open = { timeS, value, text: whole, line };
      return;
    }
    // The event is the last cell of a cut row: it may lack its end.
    if (cut && unit + 1 === count - 1) {
      this.#into.losses.add("truncated-row", line, text(bytes, from, to));
      return;
    }
    const group = unit - 1 > first - 1 ? first - 1 : -1;
    this.#take(bytes, starts[unit + 1]!, stops[unit + 1]!, group, timeS, value, written, line);
  }

  finish(): void {
    if (this.#open !== null) {
      this.#into.losses.add("truncated-row", this.#open.line, this.#open.text);
    }
    if (this.#totals.length === 0) return;
    this.#into.results.push({
      name: "energies of one run",
      columns: {
        event: this.#totals.map(({ event }) => event),
        energyJ: this.#totals.map(({ energyJ }) => energyJ),
      },
      units: { energyJ: "J" },
    });
    this.#into.notes.push("Without -I there are totals and no times: they are no series.");
  }

  #take(
    bytes: Uint8Array,
    from: number,
    to: number,
    group: number,
    timeS: number,
    value: number,
    written: string,
    line: number,
  ): void {
    this.energies++;
    if (!this.#timed) {
      if (Number.isNaN(value)) this.#into.losses.add(sentinelReason(written), line, written);
      else this.#totals.push({ event: text(bytes, from, to), energyJ: value });
      return;
    }
    if (timeS !== this.#timeS && timeS > this.#timeS) {
      this.#beforeS = this.#timeS;
      this.#timeS = timeS;
    }
    const column = this.#eventOf(bytes, from, to, group);
    if (Number.isNaN(value)) column.losses.add(sentinelReason(written), line, written);
    else column.push(timeS, value, line, timeS - this.#beforeS);
  }

  #eventOf(bytes: Uint8Array, from: number, to: number, group: number): SeriesColumn {
    const events = this.#events;
    const groupFrom = group === -1 ? 0 : this.#starts[group]!;
    const groupLength = group === -1 ? 0 : this.#stops[group]! - groupFrom;
    const length = to - from + 1 + groupLength;
    for (let tries = 0, at = this.#at + 1; tries < events.length; tries++, at++) {
      if (at >= events.length) at = 0;
      const { key } = events[at]!;
      if (key.length !== length) continue;
      let i = 0;
      while (i < to - from && key[i] === bytes[from + i]) i++;
      if (i < to - from) continue;
      let g = 0;
      while (g < groupLength && key[i + 1 + g] === bytes[groupFrom + g]) g++;
      if (g < groupLength) continue;
      this.#at = at;
      return events[at]!.column;
    }
    const event = text(bytes, from, to);
    const grouped = text(bytes, groupFrom, groupFrom + groupLength);
    const column = this.#into.column({
      device: perfDevice(event, grouped),
      clock: "elapsed",
      quantity: "interval",
      column: grouped === "" ? event : `${event} ${grouped}`,
    });
    this.#at = events.length;
    events.push({ key: new TextEncoder().encode(`${event}\0${grouped}`), column });
    return column;
  }

  #number(bytes: Uint8Array, from: number, to: number): number {
    if (!this.#decimalComma) return parseNumber(bytes, from, to);
    const copy = bytes.slice(from, to);
    const comma = copy.indexOf(44);
    if (comma !== -1) copy[comma] = 46;
    return parseNumber(copy, 0, copy.length);
  }
}

function isJoules(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from < 6) return false;
  for (let i = 0; i < 6; i++) if (bytes[from + i] !== joules[i]) return false;
  for (let at = from + 6; at < to; at++) if (bytes[at]! > 32) return false;
  return true;
}

const joules = new TextEncoder().encode("Joules");
const decoder = new TextDecoder();

function text(bytes: Uint8Array, from: number, to: number): string {
  return decoder.decode(bytes.subarray(from, to));
}
