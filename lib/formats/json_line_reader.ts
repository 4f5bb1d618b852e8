import { InputError } from "../errors.ts";
import type { LossCounter } from "../losses.ts";
import { JsonCursor } from "./json_cursor.ts";
import { forEachBlock } from "./lines.ts";
import type { ByteSource } from "./source.ts";

/**
 * Reads JSON Lines: one value a line. A line that breaks the grammar is left out and counted, the
 * last one as cut when it has no line end.
 *
 * @param source The input.
 * @param losses Where lines left out are counted.
 * @param onLine Called at each line's value, which it must take.
 * @throws {InputError} The first line's fault, when not one line can be read.
 */
export async function forEachJsonLine(
  source: ByteSource,
  losses: LossCounter,
  onLine: (cursor: JsonCursor, line: number) => void,
): Promise<void> {
  const cursor = JsonCursor.overPieces(source.path);
  let read = 0;
  let fault: InputError | null = null;
  await forEachBlock(source, ({ bytes, start, end, firstLine, unterminated }) => {
    let line = firstLine;
    let from = start;
    while (from < end) {
      const feed = bytes.indexOf(10, from);
      const stop = feed === -1 || feed > end ? end : feed;
      cursor.load(bytes, from, stop, line);
      try {
        if (cursor.kind() !== "end") {
          onLine(cursor, line);
          if (cursor.kind() !== "end") {
            throw cursor.malformed("more stands behind the value of this line", "a line end");
          }
          read++;
        }
      } catch (error) {
        if (!(error instanceof InputError) || error.code !== "malformed") throw error;
        fault ??= error;
        const isLast = unterminated && stop === end;
        losses.add(
          isLast ? "truncated-row" : "malformed-line",
          line,
          new TextDecoder().decode(bytes.subarray(from, Math.min(stop, from + 80))),
        );
      }
      from = stop + 1;
      line++;
    }
    return line - firstLine;
  });
  if (read === 0 && fault !== null) throw fault as InputError;
}
