// deno-lint-ignore-file no-console
/** Writes the documentation of all entry points as HTML into out/docs; it needs no network to read. */

import { rmSync } from "node:fs";
import { entryPoints, root } from "./entry_points.ts";

rmSync(`${root}out/docs`, { recursive: true, force: true });
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["doc", "--html", "--name=Joulebook", "--output=out/docs", ...entryPoints()],
  cwd: root,
}).spawn().status;
if (code === 0) console.log("open out/docs/index.html");
Deno.exit(code);
