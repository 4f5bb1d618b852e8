// deno-lint-ignore-file no-console
/**
 * Runs the benchmarks in tests/bench, each as a process of its own: `deno task bench [NAME...]`.
 */

import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const dir = fileURLToPath(new URL("../tests/bench/", import.meta.url));
const files = readdirSync(dir).filter((file) => file.endsWith("_bench.ts")).sort()
  .filter((file) => Deno.args.length === 0 || Deno.args.some((name) => file.includes(name)));
if (files.length === 0) {
  console.error(`no benchmark is called ${Deno.args.join(" or ")}`);
  Deno.exit(2);
}
let failed = 0;
for (const file of files) {
  console.log(`== ${file}`);
  const { code } = await new Deno.Command(Deno.execPath(), { args: ["run", "-A", dir + file] })
    .spawn().status;
  if (code !== 0) failed++;
}
Deno.exit(failed === 0 ? 0 : 1);
