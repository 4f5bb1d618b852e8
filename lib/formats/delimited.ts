import { InputError } from "../errors.ts";
import { forEachLine } from "./lines.ts";
import type { ByteSource } from "./source.ts";

/** A row of a delimited table. */
export interface Row {
  /** Its cells, without quotes; spaces around a cell are removed. */
  readonly cells: readonly string[];
  /** Line on which it begins, counted from 1. */
  readonly line: number;
  /** Whether its last line ended with a line feed: false only for a last row that may be cut. */
  readonly terminated: boolean;
}

/**
 * Reads a delimited table row by row, as RFC 4180 has it: cells in double quotes may hold
 * delimiters, doubled quotes and line feeds. Blank lines are passed over.
 *
 * @param source The input.
 * @param delimiter The character between cells.
 * @param onRow Called with each row; returns `false` to stop.
 * @throws {InputError} `malformed` when a quote is never closed.
 */
export async function forEachRow(
  source: ByteSource,
  delimiter: string,
  onRow: (row: Row) => void | false,
): Promise<void> {
  let pending = "";
  let pendingLine = 0;
  let stopped = false;
  await forEachLine(source, (text, line, terminated) => {
    if (pendingLine === 0 && !text.includes('"')) {
      if (text.trim() === "") return;
      const cells = text.split(delimiter).map((cell) => cell.trim());
      const more = onRow({ cells, line, terminated });
      stopped = more === false;
      return more;
    }
    const whole = pendingLine === 0 ? text : `${pending}\n${text}`;
    // A line without a quote cannot end an open cell: looking would cost the square of its length.
    if (pendingLine !== 0 && !text.includes('"')) {
      pending = whole;
      return;
    }
    const cells = splitQuoted(whole, delimiter);
    if (cells === null) {
      pending = whole;
      pendingLine ||= line;
      return;
    }
    const first = pendingLine || line;
    pendingLine = 0;
    const more = onRow({ cells, line: first, terminated });
    stopped = more === false;
    return more;
  });
  if (pendingLine !== 0 && !stopped) {
    throw new InputError({
      code: "malformed",
      path: source.path,
      line: pendingLine,
      problem: "a quoted cell that begins in this row is never closed",
      found: pending,
      advice: "the file may be cut short; remove its last row",
    });
  }
}

/** Cells of a row with quotes; null when it ends inside one. */
function splitQuoted(text: string, delimiter: string): string[] | null {
  const cells: string[] = [];
  let at = 0;
  while (true) {
    while (text[at] === " ") at++;
    let cell = "";
    if (text[at] === '"') {
      at++;
      while (true) {
        const quote = text.indexOf('"', at);
        if (quote === -1) return null;
        cell += text.slice(at, quote);
        at = quote + 1;
        if (text[at] !== '"') break;
        cell += '"';
        at++;
      }
      const next = text.indexOf(delimiter, at);
      cell += text.slice(at, next === -1 ? text.length : next).trimEnd();
      at = next === -1 ? text.length : next;
    } else {
      const next = text.indexOf(delimiter, at);
      cell = text.slice(at, next === -1 ? text.length : next).trimEnd();
      at = next === -1 ? text.length : next;
    }
    cells.push(cell);
    if (at >= text.length) return cells;
    at += delimiter.length;
  }
}

/**
 * A number from a cell.
 *
 * @param text The cell.
 * @return The number; NaN when it is anything else. A decimal comma is not a number.
 */
export function cellNumber(text: string | undefined): number {
  return text !== undefined && /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)
    ? Number(text)
    : NaN;
}

/**
 * The most frequent delimiter of a table's first line.
 *
 * @param line The line.
 * @return Tab, semicolon or comma.
 */
export function delimiterOf(line: string): string {
  const count = (character: string): number => line.split(character).length;
  return ["\t", ";", ","].reduce((best, next) => count(next) > count(best) ? next : best, ",");
}
