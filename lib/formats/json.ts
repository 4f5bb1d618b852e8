import { InputError } from "../errors.ts";
import { allBytes, type ByteSource } from "./source.ts";

/**
 * Parses a JSON document that fits in memory.
 *
 * @param source The input.
 * @return The value.
 * @throws {InputError} `malformed` with line and column.
 */
export async function readJson(source: ByteSource): Promise<unknown> {
  const text = new TextDecoder().decode(await allBytes(source));
  try {
    return JSON.parse(text);
  } catch (cause) {
    const at = Number(/position (\d+)/.exec(String(cause))?.[1] ?? text.length);
    const before = text.slice(0, at);
    throw new InputError({
      code: "malformed",
      path: source.path,
      line: before.split("\n").length,
      column: at - before.lastIndexOf("\n"),
      problem: at >= text.trimEnd().length ? "the JSON ends too early" : "this is not JSON",
      found: text.slice(at, at + 40),
      advice: "the file may be cut short or edited by hand; take it as it was written",
      cause,
    });
  }
}
