import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { openRun } from "../../lib/tasks/mod.ts";
import { inspectFiles, payForCores } from "../../scripts/inspect_files.ts";

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const files = [
  at("datasets/example/power.csv"),
  at("no/such/file.csv"),
  at("datasets/example/requests.json"),
  at("README.md"),
  at("datasets/example/power.csv"),
];

Deno.test("workers say of every file what one core says, in the order of the files", async () => {
  const alone = await inspectFiles(files, {}, null);
  const run = openRun({ command: "inspect", jobs: 2, cut: (weights) => [...weights.keys()] });
  const together = await inspectFiles(files, {}, run);
  run.close();
  assert.deepEqual(together, alone);
  assert.deepEqual(alone.map(({ format }) => format), [
    "nvidia-smi-query",
    null,
    "vllm-bench",
    null,
    "nvidia-smi-query",
  ]);
});

Deno.test("a wrong option is an error of the command line, with workers or without", async () => {
  await assert.rejects(inspectFiles(files, { format: "none" }, null), /no format has this id/);
  const run = openRun({ command: "inspect", jobs: 2, cut: (weights) => [...weights.keys()] });
  await assert.rejects(inspectFiles(files, { format: "none" }, run), {
    name: "InputError",
    code: "bad-option",
    message: /no format has this id/,
  });
  run.close();
});

Deno.test("several cores pay from some bytes in the smaller files on", () => {
  assert.equal(payForCores(files, Infinity), false);
  assert.equal(payForCores(files.slice(0, 1), 0), false);
});
