// deno-lint-ignore-file no-console
/**
 * Writes lib/formats/table.ts, the list of all readers, and the format table of README.md: a format
 * is one file in lib/formats/readers/ and one fixture pair, and nothing is edited by hand elsewhere.
 *
 * `--check` writes nothing and fails when either is out of date.
 */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Format } from "../lib/formats/format.ts";

const root = new URL("../", import.meta.url);
const at = (path: string): string => fileURLToPath(new URL(path, root));

/** The source of lib/formats/table.ts for a list of reader files. */
export function tableSource(files: readonly string[]): string {
  const names = files.map((file) => file.replace(/\.ts$/, ""));
  return [
    "// Written by scripts/build_format_table.ts from the files in readers/. Do not edit.",
    "",
    ...names.map((name) => `import { format as ${camel(name)} } from "./readers/${name}.ts";`),
    'import type { Format } from "./format.ts";',
    "",
    "/** Every format, in the order of their file names. */",
    "export const formats: readonly Format[] = [",
    ...names.map((name) => `  ${camel(name)},`),
    "];",
    "",
  ].join("\n");
}

/** The format table of the README, as Markdown rows. */
export function readmeTable(formats: readonly Format[]): string {
  return [
    "| format | `--format` | holds | written by |",
    "| --- | --- | --- | --- |",
    ...[...formats].sort((a, b) => a.title.localeCompare(b.title, "en")).map((format) =>
      `| ${format.title} | \`${format.id}\` | ${format.kinds.join(", ")} | ${format.writtenBy} |`
    ),
  ].join("\n");
}

function camel(name: string): string {
  return name.replace(/_(\w)/g, (_all, letter: string) => letter.toUpperCase());
}

const marks = ["<!-- formats: begin -->", "<!-- formats: end -->"] as const;

async function main(check: boolean): Promise<number> {
  const readers = readdirSync(at("lib/formats/readers")).filter((file) => file.endsWith(".ts"))
    .sort();
  const formats: Format[] = [];
  for (const file of readers) {
    const module = await import(new URL(`lib/formats/readers/${file}`, root).href) as {
      format: Format;
    };
    formats.push(module.format);
  }
  const outputs: [string, string][] = [["lib/formats/table.ts", tableSource(readers)]];
  const readme = readFileSync(at("README.md"), "utf8");
  const begin = readme.indexOf(marks[0]);
  const end = readme.indexOf(marks[1]);
  if (begin === -1 || end < begin) throw new Error(`README.md lacks ${marks.join(" ... ")}`);
  outputs.push([
    "README.md",
    `${readme.slice(0, begin + marks[0].length)}\n\n${readmeTable(formats)}\n\n${
      readme.slice(end)
    }`,
  ]);
  let stale = 0;
  for (const [path, content] of outputs) {
    // The formatter pads tables, which changes nothing that a reader sees.
    const plain = (text: string): string => text.replace(/ +/g, " ").replace(/-{3,}/g, "---");
    if (plain(readFileSync(at(path), "utf8")) === plain(content)) continue;
    if (check) {
      stale++;
      console.error(`${path} is out of date: run deno run -A scripts/build_format_table.ts`);
    } else {
      writeFileSync(at(path), content);
    }
  }
  return stale === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args.includes("--check")));
