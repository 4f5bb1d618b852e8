/** Finds the line of a cell that an error came from. */

import { SourceMap } from "node:module";
import { join } from "node:path";

/**
 * The statement of a cell that failed. The kernel reports lines of the JavaScript it made, where
 * types and blank lines are gone; the same compiler, asked for a source map, leads back.
 *
 * @param source Source of the cell.
 * @param traceback Stack of the error as the kernel gave it.
 * @return A line of the source from 1, or null when the stack does not say.
 */
export async function failingLine(
  source: string,
  traceback: readonly string[],
): Promise<number | null> {
  // Functions of earlier cells are "<anonymous>" too; the outermost frame is this cell's own.
  const frames = traceback.join("\n").matchAll(/<anonymous>:(\d+):\d+/g);
  const emitted = Number([...frames].at(-1)?.[1] ?? NaN);
  if (Number.isNaN(emitted)) return null;
  const dir = await Deno.makeTempDir({ prefix: "joulebook-line-" });
  try {
    const file = join(dir, "cell.ts");
    await Deno.writeTextFile(file, keepImports(source));
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["transpile", "--quiet", "--no-config", "--source-map", "separate", file, "-o"]
        .concat(join(dir, "cell.js")),
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    if (!success) return null;
    const map = new SourceMap(JSON.parse(await Deno.readTextFile(join(dir, "cell.js.map"))));
    const entry = map.findEntry(emitted - 1, 0);
    return "originalLine" in entry ? entry.originalLine + 1 : null;
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** The kernel turns each import into one statement, where the compiler drops unused ones. */
function keepImports(source: string): string {
  return source.replace(
    /^import\s(?!type\s)(?:[^;"'()]*?from\s*)?["'][^"'\n]*["'][^\S\n]*;?/gm,
    (text) => "void 0;" + text.replace(/[^\n]/g, ""),
  );
}
