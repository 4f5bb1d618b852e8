/** Notebooks on disk: nbformat 4, written as its Python reference writes them. */

import { InputError } from "../../lib/errors.ts";
import type { Output } from "./cell_outputs.ts";

/** One cell; fields that this tool does not know are kept. */
export interface Cell {
  /** Kind of cell. */
  readonly cell_type: "code" | "markdown" | "raw";
  /** Name of the cell, unique in the notebook. */
  readonly id: string;
  /** Source, in one string. */
  readonly source: string;
  /** Tags and whatever front ends store. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Outputs of a code cell, their text in one string each. */
  readonly outputs?: readonly Output[];
  /** Running number of a code cell, null when it has not run. */
  readonly execution_count?: number | null;
}

/** A notebook. */
export interface Notebook {
  /** Path that it was read from. */
  readonly path: string;
  /** Its cells. */
  readonly cells: readonly Cell[];
  /** Kernel, language and whatever front ends store. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

type Json = Record<string, unknown>;

/**
 * Reads a notebook.
 *
 * @param path Where it is.
 * @param text What it holds.
 * @return The notebook; a cell without an id gets one from its place.
 * @throws {InputError} When it is not a notebook of nbformat 4 for the Deno kernel.
 */
export function parseNotebook(path: string, text: string): Notebook {
  let file: Json;
  try {
    file = JSON.parse(text);
  } catch (error) {
    throw refuse(path, "not a notebook: it is not JSON", undefined, String(error));
  }
  if (!isRecord(file) || file["nbformat"] !== 4 || !Array.isArray(file["cells"])) {
    const found = isRecord(file) ? `nbformat ${file["nbformat"]}` : typeof file;
    throw refuse(path, "not a notebook of nbformat 4", "nbformat 4 with cells", found);
  }
  const metadata = isRecord(file["metadata"]) ? file["metadata"] : {};
  const kernel = isRecord(metadata["kernelspec"]) ? metadata["kernelspec"]["name"] : "deno";
  if (kernel !== "deno") {
    throw refuse(path, "the notebook is for another kernel", "kernel deno", String(kernel));
  }
  const cells = file["cells"].map((cell: Json, i: number) => parseCell(path, cell, i));
  return { path, cells, metadata };
}

function parseCell(path: string, cell: Json, i: number): Cell {
  if (!isRecord(cell) || !["code", "markdown", "raw"].includes(String(cell["cell_type"]))) {
    throw refuse(path, `cell ${i + 1} is of no known kind`, "code, markdown or raw");
  }
  return {
    ...cell,
    cell_type: cell["cell_type"] as Cell["cell_type"],
    id: typeof cell["id"] === "string" ? cell["id"] : `cell-${String(i + 1).padStart(2, "0")}`,
    source: joined(cell["source"]),
    metadata: isRecord(cell["metadata"]) ? cell["metadata"] : {},
    ...(cell["cell_type"] === "code" && {
      outputs: (Array.isArray(cell["outputs"]) ? cell["outputs"] : []).map(joinOutput),
    }),
  };
}

/**
 * A notebook as text: keys sorted, one space of indent, text cut after line ends, so that an
 * unchanged notebook is the same bytes and a changed one has a readable difference.
 */
export function formatNotebook(notebook: Notebook): string {
  const cells = notebook.cells.map((cell) => ({
    ...cell,
    source: split(cell.source),
    ...(cell.outputs !== undefined && { outputs: cell.outputs.map(splitOutput) }),
  }));
  const file = { cells, metadata: notebook.metadata, nbformat: 4, nbformat_minor: 5 };
  return JSON.stringify(file, sortKeys, 1) + "\n";
}

/** Tags of a cell. */
export function tagsOf(cell: Cell): readonly string[] {
  const tags = cell.metadata["tags"];
  return Array.isArray(tags) ? tags.map(String) : [];
}

function splitOutput(output: Output): unknown {
  if (output.output_type === "stream") return { ...output, text: split(output.text) };
  if (output.output_type === "error") return output;
  return { ...output, data: mapText(output.data, split) };
}

function joinOutput(output: Json): Output {
  const whole: Json = { ...output };
  if (whole["output_type"] === "stream") whole["text"] = joined(whole["text"]);
  if (isRecord(whole["data"])) whole["data"] = mapText(whole["data"], joined);
  return whole as Output;
}

/** Applies to the media types that nbformat stores as lists of lines; JSON stays JSON. */
function mapText(data: Readonly<Json>, change: (value: string) => unknown): Json {
  const isLines = (type: string) =>
    type.startsWith("text/") || type === "image/svg+xml" || type === "application/javascript";
  return Object.fromEntries(
    Object.entries(data).map(([type, value]) => [
      type,
      isLines(type) ? change(value as string) : value,
    ]),
  );
}

function split(text: string): string[] {
  return text === "" ? [] : text.split(/(?<=\n)/);
}

function joined(value: unknown): string {
  return Array.isArray(value) ? value.join("") : String(value ?? "");
}

function sortKeys(_key: string, value: unknown): unknown {
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refuse(path: string, problem: string, expected?: string, found?: string): InputError {
  return new InputError({
    code: "malformed",
    path,
    problem,
    ...(expected !== undefined && { expected }),
    ...(found !== undefined && { found }),
    advice: "open it in JupyterLab or VS Code with the Deno kernel and save it again",
  });
}
