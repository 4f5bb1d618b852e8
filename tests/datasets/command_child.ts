/** Runs the command in a process of its own, on the registry given as JSON in the first argument. */

import { parseRegistry } from "../../lib/datasets/mod.ts";
import { datasetsCommand } from "../../scripts/commands/datasets.ts";

const [registry = "", ...args] = Deno.args;
const command = datasetsCommand({
  env: () => undefined,
  registry: () => parseRegistry(JSON.parse(registry), "argument"),
});
const encoder = new TextEncoder();
Deno.exitCode = await command.run(args, {
  out: (text) => void Deno.stdout.writeSync(encoder.encode(text)),
  err: (line) => void Deno.stderr.writeSync(encoder.encode(`${line}\n`)),
  interactive: false,
});
