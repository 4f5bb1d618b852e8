/**
 * YAML texts whose values know their lines, so that every refusal of a setting names its place.
 *
 * @module
 */

import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from "yaml";
import type { BaseIssue } from "valibot";
import { InputError } from "./errors.ts";

/** Keys that lead to a value, from the top. */
export type Path = readonly (string | number)[];

/** What is wrong at a place. */
export interface Fault {
  /** One clause. */
  readonly problem: string;
  /** What was expected there. */
  readonly expected?: string | undefined;
  /** What stood there. */
  readonly found?: string | undefined;
  /** What to do next. */
  readonly advice?: string | undefined;
}

/** A parsed YAML text. */
export interface ConfigDocument {
  /** Its values. */
  readonly value: unknown;
  /** Throws an error that names the line of a place. */
  fail(at: Path, fault: Fault): never;
}

/**
 * Parses YAML.
 *
 * @param text The text.
 * @param path Name of the file, for messages.
 * @return Its values, and a way to refuse one of them with its line.
 * @throws {InputError} `malformed` with the line when it is no YAML, `empty` when nothing is in it.
 */
export function parseConfigDocument(text: string, path: string): ConfigDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const throwAt = (offset: number, fault: Fault): never => {
    const { line, col } = lines.linePos(offset);
    throw new InputError({
      code: "malformed",
      path,
      line,
      column: col,
      problem: fault.problem,
      ...(fault.expected !== undefined && { expected: fault.expected }),
      ...(fault.found !== undefined && { found: fault.found }),
      ...(fault.advice !== undefined && { advice: fault.advice }),
    });
  };
  const broken = document.errors[0];
  if (broken !== undefined) {
    throwAt(broken.pos[0], {
      // The library reports the end of its stack as a fault of the text.
      problem: broken.message.includes("call stack")
        ? "values are nested too deep"
        : `not valid YAML: ${broken.message.split("\n")[0]}`,
    });
  }
  if (document.contents === null) {
    throw new InputError({ code: "empty", path, problem: "there is nothing in the file" });
  }
  let value: unknown;
  try {
    value = document.toJS();
  } catch (cause) {
    // Aliases that name nothing or multiply beyond measure, and nesting that ends the stack.
    throw new InputError({
      code: "malformed",
      path,
      problem: cause instanceof RangeError
        ? "values are nested too deep"
        : `its aliases cannot be resolved: ${(cause as Error).message.split("\n")[0]}`,
      advice: "write the values out",
      cause,
    });
  }
  return {
    value,
    fail: (at, fault) => throwAt(offsetOf(document.contents, at), fault),
  };
}

/** Offset of the value at a path; where there is none, of the last key on the way to it. */
function offsetOf(root: unknown, path: Path): number {
  let node = root as Node | null;
  let offset = node?.range?.[0] ?? 0;
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key) as
        | Pair<Node, Node | null>
        | undefined;
      if (pair === undefined) return offset;
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = (node.items[Number(key)] ?? null) as Node | null;
      offset = node?.range?.[0] ?? offset;
    } else return offset;
  }
  return offset;
}

/**
 * What a schema's first issue says, as a fault.
 *
 * @param issue The issue.
 * @param at Keys that lead to the value.
 * @return The fault.
 */
export function faultOf(issue: BaseIssue<unknown>, at: Path): Fault {
  const key = at.at(-1);
  const name = at.join(".");
  if (issue.expected === "never") {
    return {
      problem: `unknown key "${key}"`,
      advice: "see the example configuration for the keys",
    };
  }
  if (issue.received === "undefined") return { problem: `"${name}" is missing` };
  return {
    problem: `"${name}" cannot be used`,
    expected: issue.type === "strict_object" || issue.type === "record"
      ? "a map of keys and values"
      : issue.message.startsWith("Invalid")
      ? issue.expected ?? issue.message
      : issue.message,
    found: issue.received.replace(/^"(.*)"$/, "$1"),
  };
}

/** Keys that lead to the value that an issue is about. */
export function pathOf(issue: BaseIssue<unknown>): Path {
  return (issue.path ?? []).map((item) => item.key as string | number);
}
