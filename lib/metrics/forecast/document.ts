/** A YAML text whose values know their lines. */

import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from "yaml";
import { InputError } from "../../errors.ts";

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

/** Parses YAML; a text that is none throws an InputError with its line. */
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
    throwAt(broken.pos[0], { problem: `not valid YAML: ${broken.message.split("\n")[0]}` });
  }
  if (document.contents === null) {
    throw new InputError({ code: "empty", path, problem: "there is nothing in the file" });
  }
  return {
    value: document.toJS(),
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
