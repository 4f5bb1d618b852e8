import { flatten, metadataKey, unflatten } from "./flat_table.ts";
import type { ReadResult } from "./format.ts";

/**
 * What an input held as JSON Lines: first `{"joulebook": ...}` with devices, clocks, losses and notes,
 * then an object a row, laid out as {@linkcode writeParquet} does. A value that is missing, NaN among
 * them, has no key.
 *
 * @param result What {@linkcode readInput} gave.
 * @return The lines, each with its line feed, made one at a time.
 *
 * @example
 * ```ts
 * import { jsonLines, readInput, readJsonLines, sourceOf } from "@joulebook/joulebook/formats";
 * import assert from "node:assert/strict";
 *
 * const trace = await readInput(sourceOf(
 *   "timestamp, index, power.draw [W]\n2024/03/29 08:43:09.805, 0, 25.09 W\n",
 * ));
 * const lines = [...jsonLines(trace)];
 * assert.equal(lines[1], '{"part":0,"timeS":1711701789.805,"powerW":25.09}\n');
 * assert.deepEqual(readJsonLines(lines), trace);
 * ```
 */
export function* jsonLines(result: ReadResult): Generator<string> {
  const { rows, columns, metadata } = flatten(result);
  yield `{"${metadataKey}":${metadata}}\n`;
  for (let row = 0; row < rows; row++) {
    let line = "";
    for (const { name, values } of columns) {
      const value = values[row];
      if (value === null || value === undefined || Number.isNaN(value)) continue;
      line += `${line === "" ? "{" : ","}${JSON.stringify(name)}:${JSON.stringify(value)}`;
    }
    yield `${line}}\n`;
  }
}

/**
 * Reads lines that {@linkcode jsonLines} made.
 *
 * @param lines The lines, in order.
 * @return What was written; null when the first line is not ours.
 * @throws {SyntaxError} When a line is no JSON.
 */
export function readJsonLines(lines: Iterable<string>): ReadResult | null {
  const columns = new Map<string, (number | string)[]>();
  let metadata: string | null = null;
  let row = 0;
  for (const line of lines) {
    if (line.trim() === "") continue;
    const object = JSON.parse(line) as Record<string, number | string>;
    if (metadata === null) {
      if (object[metadataKey] === undefined) return null;
      metadata = JSON.stringify(object[metadataKey]);
      continue;
    }
    for (const [name, value] of Object.entries(object)) {
      let column = columns.get(name);
      if (column === undefined) columns.set(name, column = []);
      column[row] = value;
    }
    row++;
  }
  return metadata === null ? null : unflatten(metadata, row, (name) => columns.get(name) ?? null);
}
