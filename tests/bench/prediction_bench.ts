// deno-lint-ignore-file no-console
/** Speed of prediction: one warm, one from the shell, a sweep of 10,000 configurations. */

import { fileURLToPath } from "node:url";
import { findHardware } from "../../lib/hardware/mod.ts";
import { shippedModel } from "../../lib/models/mod.ts";
import { kernelList } from "../../lib/models/mod.ts";
import {
  mergeKernels,
  parseKernelList,
  predictModel,
  predictNetwork,
  repairKernelList,
  sweep,
} from "../../lib/prediction/mod.ts";

const model = shippedModel("meta-llama/Llama-3.1-8B"), hardware = findHardware("h100-sxm-80");
const options = { batch: 8, inputTokens: 512, outputTokens: 256 };

function medianMs(work: () => void, times: number): number {
  const took: number[] = [];
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    work();
    took.push(performance.now() - start);
  }
  return took.sort((a, b) => a - b)[times >> 1]!;
}

const list = JSON.stringify(kernelList(model, { length: 512, batch: 8 }));
const kernels = mergeKernels(repairKernelList(parseKernelList(list), { causal: true }).kernels);
for (let i = 0; i < 50; i++) {
  predictModel(model, hardware, options);
  predictNetwork(kernels, hardware);
}
const phases = medianMs(() => void predictModel(model, hardware, options), 200);
const network = medianMs(() => void predictNetwork(kernels, hardware), 200);
const fromList = medianMs(() => {
  const traced = parseKernelList(list);
  predictNetwork(mergeKernels(repairKernelList(traced, { causal: true }).kernels), hardware);
}, 50);

const main = fileURLToPath(new URL("../../scripts/joulebook.ts", import.meta.url));
const args = "predict --model meta-llama/Llama-3.1-8B --hardware h100-sxm-80 --batch 8 " +
  "--input 512 --output 256 --json";
const shell: number[] = [];
for (let i = 0; i < 9; i++) {
  const start = performance.now();
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", main, ...args.split(" ")],
  }).output();
  shell.push(performance.now() - start);
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
}
shell.sort((a, b) => a - b);

const start = performance.now();
const { table } = sweep({
  models: [model, shippedModel("openai/gpt-oss-20b")],
  hardware: ["h100-sxm-80", "a100-sxm-80", "l4", "b200-sxm-180", "h200-sxm-141"]
    .map((id) => findHardware(id)),
  batch: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
  inputTokens: [128, 256, 512, 1024, 2048],
  outputTokens: [128, 256, 512, 1024, 2048],
  tensorParallel: [1, 2, 4, 8],
});
const sweepS = (performance.now() - start) / 1000;

console.log(`phases of a model, warm        ${phases.toFixed(3)} ms (goal under 5 ms)`);
console.log(`merged kernel list, warm       ${network.toFixed(3)} ms (goal under 5 ms)`);
console.log(`kernel list from its JSON      ${fromList.toFixed(2)} ms`);
console.log(`one prediction from the shell  ${(shell[4]! / 1000).toFixed(3)} s (goal under 0.3 s)`);
console.log(`sweep of ${table.numRows()} configurations  ${sweepS.toFixed(2)} s (goal under 10 s)`);
const met = phases < 5 && network < 5 && shell[4]! < 300 && sweepS < 10;
if (!met) Deno.exit(1);
