import { InputError } from "../errors.ts";
import { requestLog, type RequestLogInit } from "../requests/log.ts";
import type { Collector } from "./collect.ts";
import { forEachBlock } from "./lines.ts";
import { NumberList } from "./number_list.ts";
import { parseNumber } from "./scan.ts";
import type { ByteSource } from "./source.ts";

/** A row of a request trace, valid while it is looked at. */
export interface TraceRow {
  /** The buffer. */
  readonly bytes: Uint8Array;
  /** Line, counted from 1. */
  readonly line: number;
  /** Index of the first byte of a cell. */
  from(column: number): number;
  /** Index after the last byte of a cell. */
  to(column: number): number;
  /** A cell as a number; NaN when it is none. */
  number(column: number): number;
  /** A cell as text. */
  text(column: number): string;
}

/** Columns that every request trace fills; the rest of a log is not known from a trace. */
export class TraceColumns {
  /** When each request was sent, in seconds. */
  readonly submit: NumberList = new NumberList();
  /** Prompt tokens. */
  readonly input: NumberList = new NumberList();
  /** Generated tokens. */
  readonly output: NumberList = new NumberList();

  /** Adds a request; tokens that are no counts become NaN. */
  push(submitS: number, inputTokens: number, outputTokens: number): void {
    this.submit.push(submitS);
    this.input.push(inputTokens >= 0 ? inputTokens : NaN);
    this.output.push(outputTokens >= 0 ? outputTokens : NaN);
  }

  /**
   * Hands the requests over as a log.
   *
   * @param into Where it goes.
   * @param init Its clock, source and whatever else is known.
   */
  finish(
    into: Collector,
    init: Omit<RequestLogInit, "submitS"> & Pick<RequestLogInit, "clock">,
  ): void {
    const n = this.submit.length;
    if (n === 0) return;
    // A week of a cloud has tens of millions of requests: one column of NaN serves for all times
    // that a trace does not give.
    const unknown = new Float64Array(n).fill(NaN);
    into.requests.push(requestLog({
      submitS: this.submit.take(),
      firstTokenS: unknown,
      endS: unknown,
      inputTokens: this.input.take(),
      outputTokens: this.output.take(),
      endOrigin: { kind: "derived", rule: "not known: a trace of arrivals and lengths" },
      ...init,
    }));
  }
}

const comma = 44;
const lineFeed = 10;
const decoder = new TextDecoder();

/**
 * Reads a comma-separated trace without quotes, a row after another, without making strings.
 *
 * @param source The input.
 * @param into Where rows left out are counted.
 * @param onHeader Called with the names of the header; throws when it is not the format's.
 * @param onRow Called with each row that has as many cells as the header.
 */
export async function forEachTraceRow(
  source: ByteSource,
  into: Collector,
  onHeader: (names: readonly string[]) => void,
  onRow: (row: TraceRow) => void,
): Promise<void> {
  let width = 0;
  let starts = new Int32Array(1);
  let bytes: Uint8Array = new Uint8Array(0);
  let line = 0;
  const row: TraceRow = {
    get bytes() {
      return bytes;
    },
    get line() {
      return line;
    },
    from: (column) => starts[column]!,
    to: (column) => starts[column + 1]! - 1,
    number: (column) => parseNumber(bytes, starts[column]!, starts[column + 1]! - 1),
    text: (column) =>
      decoder.decode(bytes.subarray(starts[column], starts[column + 1]! - 1)).trim(),
  };
  await forEachBlock(source, (block) => {
    bytes = block.bytes;
    line = block.firstLine;
    for (let from = block.start; from < block.end; line++) {
      if (width === 0) {
        const feed = bytes.indexOf(lineFeed, from);
        const stop = feed === -1 || feed >= block.end ? block.end : feed;
        const text = decoder.decode(bytes.subarray(from, stop)).trim();
        from = stop + 1;
        if (text === "") continue;
        const names = text.split(",").map((name) => name.trim());
        onHeader(names);
        width = names.length;
        starts = new Int32Array(width + 1);
        continue;
      }
      let cells = 0;
      let at = from;
      starts[0] = from;
      for (; at < block.end; at++) {
        const byte = bytes[at]!;
        if (byte > comma) continue;
        if (byte === comma) {
          cells++;
          if (cells < width) starts[cells] = at + 1;
        } else if (byte === lineFeed) break;
      }
      const last = at >= block.end && block.unterminated;
      starts[width] = (at > from && bytes[at - 1] === 13 ? at - 1 : at) + 1;
      if (cells + 1 === width) {
        if (last) into.notes.push("The last row has no line end: its last value may be cut.");
        onRow(row);
      } else {
        const text = decoder.decode(bytes.subarray(from, Math.min(at, from + 80))).trim();
        if (text !== "") into.losses.add(last ? "truncated-row" : "wrong-field-count", line, text);
      }
      from = at + 1;
    }
    return line - block.firstLine;
  });
}

/**
 * Where the named columns stand.
 *
 * @param names The header.
 * @param wanted Names to find; letter case does not matter.
 * @param path For the error.
 * @return Their indices.
 * @throws {InputError} `malformed` when one is missing, `refused` when one is there twice.
 */
export function traceColumns<Name extends string>(
  names: readonly string[],
  wanted: readonly Name[],
  path: string,
): Record<Name, number> {
  const lower = names.map((name) => name.replace(/^"|"$/g, "").toLowerCase());
  const found = {} as Record<Name, number>;
  for (const name of wanted) {
    const at = lower.indexOf(name.toLowerCase());
    if (at === -1) {
      throw new InputError({
        code: "malformed",
        path,
        line: 1,
        problem: `the header lacks ${name}`,
        found: names.join(","),
        advice: "name another format with --format",
      });
    }
    if (lower.indexOf(name.toLowerCase(), at + 1) !== -1) {
      throw new InputError({
        code: "refused",
        path,
        line: 1,
        column: lower.lastIndexOf(name.toLowerCase()) + 1,
        problem: `two columns are named ${name}`,
        expected: "one of each",
        found: names.join(","),
        advice: "remove the one that does not hold",
      });
    }
    found[name] = at;
  }
  return found;
}
