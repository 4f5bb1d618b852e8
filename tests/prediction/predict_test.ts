import { findHardware, hardwareCatalogue } from "@joulebook/joulebook/hardware";
import { shippedModel } from "@joulebook/joulebook/models";
import {
  coefficientsFor,
  convKernel,
  gemmKernel,
  modelLoad,
  predictModel,
  predictNetwork,
  rooflineTime,
  shippedCoefficients,
  sweep,
  targetOf,
  transferPower,
} from "@joulebook/joulebook/prediction";
import { kernelTime } from "../../lib/prediction/kernel_time.ts";
import { networkTime } from "../../lib/prediction/network_time.ts";
import { stepTime } from "../../lib/prediction/serving/step.ts";
import fc from "fast-check";
import assert from "node:assert/strict";

const a100 = findHardware("a100-pcie-40");
const size = fc.integer({ min: 1, max: 8192 });
const product = fc.record({ m: size, n: size, k: size }).map((s) => gemmKernel(s));

Deno.test("a matrix product is never faster than its roofline nor slower at a higher clock", () => {
  const target = targetOf(a100), { time } = shippedCoefficients();
  fc.assert(fc.property(product, fc.integer({ min: 510, max: 1400 }), (kernel, mhz) => {
    const t = kernelTime(kernel, target, mhz, time);
    assert.ok(t >= rooflineTime([kernel], target, mhz));
    assert.ok(kernelTime(kernel, target, mhz + 10, time) <= t * (1 + 1e-12));
  }));
});

Deno.test("a network takes as long as the slower of host and device, and a known launch cost counts", () => {
  const target = targetOf(a100), { time } = shippedCoefficients();
  const small = [gemmKernel({ m: 16, n: 16, k: 16, count: 1000 })];
  const slow = networkTime(small, target, 1410, time, { hostLaunchS: 1e-3 });
  assert.ok(Math.abs(slow.timeS - 1) < 1e-6);
  const fast = networkTime(small, target, 1410, time, { hostLaunchS: 0 });
  assert.equal(fast.timeS, fast.deviceS);
});

Deno.test("a lower cap lowers the clock and costs time", () => {
  const kernels = [gemmKernel({ m: 8192, n: 8192, k: 8192, count: 10 })];
  const free = predictNetwork(kernels, a100, { capW: 1000 });
  const capped = predictNetwork(kernels, a100, { capW: 150 });
  assert.ok(!free.capped && capped.capped);
  assert.ok(capped.coreMhz < free.coreMhz && capped.timeS > free.timeS);
  assert.ok(capped.powerW <= 150 && capped.powerW > 130);
  assert.ok(capped.warnings.some((w) => w.startsWith("at the power cap")));
});

Deno.test("energy is power x time and lies in its interval, on every device with published peaks", () => {
  const kernels = [gemmKernel({ m: 2048, n: 2048, k: 2048, count: 50 })];
  let predicted = 0;
  for (const hardware of hardwareCatalogue()) {
    if ((hardware.peakFlops.bf16 ?? hardware.peakFlops.fp16) === null) continue;
    if (hardware.tdpW === null || hardware.memoryBytesPerS === null) continue;
    const p = predictNetwork(kernels, hardware);
    assert.ok(Math.abs(p.energyJ / (p.powerW * p.timeS) - 1) < 1e-9, hardware.id);
    assert.ok(p.powerW > 0 && p.powerW <= hardware.tdpW, hardware.id);
    assert.ok(p.low.energyJ < p.energyJ && p.energyJ < p.high.energyJ);
    predicted++;
  }
  assert.ok(predicted > 50);
});

Deno.test("a device without published peaks is refused, not guessed", () => {
  const blank = { ...a100, id: "x", peakFlops: { ...a100.peakFlops, bf16: null, fp16: null } };
  assert.throws(() => predictNetwork([gemmKernel({ m: 1, n: 1, k: 1 })], blank), /no published/);
});

Deno.test("what was not in the fits widens the interval and warns", () => {
  const kernels = [gemmKernel({ m: 4096, n: 4096, k: 4096, count: 100 })];
  const width = (p: ReturnType<typeof predictNetwork>) => p.high.energyJ / p.low.energyJ;
  const known = predictNetwork(kernels, a100, { coreMhz: 900 });
  const other = predictNetwork(kernels, findHardware("l4"));
  assert.ok(width(other) > width(known));
  assert.ok(other.warnings.some((w) => w.includes("no network was measured on l4")));
  const shape = { images: 8, inputSize: 56, outputSize: 56, window: 3 };
  const conv = convKernel({ ...shape, inputChannels: 64, outputChannels: 64, count: 100 });
  const vision = predictNetwork([conv], a100, { coreMhz: 900 });
  assert.ok(width(vision) > width(known));
  assert.ok(vision.warnings.some((w) => w.startsWith("convolutions")));
});

Deno.test("carrying coefficients over to the same device changes nothing", () => {
  const { power } = coefficientsFor(a100);
  assert.deepEqual(transferPower(a100, power, a100), power);
});

Deno.test("more tokens and larger batches take more energy in all and less for a token", () => {
  const model = shippedModel("meta-llama/Llama-3.1-8B"), h100 = findHardware("h100-sxm-80");
  const at = (batch: number, outputTokens: number) =>
    predictModel(model, h100, { batch, inputTokens: 512, outputTokens });
  const one = at(1, 128), many = at(16, 128), long = at(1, 512);
  assert.ok(many.decode.energyJ > one.decode.energyJ);
  assert.ok(many.jPerOutputToken < one.jPerOutputToken);
  assert.ok(long.decode.timeS > 4 * one.decode.timeS); // the cache grows
  assert.ok(
    Math.abs(16 * many.request.energyJ - many.prefill.energyJ - many.decode.energyJ) < 1e-6,
  );
});

Deno.test("a model that does not fit says so, and lengths must be whole numbers", () => {
  const model = shippedModel("meta-llama/Llama-3.1-70B"), l4 = findHardware("l4");
  const p = predictModel(model, l4, { inputTokens: 128, outputTokens: 8 });
  assert.ok(p.warnings.some((w) => w.includes("this cannot run")));
  assert.throws(
    () => predictModel(model, l4, { inputTokens: 0, outputTokens: 8 }),
    /inputTokens cannot be used; expected a whole number of at least 1, found "0"/,
  );
});

Deno.test("a sweep has one row a combination and a front of rows that fit", () => {
  const { table } = sweep({
    models: [shippedModel("meta-llama/Llama-3.1-70B")],
    hardware: [findHardware("h100-sxm-80"), findHardware("a100-sxm-80")],
    batch: [1, 8],
    inputTokens: [256],
    outputTokens: [64],
    tensorParallel: [1, 4],
  });
  assert.equal(table.numRows(), 8);
  const rows = table.objects() as { fits: boolean; pareto: boolean; tensorParallel: number }[];
  assert.ok(rows.some((r) => r.pareto));
  for (const row of rows) {
    assert.equal(row.fits, row.tensorParallel === 4);
    if (row.pareto) assert.ok(row.fits);
  }
});

Deno.test("a model is not split over devices that do not divide its attention heads", () => {
  const model = shippedModel("meta-llama/Llama-3.1-8B");
  const sizes = { inputTokens: 10, outputTokens: 10 };
  const h100 = findHardware("h100-sxm-80");
  assert.throws(
    () => predictModel(model, h100, { ...sizes, tensorParallel: 12 }),
    /divisor of its 32 attention heads, found "12"/,
  );
  const rows = sweep({
    models: [model],
    hardware: [h100],
    inputTokens: [10],
    outputTokens: [10],
    tensorParallel: [8, 12],
  });
  assert.equal(rows.table.numRows(), 1);
  assert.equal(Object.values(rows.left).reduce((a, b) => a + b, 0), 1);
});

Deno.test("FP8 with a scale a block is told from FP8 with one a tensor", () => {
  const model = shippedModel("deepseek-ai/DeepSeek-V3");
  const step = { phase: "decode", batch: 8, length: 512 } as const;
  assert.equal(modelLoad(model, step).precision, "fp8-block");
  assert.equal(modelLoad(model, { ...step, precision: "fp8" }).precision, "fp8");
});

Deno.test("sampling costs by the vocabulary and by memory bandwidth, and more boards do not share it", () => {
  const { step, form } = shippedCoefficients().serving[0]!;
  const load = modelLoad(shippedModel("Qwen/Qwen3-8B"), {
    phase: "decode",
    batch: 64,
    length: 512,
  });
  const h100 = targetOf(findHardware("h100-sxm-80"));
  const at = (of: Partial<typeof load>, target = h100) =>
    stepTime({ ...load, ...of }, target, 450e9, step, form).timeS;
  const cost = (devices: number, target = h100) =>
    at({ devices, vocabulary: 300_000 }, target) - at({ devices, vocabulary: 150_000 }, target);
  const expectedS = 64 * 150_000 * step.logitBytes / h100.memoryBytesPerS;
  assert.ok(Math.abs(cost(1) / expectedS - 1) < 1e-6);
  assert.ok(Math.abs(cost(2) / expectedS - 1) < 1e-6);
  const faster = { ...h100, memoryBytesPerS: 2 * h100.memoryBytesPerS };
  assert.ok(Math.abs(cost(1, faster) / expectedS - 0.5) < 1e-6);
});

Deno.test("an all-reduce starts by ring or by tree: the same for two boards, less by tree for eight", () => {
  const { step } = shippedCoefficients().serving[0]!;
  const load = modelLoad(shippedModel("Qwen/Qwen3-8B"), { phase: "decode", batch: 1, length: 512 });
  const target = targetOf(findHardware("h100-sxm-80"));
  const at = (devices: number, form: "mean" | "chance") =>
    stepTime({ ...load, devices }, target, 450e9, step, form).communicationS;
  assert.equal(at(1, "mean"), 0);
  assert.equal(at(2, "mean"), at(2, "chance"));
  assert.ok(at(8, "mean") > 2 * at(8, "chance"));
});

Deno.test("at the power cap a board on which serving was not fitted is slower, not only clipped", () => {
  const nvl = findHardware("h100-nvl-94"), model = shippedModel("meta-llama/Llama-3.1-8B");
  const at = (tdpW: number, batch: number) =>
    predictModel(model, { ...nvl, tdpW }, { batch, inputTokens: 64, outputTokens: 64 });
  const capped = at(400, 512), free = at(900, 512);
  const boardW = (p: typeof capped) => p.decode.energyJ / p.decode.timeS;
  assert.ok(boardW(free) > 400 && boardW(capped) <= 0.97 * 400 + 1e-6);
  assert.ok(capped.stepS > 1.02 * free.stepS);
  // A prompt is bound by arithmetic and loses more than a step that reads memory.
  const slowdown = (phase: "prefill" | "decode") => capped[phase].timeS / free[phase].timeS;
  assert.ok(slowdown("prefill") > slowdown("decode"));
});

Deno.test("what a device holds is all weights and the cache, the table of embeddings with them", () => {
  const model = shippedModel("meta-llama/Llama-3.1-8B");
  const options = { batch: 8, inputTokens: 512, outputTokens: 128 };
  for (const tensorParallel of [1, 2]) {
    const p = predictModel(model, findHardware("h100-sxm-80"), { ...options, tensorParallel });
    // 8 030 261 248 parameters of 2 bytes; 131 072 bytes of cache a token.
    const held = (8_030_261_248 * 2 + 8 * 640 * 131_072) / tensorParallel;
    assert.ok(Math.abs(p.bytesPerDevice / held - 1) < 1e-3, `${p.bytesPerDevice}, not ${held}`);
    // A step reads all but the table of embeddings: 128 256 rows of 4096.
    const read = 2 * (8_030_261_248 - 128_256 * 4096) / tensorParallel;
    assert.ok(
      Math.abs(p.stepBytesPerDevice / read - 1) < 1e-3,
      `${p.stepBytesPerDevice}, not ${read}`,
    );
  }
});

Deno.test("a context longer than the model's is said", () => {
  const model = shippedModel("meta-llama/Llama-3.1-8B");
  const warned = (inputTokens: number): string =>
    predictModel(model, findHardware("h100-sxm-80"), { inputTokens, outputTokens: 72 })
      .warnings.join();
  assert.equal(warned(131_000), "");
  assert.match(warned(131_001), /131073 tokens are more than the 131072 positions/);
});
