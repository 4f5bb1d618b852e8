import { InputError } from "../errors.ts";
import type { ByteSource } from "./source.ts";

/** A run of whole lines in a buffer that is reused for the next one. */
export interface LineBlock {
  /** The buffer. */
  readonly bytes: Uint8Array;
  /** Index of the first byte of the first line. */
  readonly start: number;
  /** Index after the line feed of the last line, or after the last byte of the input. */
  readonly end: number;
  /** Line number of the first line, counted from 1. */
  readonly firstLine: number;
  /** Whether the last line of the block has no line feed: the end of the input. */
  readonly unterminated: boolean;
}

const blockBytes = 1 << 20;
const longestLine = 1 << 26;
const lineFeed = 10;

/**
 * Reads an input as blocks of whole lines, in memory that does not grow with its size. A byte-order
 * mark at the start is skipped.
 *
 * @param source The input.
 * @param onBlock Called with each block in turn; returns how many lines it held, or `false` to stop.
 * @throws {InputError} `malformed` when a line is longer than 64 MiB.
 */
export async function forEachBlock(
  source: ByteSource,
  onBlock: (block: LineBlock) => number | false,
): Promise<void> {
  const known = source.compression === null ? source.bytes : null;
  let bytes = new Uint8Array(Math.min(blockBytes, (known ?? blockBytes) + 1024));
  let kept = 0;
  let firstLine = 1;
  let atStart = true;
  const input = source.open();
  try {
    while (true) {
      const got = input.read(bytes.subarray(kept));
      const count = typeof got === "number" ? got : await got;
      const end = kept + count;
      let start = 0;
      if (atStart && (end >= 3 || count === 0)) {
        if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) start = 3;
        atStart = false;
      }
      if (count === 0) {
        if (end > start) {
          onBlock({ bytes, start, end, firstLine, unterminated: true });
        }
        return;
      }
      const last = bytes.lastIndexOf(lineFeed, end - 1);
      const whole = last >= start ? last + 1 : start;
      if (whole > start) {
        const lines = onBlock({ bytes, start, end: whole, firstLine, unterminated: false });
        if (lines === false) return;
        firstLine += lines;
      }
      kept = end - whole;
      if (kept === bytes.length) {
        if (bytes.length >= longestLine) {
          throw new InputError({
            code: "malformed",
            path: source.path,
            line: firstLine,
            problem: `this line is longer than ${longestLine >> 20} MiB`,
            advice: "check that the file is text",
          });
        }
        const larger = new Uint8Array(bytes.length * 2);
        larger.set(bytes);
        bytes = larger;
      } else {
        bytes.copyWithin(0, whole, end);
      }
    }
  } finally {
    input.close();
  }
}

/**
 * Reads an input line by line, for formats whose lines are few or need text. Carriage returns
 * before a line feed are removed; bytes that are not UTF-8 become U+FFFD.
 *
 * @param source The input.
 * @param onLine Called with each line, its number from 1, and whether it ended with a line feed;
 *   returns `false` to stop.
 */
export async function forEachLine(
  source: ByteSource,
  onLine: (text: string, line: number, terminated: boolean) => void | false,
): Promise<void> {
  const decoder = new TextDecoder();
  await forEachBlock(source, ({ bytes, start, end, firstLine, unterminated }) => {
    let line = 0;
    let from = start;
    while (from < end) {
      const feed = bytes.indexOf(lineFeed, from);
      const terminated = feed !== -1 && feed < end;
      const stop = terminated ? feed : end;
      const trimmed = stop > from && bytes[stop - 1] === 13 ? stop - 1 : stop;
      const more = onLine(
        decoder.decode(bytes.subarray(from, trimmed)),
        firstLine + line,
        terminated || !unterminated,
      );
      if (more === false) return false;
      line++;
      from = stop + 1;
    }
    return line;
  });
}
