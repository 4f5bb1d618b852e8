import { InputError } from "../errors.ts";
import type { Format } from "./format.ts";
import { type Head, headBytes, headOf } from "./head.ts";
import { type ByteSource, firstBytes } from "./source.ts";
import { formats } from "./table.ts";

/** A format that recognises an input. */
export interface Candidate {
  /** The format. */
  readonly format: Format;
  /** How sure it is, 1 to 3. */
  readonly confidence: number;
}

/**
 * Asks every format whether an input is its own, from the first 16 KiB.
 *
 * @param head The beginning of the input.
 * @return The formats that recognise it, surest first; those of equal confidence by id.
 */
export function candidates(head: Head): Candidate[] {
  return formats.map((format) => ({ format, confidence: format.detect(head) }))
    .filter(({ confidence }) => confidence > 0)
    .sort((a, b) => b.confidence - a.confidence || (a.format.id < b.format.id ? -1 : 1));
}

/**
 * The format of an input.
 *
 * @param source The input.
 * @param id Id of the format, when detection should not decide.
 * @return The format.
 * @throws {InputError} `empty`, `unknown-format`, `ambiguous-format` with the candidates named, or
 *   `bad-option` when no format has that id.
 *
 * @example
 * ```ts
 * import { detectFormat, sourceOf } from "@joulebook/joulebook/formats";
 * import assert from "node:assert/strict";
 *
 * const power = sourceOf("timestamp, power.draw [W]\n2024/03/29 08:43:09.805, 25.09 W\n");
 * assert.equal((await detectFormat(power)).id, "nvidia-smi-query");
 * ```
 */
export async function detectFormat(source: ByteSource, id?: string): Promise<Format> {
  const head = headOf(source.path, await firstBytes(source, headBytes));
  if (isUtf16(head.bytes)) {
    throw new InputError({
      code: "malformed",
      path: source.path,
      problem: "this is UTF-16",
      expected: "UTF-8",
      advice: "convert it with iconv -f UTF-16 -t UTF-8, or record it with PowerShell's " +
        "Out-File -Encoding utf8 in place of >",
    });
  }
  if (head.text.trim() === "") {
    throw new InputError({
      code: "empty",
      path: source.path,
      problem: source.bytes === 0 ? "the file is empty" : "the file holds nothing but blanks",
      advice: "record it again, or leave it out",
    });
  }
  if (id !== undefined) {
    const named = formats.find((format) => format.id === id);
    if (named !== undefined) return named;
    throw new InputError({
      code: "bad-option",
      problem: "no format has this id",
      expected: `one of ${formats.map((format) => format.id).join(", ")}`,
      found: id,
    });
  }
  const found = candidates(head);
  const best = found.filter(({ confidence }) => confidence === found[0]?.confidence);
  if (best.length === 1) return best[0]!.format;
  if (best.length > 1) {
    throw new InputError({
      code: "ambiguous-format",
      path: source.path,
      problem: "more than one format fits",
      found: best.map(({ format }) => format.id).join(", "),
      advice: `name one with --format, for instance --format ${best[0]!.format.id}`,
    });
  }
  throw new InputError({
    code: "unknown-format",
    path: source.path,
    line: 1,
    problem: head.binary ? "these bytes are not text" : "no reader recognises this",
    expected: "one of the formats that `joulebook inspect --formats` lists",
    found: head.lines[0] ?? "",
    advice: head.binary
      ? "check that this is the log itself"
      : "name its columns with --columns time=...,value=...,unit=W to read it as a table",
  });
}

/** Whether bytes begin with the mark of UTF-16, or every second of them is 0, as its ASCII is. */
function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  const pairs = Math.min(bytes.length, 256) >> 1;
  if (pairs < 4) return false;
  const zeros = [0, 0];
  for (let i = 0; i < 2 * pairs; i++) if (bytes[i] === 0) zeros[i & 1]!++;
  return (zeros[0] === pairs && zeros[1] === 0) || (zeros[1] === pairs && zeros[0] === 0);
}
