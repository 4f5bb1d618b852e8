// deno-lint-ignore-file no-console
/** Lints the documentation of every public symbol: all entry points of deno.json at once. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const { exports } = JSON.parse(readFileSync(`${root}deno.json`, "utf8")) as {
  exports: Record<string, string>;
};
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["doc", "--lint", ...Object.values(exports)],
  cwd: root,
}).spawn().status;
if (code === 0) console.log(`documented: ${Object.keys(exports).length} entry points`);
Deno.exit(code);
