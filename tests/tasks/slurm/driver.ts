/** A driver that a test kills: it submits four tasks that wait, and follows them. */

import { join } from "node:path";
import { openRun, slurmEngine } from "../../../lib/tasks/mod.ts";

const [dir] = Deno.args as [string];
const run = openRun({
  command: "test",
  dir: join(dir, "run"),
  engine: slurmEngine({ pollS: 0.2, memory: "200M" }),
});
await run.map({
  list: "faulty",
  module: new URL("../kinds/faulty.ts", import.meta.url).href,
  options: null,
  places: dir,
  units: Array.from({ length: 4 }, (_, n) => ({ n, does: "wait" })),
});
