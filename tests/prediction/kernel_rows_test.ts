import {
  evaluateKernels,
  loadGemms,
  loadNeusightKernels,
  targetOf,
  utilisation,
} from "@joulebook/joulebook/prediction";
import { elementwiseKernel, gemmKernel, parseKernelList } from "@joulebook/joulebook/prediction";
import { findHardware } from "@joulebook/joulebook/hardware";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { fitEnergaizer, predictEnergaizer } from "../../lib/prediction/energaizer/model.ts";
import { mirrorTest } from "../mirror.ts";

const head = "file,Device,OPName,B,M,N,K,Latency,Grid x,Block x,H\n";

Deno.test("what cannot be a test row of NeuSight is left out and counted", () => {
  const { kernels, left } = loadNeusightKernels(
    head +
      "data/dataset/test/linear.csv,NVIDIA L4,linear,1,64,64,64,0.01,1,1,\n" +
      "data/dataset/test/linear.csv,NVIDIA L4,linear,1,4096,4096,4096,0.01,1,1,\n" +
      "data/dataset/test/elem.csv,Tesla P4,add,64,,,,1,1,1,64\n" +
      "data/dataset/train/collect/add.csv,NVIDIA L4,add,64,,,,1,1,1,64\n",
  );
  assert.equal(kernels.length, 1);
  assert.deepEqual(left, {
    "of NeuSight's training part": 1,
    "another device": 1,
    "faster than the roofline": 1,
  });
});

Deno.test("NeuSight's kernels are in single precision on the vector units", () => {
  const { kernels } = loadNeusightKernels(
    head +
      "data/dataset/test/bmm.csv,Tesla T4,bmm,2,3,5,7,1,1,1,\n" +
      "data/dataset/test/elem.csv,Tesla T4,add,8,,,,1,1,1,16\n" +
      "data/dataset/test/elem.csv,Tesla T4,addu,8,,,,1,1,1,16\n",
  );
  const [product, two, one] = kernels.map(({ kernel }) => kernel);
  assert.equal(product!.tensor, false);
  assert.equal(product!.flops, 2 * 2 * 3 * 5 * 7);
  assert.equal(two!.bytes, 8 * 16 * 12); // two operands read, one written
  assert.equal(one!.bytes, 8 * 16 * 8);
});

Deno.test("launches under 5 us and other formats are no rows of a test on products", () => {
  const row = { gemm_dtype: "bfloat16", m: 64n, n: 64n, k: 64n, power: 100, power_limit: 700 };
  const { kernels, left } = loadGemms(
    [{ ...row, latency: 0.004 }, { ...row, latency: 0.006 }, { ...row, gemm_dtype: "nvfp4" }],
    "h200-sxm-141",
  );
  assert.equal(kernels.length, 1);
  assert.deepEqual(left, { "other precision": 1, "under 5 us": 1 });
});

Deno.test("coefficients can only be carried over from a device that has them", () => {
  assert.throws(() => evaluateKernels([], { data: "none", from: "l4" }), /no energy coefficients/);
});

Deno.test("kernels without power have errors in time alone", () => {
  const { kernels } = loadNeusightKernels(
    head + "data/dataset/test/ln.csv,NVIDIA L4,ln,32768,,,,4,1,32,1600\n",
  );
  const [ours] = evaluateKernels(kernels, { data: "neusight" });
  assert.equal(ours!.split, "normalisation; l4 from a100-pcie-40");
  assert.equal(ours!.latency.count, 1);
  assert.equal(ours!.power.count, 0);
});

Deno.test("the times of a network's kernels and phases add up to what the model predicts", () => {
  const target = targetOf(findHardware("a10"));
  const kernels = [
    gemmKernel({ m: 4096, n: 4096, k: 1024, count: 3 }),
    elementwiseKernel({ op: "softmax", elements: 1 << 22, bytesPerElement: 4, count: 2 }),
    elementwiseKernel({ elements: 1 << 24, bytesPerElement: 6 }),
  ];
  const rows = [900, 1200, 1500].map((coreMhz, i) => ({
    kernels: kernels.slice(0, i + 1),
    target,
    coreMhz,
    timeS: 2e-3 * (i + 1),
    powerW: 100 + 10 * i,
  }));
  const model = fitEnergaizer(rows);
  const used = utilisation(kernels, target, 900, model.corrections);
  const { timeS } = predictEnergaizer(model, kernels, target, 900);
  const sum = used.reduce((total, kernel) => total + kernel.timeS, 0);
  assert.ok(Math.abs(sum / timeS - 1) < 1e-12);
  for (const { timeS, phases } of used) {
    const parts = phases.reduce((total, phase) => total + phase.timeS, 0);
    assert.ok(Math.abs(parts - timeS) <= 1e-12 * timeS);
  }
});

mirrorTest("large vector products of the A100 are within 10 % in the median", (dir) => {
  const path = join(dir, "prediction/neusight/neusight_kernels.csv.gz");
  const { kernels, left } = loadNeusightKernels(gunzipSync(readFileSync(path)).toString());
  assert.ok(left["of NeuSight's training part"]! > 100_000);
  const large = kernels.filter(({ target, kernel, timeS }) =>
    target.id === "a100-pcie-40" && kernel.op === "gemm" && kernel.batch === 1 && timeS > 1e-3
  );
  const [ours, roofline] = evaluateKernels(large, { data: "neusight" });
  assert.ok(large.length > 500, String(large.length));
  assert.ok(ours!.latency.mdape < 10, String(ours!.latency.mdape));
  assert.ok(ours!.latency.mdape < roofline!.latency.mdape);
});

mirrorTest(
  "matrix products of a transformer keep arithmetic busier than what lies between",
  (dir) => {
    const path = join(
      dir,
      "prediction/energaizer/workloads/all/bertmodel_large_pbf16_b8_s512_modeprefill.json",
    );
    const kernels = parseKernelList(readFileSync(path, "utf8"));
    const used = utilisation(kernels, targetOf(findHardware("a100-pcie-40")), 900);
    const mean = (op: string, module: "math" | "dram"): number => {
      const own = used.filter(({ kernel }) => kernel.op === op);
      const timeS = own.reduce((sum, k) => sum + k.timeS, 0);
      return own.reduce((sum, k) => sum + k.timeS * k.activity[module], 0) / timeS;
    };
    assert.ok(mean("gemm", "math") > 2 * mean("elementwise", "math"));
    assert.ok(mean("elementwise", "dram") > mean("gemm", "dram"));
  },
);
