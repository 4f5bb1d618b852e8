// deno-lint-ignore-file no-console
/** Lints the documentation of every public symbol: all entry points of deno.json at once. */

import { entryPoints, root } from "./entry_points.ts";

const files = entryPoints();
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["doc", "--lint", ...files],
  cwd: root,
}).spawn().status;
if (code === 0) console.log(`documented: ${files.length} entry points`);
Deno.exit(code);
