/** The text of a config.json: JSON, but for the infinities that Python writes. */

import { InputError } from "../errors.ts";

/**
 * Parses the text of a config.json. Python writes bare `Infinity`, `-Infinity` and `NaN`, which JSON
 * does not have; they become null.
 *
 * @param text The text.
 * @param path Name of the file, for the message. Default: none.
 * @return The parsed value.
 * @throws InputError (`malformed`) with line and column.
 *
 * @example
 * ```ts
 * import { parseModelText } from "@joulebook/joulebook/models";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseModelText('{"time_step_limit": [0.0, Infinity]}'), {
 *   time_step_limit: [0, null],
 * });
 * ```
 */
export function parseModelText(text: string, path?: string): unknown {
  // Strings are matched first, so that words inside them stay.
  const plain = text.replace(
    /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g,
    (match) => match.startsWith('"') ? match : "null",
  );
  try {
    return JSON.parse(plain);
  } catch (cause) {
    const at = /position (\d+)/.exec((cause as Error).message)?.[1];
    const before = at === undefined ? undefined : plain.slice(0, Number(at)).split("\n");
    throw new InputError({
      code: "malformed",
      ...(path === undefined ? {} : { path }),
      ...(before === undefined
        ? {}
        : { line: before.length, column: before[before.length - 1]!.length + 1 }),
      problem: "not JSON",
      expected: "a config.json or a fact file",
      cause,
    });
  }
}
