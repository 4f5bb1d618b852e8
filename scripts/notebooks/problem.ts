/** What went wrong in a notebook, said so that a person finds the place. */

import { relative } from "node:path";
import { pathToFileURL } from "node:url";
import type { Notebook } from "./notebook_file.ts";

/** A fault of a notebook. */
export interface Problem {
  /** Number of the code cell as Jupyter shows it, from 1; null when it is not of one cell. */
  readonly cell: number | null;
  /** Line of the cell's source, from 1; null when it is not known. */
  readonly line: number | null;
  /** What is wrong. */
  readonly message: string;
}

/**
 * A problem in words: the place, the message, the line of source.
 *
 * @param notebook Where it is.
 * @param problem What it is.
 * @param root Folder that paths are shown from, ending in a slash.
 */
export function describe(notebook: Notebook, problem: Problem, root: string): string {
  const code = notebook.cells.filter((cell) => cell.cell_type === "code");
  const source = problem.cell === null ? "" : code[problem.cell - 1]?.source ?? "";
  const shown = source.split("\n")[(problem.line ?? 1) - 1]?.trim() ?? "";
  const place = [
    relative(root, notebook.path),
    ...(problem.cell === null ? [] : [`cell [${problem.cell}]`]),
    ...(problem.line === null ? [] : [`line ${problem.line}`]),
  ].join(", ");
  const message = problem.message.replaceAll(pathToFileURL(root).href, "").trimEnd();
  return `${place}: ${message}${shown === "" ? "" : `\n    > ${shown}`}`;
}
