import { InputError } from "../errors.ts";
import type { Collector, SeriesColumn, SeriesSpec } from "./collect.ts";
import { forEachBlock } from "./lines.ts";
import { parseNumber } from "./scan.ts";
import type { ByteSource } from "./source.ts";
import type { TimeCell } from "./time_cell.ts";
import { sentinelReason } from "./units.ts";

/** A column of power or energy. */
export interface ValueColumn {
  /** Its index from 0. */
  readonly column: number;
  /** Watts or joules in one of its unit; NaN when the caller must refuse it. */
  readonly scale: number;
  /** Unit that may stand after the number in a cell. */
  readonly unit?: string;
  /** Index of a column to multiply by, such as the voltage of a current. */
  readonly times?: number;
  /**
   * Whether the value is a mean power since the row before, kept as the energy of that interval: the
   * series is then one of intervals.
   */
  readonly meanSince?: boolean;
  /** The series of a row, from the cells that name its device, in the order of `devices`. */
  spec(labels: readonly string[]): SeriesSpec;
}

/** How to read the rows of a table. */
export interface TablePlan {
  /** Cells of a whole row. */
  readonly width: number;
  /** Cells that a row has at least, where trailing ones are left out; by default `width`. */
  readonly minWidth?: number;
  /** Index of the time column. */
  readonly time: number;
  /** Reads a time. */
  readonly timeOf: TimeCell;
  /** Indices of the columns that together tell devices apart; none for a table of one device. */
  readonly devices: readonly number[];
  /** Columns of power and energy, left to right. */
  readonly values: readonly ValueColumn[];
  /** Whether the row in which the plan was made is itself a row of readings. */
  readonly headless?: boolean;
  /** The header as it stood, to know it when it comes again. */
  readonly header?: string;
  /** For interval energies, the time at which the first interval begins. */
  readonly startS?: number;
}

/** What a table is made of besides its rows. */
export interface TableGrammar {
  /** Byte between cells. */
  readonly delimiter: number;
  /**
   * Makes the plan from the first row that is not blank; null to try the next row, which is how a
   * preamble is passed over.
   */
  plan(cells: readonly string[], line: number): TablePlan | null;
  /** Whether a row is no reading but part of the format, such as a closing block. */
  ignore?(text: string): boolean;
}

const lineFeed = 10;
const quoteMark = 34;

/**
 * Reads power and energy columns of a delimited table as bytes, in bounded memory. Cells in quotes
 * may hold delimiters, but no line feeds.
 *
 * @param source The input.
 * @param into Where the readings go.
 * @param grammar How its header becomes a plan.
 * @return The plan; null when no row of the input made one.
 */
export async function readPowerTable(
  source: ByteSource,
  into: Collector,
  grammar: TableGrammar,
): Promise<TablePlan | null> {
  let rows: TableRows | null = null;
  await forEachBlock(source, (block) => {
    let from = block.start;
    let line = 0;
    while (rows === null && from < block.end) {
      const feed = block.bytes.indexOf(lineFeed, from);
      const stop = feed === -1 || feed >= block.end ? block.end : feed;
      const text = new TextDecoder().decode(block.bytes.subarray(from, stop)).trim();
      if (text !== "") {
        const plan = grammar.plan(cellsOf(text, grammar.delimiter), block.firstLine + line);
        if (plan !== null) {
          rows = new TableRows(plan, text, grammar, into);
          if (plan.headless === true) break;
        }
      }
      from = stop + 1;
      line++;
    }
    return line +
      (rows?.read(block.bytes, from, block.end, block.firstLine + line, block.unterminated) ?? 0);
  });
  return (rows as TableRows | null)?.plan ?? null;
}

/** Cells of a header line, without quotes and spaces around them. */
export function cellsOf(text: string, delimiter: number): string[] {
  const cells: string[] = [];
  let cell = "";
  let quoted = false;
  const byte = String.fromCharCode(delimiter);
  for (const character of text) {
    if (character === '"') quoted = !quoted;
    else if (character === byte && !quoted) {
      cells.push(cell.trim());
      cell = "";
    } else cell += character;
  }
  cells.push(cell.trim());
  return cells;
}

/** A refusal that names the line of a header. */
export function refuseTable(
  source: ByteSource,
  line: number | undefined,
  problem: string,
  expected: string,
  found: string,
  advice: string,
): InputError {
  return new InputError({
    code: "refused",
    path: source.path,
    ...(line !== undefined && { line }),
    problem,
    expected,
    found,
    advice,
  });
}

interface TableDevice {
  /** Bytes of the cells that name it, each followed by a zero. */
  readonly key: Uint8Array;
  readonly columns: readonly SeriesColumn[];
  lastS: number;
}

/** Reads rows by a plan, a block at a time. */
class TableRows {
  readonly plan: TablePlan;
  readonly #header: string;
  readonly #grammar: TableGrammar;
  readonly #into: Collector;
  readonly #starts: Int32Array;
  readonly #stops: Int32Array;
  readonly #devices: TableDevice[] = [];
  #at = 0;

  constructor(plan: TablePlan, header: string, grammar: TableGrammar, into: Collector) {
    this.plan = plan;
    this.#header = plan.header ?? header;
    this.#grammar = grammar;
    this.#into = into;
    this.#starts = new Int32Array(plan.width + 1);
    this.#stops = new Int32Array(plan.width + 1);
  }

  /** Reads rows from `from` to `end`; returns their number. */
  read(
    bytes: Uint8Array,
    from: number,
    end: number,
    firstLine: number,
    unterminated: boolean,
  ): number {
    const { width, time, timeOf, values, devices } = this.plan;
    const minWidth = this.plan.minWidth ?? width;
    const { delimiter } = this.#grammar;
    const starts = this.#starts;
    const stops = this.#stops;
    let line = firstLine;
    while (from < end) {
      let count = 0;
      let at = from;
      starts[0] = from;
      for (; at < end; at++) {
        const byte = bytes[at]!;
        if (byte === delimiter) {
          if (count < width) {
            stops[count] = at;
            starts[count + 1] = at + 1;
          }
          count++;
        } else if (byte === lineFeed) break;
        else if (byte === quoteMark) {
          do at++; while (at < end && bytes[at] !== quoteMark && bytes[at] !== lineFeed);
          if (at >= end || bytes[at] === lineFeed) break;
        }
      }
      if (count < width) stops[count] = at;
      count++;
      const cut = at >= end && unterminated;
      // A delimiter after the last cell is no cell.
      if (count === width + 1 && this.#blank(bytes, starts[width]!, at)) count = width;
      // A number at the very end of a file may lack its last digits.
      const last = count - 1;
      for (; count >= minWidth && count < width; count++) starts[count] = stops[count] = at;
      if (count !== width || (cut && this.#names(last))) {
        this.#oddRow(bytes, from, at, line, cut);
      } else {
        for (let cell = 0; cell < width; cell++) this.#trim(bytes, cell);
        const timeS = timeOf(bytes, starts[time]!, stops[time]!);
        if (timeS !== timeS) {
          this.#oddRow(bytes, from, at, line, cut);
        } else {
          const device = devices.length === 0 ? this.#only() : this.#deviceOf(bytes);
          const sinceS = timeS - device.lastS;
          for (let k = 0; k < values.length; k++) {
            const { column, scale, unit, times, meanSince } = values[k]!;
            const start = starts[column]!;
            let stop = stops[column]!;
            const series = device.columns[k]!;
            let whole = !cut || column !== last;
            if (unit !== undefined && endsWith(bytes, start, stop, unit)) {
              stop -= unit.length;
              whole = true;
            }
            let value = parseNumber(bytes, start, stop) * scale;
            if (times !== undefined) {
              value *= parseNumber(bytes, starts[times]!, stops[times]!);
              whole &&= !cut || times !== last;
            }
            if (!whole || value !== value) {
              const text = new TextDecoder().decode(bytes.subarray(start, stops[column]));
              series.losses.add(whole ? sentinelReason(text) : "truncated-row", line, text);
            } else if (series.spec.quantity === "interval" && !(sinceS > 0)) {
              series.losses.add(
                sinceS !== sinceS ? "first-interval-has-no-start" : "no-time-passed",
                line,
              );
            } else {
              series.push(timeS, meanSince === true ? value * sinceS : value, line, sinceS);
            }
          }
          if (timeS > device.lastS || device.lastS !== device.lastS) device.lastS = timeS;
        }
      }
      from = at + 1;
      line++;
    }
    return line - firstLine;
  }

  #trim(bytes: Uint8Array, cell: number): void {
    let from = this.#starts[cell]!;
    let to = this.#stops[cell]!;
    while (from < to && (bytes[from]! <= 32 || bytes[from] === quoteMark)) from++;
    while (to > from && (bytes[to - 1]! <= 32 || bytes[to - 1] === quoteMark)) to--;
    this.#starts[cell] = from;
    this.#stops[cell] = to;
  }

  #blank(bytes: Uint8Array, from: number, to: number): boolean {
    for (let at = from; at < to; at++) if (bytes[at]! > 32) return false;
    return true;
  }

  /** Whether a cell says when or what: a cut one must not be believed. */
  #names(cell: number): boolean {
    return this.plan.time === cell || this.plan.devices.includes(cell);
  }

  #only(): TableDevice {
    return this.#devices[0] ?? this.#add(new Uint8Array(0), []);
  }

  #deviceOf(bytes: Uint8Array): TableDevice {
    const devices = this.#devices;
    for (let tries = 0, at = this.#at + 1; tries < devices.length; tries++, at++) {
      if (at >= devices.length) at = 0;
      if (this.#isDevice(bytes, devices[at]!.key)) {
        this.#at = at;
        return devices[at]!;
      }
    }
    const key: number[] = [];
    const labels = this.plan.devices.map((cell) => {
      const part = bytes.subarray(this.#starts[cell]!, this.#stops[cell]!);
      key.push(...part, 0);
      return new TextDecoder().decode(part);
    });
    this.#at = devices.length;
    return this.#add(Uint8Array.from(key), labels);
  }

  #isDevice(bytes: Uint8Array, key: Uint8Array): boolean {
    let k = 0;
    for (let d = 0; d < this.plan.devices.length; d++) {
      const cell = this.plan.devices[d]!;
      const stop = this.#stops[cell]!;
      for (let at = this.#starts[cell]!; at < stop; at++) {
        if (bytes[at] !== key[k++]) return false;
      }
      if (key[k++] !== 0) return false;
    }
    return true;
  }

  #add(key: Uint8Array, labels: readonly string[]): TableDevice {
    const device = {
      key,
      columns: this.plan.values.map((value) => this.#into.column(value.spec(labels))),
      lastS: this.plan.startS ?? NaN,
    };
    this.#devices.push(device);
    return device;
  }

  #oddRow(bytes: Uint8Array, from: number, to: number, line: number, cut: boolean): void {
    const text = new TextDecoder().decode(bytes.subarray(from, to)).trim();
    if (text === "" || this.#grammar.ignore?.(text) === true) return;
    this.#into.losses.add(
      text === this.#header
        ? "repeated-header"
        : cut
        ? "truncated-row"
        : cellsOf(text, this.#grammar.delimiter).length === this.plan.width
        ? "bad-time"
        : "wrong-field-count",
      line,
      text,
    );
  }
}

function endsWith(bytes: Uint8Array, from: number, to: number, unit: string): boolean {
  if (to - from <= unit.length) return false;
  for (let i = 0; i < unit.length; i++) {
    if (bytes[to - unit.length + i] !== unit.charCodeAt(i)) return false;
  }
  return true;
}
