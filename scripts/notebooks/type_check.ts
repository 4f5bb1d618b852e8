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
 * Runs `deno check` over the code cells of each notebook as one module, all modules in one go: what
 * they import is then checked once.
 *
 * @param notebooks The notebooks.
 * @param configPath The deno.json whose imports and compiler options hold.
 * @return What the checker found, one list for each notebook; empty where the types are right.
 */
export async function typeCheck(
  notebooks: readonly Notebook[],
  configPath: string,
): Promise<Problem[][]> {
  if (notebooks.length === 0) return [];
  const dir = await Deno.makeTempDir({ prefix: "joulebook-check-" });
  try {
    const modules = await Promise.all(notebooks.map(async (notebook, i) => {
      const { code, origin } = moduleOf(notebook);
      const file = join(dir, `cells_${i}.ts`);
      await Deno.writeTextFile(file, code);
      return { file, url: pathToFileURL(file).href, origin };
    }));
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", "--config", configPath, ...modules.map(({ file }) => file)],
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "null",
    }).output();
    if (success) return notebooks.map(() => []);
    const report = new TextDecoder().decode(stderr);
    const problems = modules.map(({ url, origin }) => parseReport(report, url, origin));
    // A module that does not parse hides the others' faults, and one that is imported belongs to
    // whoever imports it: then each notebook is looked at alone.
    const clear = !/^error: (?!Type checking failed)/m.test(report) &&
      foreignUrls(report, modules.map(({ url }) => url)).length === 0;
    if (clear && problems.some((list) => list.length > 0)) return problems;
    if (notebooks.length === 1) {
      const whole = { cell: null, line: null, message: report };
      return [problems[0]!.length > 0 ? problems[0]! : [whole]];
    }
    return (await Promise.all(notebooks.map((notebook) => typeCheck([notebook], configPath))))
      .flat();
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Places of a report that lie in none of the modules. */
function foreignUrls(report: string, known: readonly string[]): string[] {
  return [...report.matchAll(/^ +at (\S+?):\d+:\d+$/gm)].map(([, url]) => url!)
    .filter((url) => !known.includes(url));
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
    if (url !== moduleUrl && /\/cells_\d+\.ts$/.test(url!)) continue; // another notebook's
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
