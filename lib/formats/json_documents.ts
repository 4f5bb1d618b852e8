import { InputError } from "../errors.ts";
import { allBytes, type ByteSource } from "./source.ts";

/** What an input of JSON documents held. */
export interface JsonDocuments {
  /** The documents, in order. */
  readonly documents: readonly unknown[];
  /** Whether the last one is cut short and was left out, but for its whole elements. */
  readonly cut: boolean;
}

/**
 * Parses JSON documents that follow one another, as tools write that print one a poll: with or
 * without line feeds or commas between them, amid lines that are no JSON. An array that is never
 * closed, because its writer was stopped, gives its whole elements.
 *
 * @param source The input; it is read whole.
 * @return The documents.
 * @throws {InputError} `malformed` when there is none.
 */
export async function readJsonDocuments(source: ByteSource): Promise<JsonDocuments> {
  const text = new TextDecoder().decode(await allBytes(source));
  try {
    return { documents: [JSON.parse(text) as unknown], cut: false };
  } catch {
    // Not one document: look for several.
  }
  const documents: unknown[] = [];
  let at = 0;
  let cut = false;
  let unclosed = 0;
  while (at < text.length) {
    const start = text.slice(at).search(/[[{]/) + at;
    if (start < at) break;
    const end = closing(text, start);
    if (end === -1) {
      // Text full of brackets is no JSON, and looking for the end of each takes forever.
      if (++unclosed > 100) break;
      // The array was never closed: go on with its elements.
      cut = true;
      at = start + 1;
      continue;
    }
    try {
      documents.push(JSON.parse(text.slice(start, end)));
      at = end;
    } catch {
      // A bracket in other text.
      at = start + 1;
    }
  }
  if (documents.length === 0) {
    throw new InputError({
      code: "malformed",
      path: source.path,
      problem: "there is no whole JSON object in it",
      found: text.trimStart().slice(0, 80),
      advice: "the file may be cut short; record it again",
    });
  }
  return { documents, cut };
}

/** Index after the bracket that closes the one at `start`; -1 when none does. */
function closing(text: string, start: number): number {
  let depth = 0;
  let quoted = false;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (quoted) {
      if (code === 92) at++;
      else if (code === 34) quoted = false;
    } else if (code === 34) quoted = true;
    else if (code === 123 || code === 91) depth++;
    else if (code === 125 || code === 93) {
      depth--;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}

/** A plain object, or null. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Record<string, unknown>
    : null;
}
