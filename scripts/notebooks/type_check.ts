/**
 * Type-checks a notebook's cells together. The kernel runs TypeScript without looking at types, and
 * a misspelt import is undefined there until something calls it.
 */

import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Notebook } from "./notebook_file.ts";
import type { Problem } from "./problem.ts";

/** A module made of a notebook, and the way back. */
interface CellModule {
  readonly code: string;
  /** For each line of the module: code cell and line in it; null between cells. */
  readonly origin: readonly ({ readonly cell: number; readonly line: number } | null)[];
}

/**
 * Runs `deno check` over all code cells as one module.
 *
 * @param notebook The notebook.
 * @param configPath The deno.json whose imports and compiler options hold.
 * @return What the checker found; empty when the types are right.
 */
export async function typeCheck(notebook: Notebook, configPath: string): Promise<Problem[]> {
  const { code, origin } = moduleOf(notebook);
  const dir = await Deno.makeTempDir({ prefix: "joulebook-check-" });
  try {
    const file = join(dir, "cells.ts");
    await Deno.writeTextFile(file, code);
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", "--config", configPath, file],
      cwd: dirname(notebook.path),
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "null",
    }).output();
    if (success) return [];
    const report = new TextDecoder().decode(stderr);
    const problems = parseReport(report, pathToFileURL(file).href, origin);
    return problems.length > 0 ? problems : [{ cell: null, line: null, message: report }];
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** All code cells in one module; relative imports keep starting at the notebook's folder. */
export function moduleOf(notebook: Notebook): CellModule {
  const folder = pathToFileURL(dirname(notebook.path) + "/");
  const lines: string[] = ["export {};"];
  const origin: CellModule["origin"][number][] = [null];
  let cell = 0;
  for (const { cell_type, source } of notebook.cells) {
    if (cell_type !== "code") continue;
    cell++;
    const absolute = source.replace(
      /(\bfrom\s*|\bimport\s*\(?\s*)(["'])(\.{1,2}\/[^"'\n]*)\2/g,
      (_, before, quote, path) => before + quote + new URL(path, folder).href + quote,
    );
    absolute.split("\n").forEach((text, i) => {
      lines.push(text);
      origin.push({ cell, line: i + 1 });
    });
    lines.push(";"); // a cell may end without one, and the next may start with a bracket
    origin.push(null);
  }
  return { code: lines.join("\n"), origin };
}

/** Problems from the report of `deno check`, at their cells. */
export function parseReport(
  report: string,
  moduleUrl: string,
  origin: CellModule["origin"],
): Problem[] {
  const problems: Problem[] = [];
  const declared = new Map<string, { cell: number; line: number }[]>();
  const pattern =
    /^(?:TS(\d+) \[ERROR\]: |error: (?=SyntaxError|The module))([\s\S]*?)\n +at (\S+?):(\d+):\d+$/gm;
  for (const [, code, text, url, line] of report.matchAll(pattern)) {
    const message = withoutExcerpt(text!) + (code === undefined ? "" : ` (TS${code})`);
    // What stands between cells belongs to the end of the cell above.
    const at = url === moduleUrl ? nearest(origin, Number(line) - 1) : null;
    if (at === null) {
      const place = url === moduleUrl ? "" : `${url}:${line}: `;
      problems.push({ cell: null, line: null, message: place + message });
    } else if (code === "2451" || code === "2300") {
      const name = /'([^']+)'/.exec(text!)?.[1] ?? "";
      declared.set(name, [...declared.get(name) ?? [], at]);
    } else {
      problems.push({ ...at, message });
    }
  }
  for (const [name, places] of declared) {
    const cells = [...new Set(places.map(({ cell }) => `[${cell}]`))].join(", ");
    problems.push({
      ...places.at(-1)!,
      message: `${name} is declared more than once (cells ${cells}); the kernel lets the later ` +
        `cell win, so a cell that is run again can mean something else: rename one`,
    });
  }
  return problems;
}

function nearest(
  origin: CellModule["origin"],
  index: number,
): { cell: number; line: number } | null {
  for (let i = index; i >= 0; i--) {
    const at = origin[i] ?? null;
    if (at !== null) return at;
  }
  return null;
}

/** The checker quotes the source after its message; the notebook's own line is shown instead. */
function withoutExcerpt(text: string): string {
  const lines = text.split("\n");
  if (/^\s*[~^]+\s*$/.test(lines.at(-1) ?? "")) lines.splice(-2);
  const frame = lines.findIndex((line) => /^\s*(\d+ )?\|/.test(line));
  return (frame < 0 ? lines : lines.slice(0, frame)).join("\n").trimEnd();
}
