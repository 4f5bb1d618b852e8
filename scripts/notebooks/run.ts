/** Executes a notebook from its first cell to its last. */

import { dirname } from "node:path";
import { CellOutputs, type Output } from "./cell_outputs.ts";
import { failingLine } from "./failing_line.ts";
import { CellTimeout, Kernel, KernelError } from "./kernel.ts";
import { type Cell, type Notebook, tagsOf } from "./notebook_file.ts";
import type { Problem } from "./problem.ts";

/** How a notebook is executed. */
export interface RunOptions {
  /** Seconds that a cell may take. */
  readonly timeoutS: number;
  /** Environment of the kernel. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends the run at once; nothing of it is then of use. */
  readonly signal: AbortSignal;
  /** Paths of this machine, which must not get into outputs that others will read. */
  readonly localPaths: readonly string[];
}

/** A notebook after a run. */
export interface NotebookRun {
  /** The notebook with the outputs of this run and of no other. */
  readonly notebook: Notebook;
  /** What went wrong; the cells after a failed one have not run and show nothing. */
  readonly problems: readonly Problem[];
}

/**
 * Executes all code cells in one fresh kernel, in order, up to the first that fails. A cell tagged
 * `raises-exception` may fail.
 *
 * @param notebook The notebook; it is not changed.
 * @param options Patience, environment.
 * @return The notebook with its outputs, and the problems.
 * @throws {KernelError} When the kernel does not start.
 */
export async function runNotebook(notebook: Notebook, options: RunOptions): Promise<NotebookRun> {
  const kernel = await Kernel.start({ cwd: dirname(notebook.path), env: options.env });
  const onAbort = () => void kernel.close();
  options.signal.addEventListener("abort", onAbort);
  const ran: CellOutputs[] = [];
  const problems: Problem[] = [];
  const code = notebook.cells.filter((cell) => cell.cell_type === "code");
  try {
    for (const cell of code) {
      options.signal.throwIfAborted();
      const outputs = new CellOutputs();
      ran.push(outputs);
      const problem = await runCell(kernel, cell, ran.length, outputs, options.timeoutS);
      if (problem !== null) {
        problems.push(problem);
        break;
      }
    }
    if (problems.length === 0) await kernel.settle();
    options.signal.throwIfAborted();
  } finally {
    options.signal.removeEventListener("abort", onAbort);
    await kernel.close();
  }
  // Work that a cell left running may fail after the cell was done.
  for (const [i, outputs] of ran.entries()) {
    const { error } = outputs;
    if (error === undefined || problems.length > 0 || mayFail(code[i]!)) continue;
    problems.push({ cell: i + 1, line: null, message: `${error.ename}: ${error.evalue}` });
  }
  const lists = ran.map((outputs, i) => numbered(outputs.list(), i + 1));
  lists.forEach((outputs, i) => problems.push(...localPathProblems(outputs, i + 1, options)));
  return { notebook: withOutputs(notebook, lists, kernel.languageInfo), problems };
}

async function runCell(
  kernel: Kernel,
  cell: Cell,
  number: number,
  outputs: CellOutputs,
  timeoutS: number,
): Promise<Problem | null> {
  if (cell.source.trim() === "") return null;
  try {
    await kernel.execute(cell.source, outputs, timeoutS);
  } catch (error) {
    if (!(error instanceof CellTimeout || error instanceof KernelError)) throw error;
    outputs.addError(error.name, error.message, []);
    return { cell: number, line: null, message: error.message };
  }
  const { error } = outputs;
  if (error === undefined || mayFail(cell)) return null;
  const line = await failingLine(cell.source, error.traceback);
  return { cell: number, line, message: `${error.ename}: ${error.evalue}` };
}

function mayFail(cell: Cell): boolean {
  return tagsOf(cell).includes("raises-exception");
}

function numbered(outputs: readonly Output[], number: number): Output[] {
  return outputs.map((output) =>
    output.output_type === "execute_result" ? { ...output, execution_count: number } : output
  );
}

/** The notebook with outputs for the cells that ran and none for the others. */
function withOutputs(
  notebook: Notebook,
  lists: readonly (readonly Output[])[],
  languageInfo: Readonly<Record<string, unknown>>,
): Notebook {
  let number = 0;
  const cells = notebook.cells.map((cell) => {
    if (cell.cell_type !== "code") return cell;
    const outputs = lists[number++];
    const { execution: _times, ...metadata } = cell.metadata;
    return {
      ...cell,
      metadata,
      outputs: outputs ?? [],
      execution_count: outputs === undefined ? null : number,
    };
  });
  const metadata = {
    ...notebook.metadata,
    kernelspec: { display_name: "Deno", language: "typescript", name: "deno" },
    language_info: languageInfo,
  };
  return { ...notebook, cells, metadata };
}

function localPathProblems(
  outputs: readonly Output[],
  cell: number,
  { localPaths }: RunOptions,
): Problem[] {
  const text = JSON.stringify(outputs, (key, value) => key.startsWith("image/") ? "" : value);
  return localPaths.filter((path) => text.includes(path)).map((path) => ({
    cell,
    line: null,
    message: `an output names ${path}, a path of this machine; show a relative one`,
  }));
}
