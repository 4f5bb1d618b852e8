import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { InputError } from "../../lib/errors.ts";
import { inspectFiles } from "../../scripts/inspect_files.ts";

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const files = [
  at("datasets/example/power.csv"),
  at("no/such/file.csv"),
  at("datasets/example/requests.json"),
  at("README.md"),
  at("datasets/example/power.csv"),
];

Deno.test("workers say of every file what one core says, in the order of the files", async () => {
  const alone = await inspectFiles(files, {}, Infinity);
  const together = await inspectFiles(files, {}, 0);
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
  await assert.rejects(inspectFiles(files, { format: "none" }, Infinity), InputError);
  await assert.rejects(inspectFiles(files, { format: "none" }, 0), /no format has this id/);
});
