import {
  attentionKernel,
  convKernel,
  gemmKernel,
  mergeKernels,
  parseKernelList,
  repairKernelList,
} from "@joulebook/joulebook/prediction";
import fc from "fast-check";
import assert from "node:assert/strict";

const gemm = (batch: number, m: number, n: number, k: number) => [
  {
    batch,
    dimM: m,
    dimN: n,
    dimK: k,
    precM: "bf16",
    precA: "bf16",
    useTensorCore: true,
  },
  ["gemm", "tc", "bf16_bf16"],
];
const pass = (dim: number, op: string) => [{ dim, op, prec: "bf16" }, ["elementwise"]];
const softmax = (batch: number, dim: number) => [{ batch, dim, prec: "bf16" }, [
  "softmax",
  "bf16",
]];
const conv = (m: number, c: number, hw: number, rs: number, stride: number, padding: number) => {
  const out = Math.floor((hw + 2 * padding - rs) / stride) + 1;
  return [{
    batch: 1,
    dimM: 2 * out * out,
    dimN: m,
    dimK: c * rs * rs,
    precM: "bf16",
    precA: "bf16",
    useTensorCore: true,
    b: 2,
    m,
    c,
    hw,
    rs,
    stride,
    padding,
  }, ["conv2d", "tc", "bf16_bf16"]];
};
const parse = (...entries: unknown[]) => parseKernelList(JSON.stringify(entries));

Deno.test("a kernel list is read with the work of each launch", () => {
  const [product, add, cast, rows] = parse(
    gemm(2, 3, 5, 7),
    pass(10, "pointwise_add"),
    pass(10, "typecast_to_fp32"),
    softmax(4, 8),
  );
  assert.equal(product!.flops, 2 * 2 * 3 * 5 * 7);
  assert.equal(product!.bytes, 2 * 2 * (3 * 7 + 7 * 5 + 3 * 5));
  assert.equal(add!.bytes, 10 * 6);
  assert.equal(cast!.bytes, 10 * (2 + 4));
  assert.equal(rows!.elements, 32);
});

Deno.test("an unknown op is refused by its place in the list", () => {
  assert.throws(
    () => parseKernelList('[[{"dim": 1}, ["fft"]]]', { path: "net.json" }),
    /net\.json: kernel 0 has an unknown op; expected gemm.*found "fft"/,
  );
  assert.throws(() => parseKernelList("[]"), /an empty kernel list/);
  assert.throws(() => parseKernelList("{"), /not JSON/);
  assert.throws(() => parse([{ batch: 1, dimM: 0 }, ["gemm"]]), /kernel 0 \(gemm\) lacks dimM/);
});

Deno.test("merging keeps launches, operations and bytes", () => {
  const op = fc.constantFrom(gemm(1, 8, 8, 8), gemm(2, 8, 8, 8), pass(64, "relu"));
  fc.assert(fc.property(fc.array(op, { minLength: 1, maxLength: 30 }), (entries) => {
    const kernels = parse(...entries), merged = mergeKernels(kernels);
    for (const key of ["flops", "bytes"] as const) {
      const sum = (list: typeof kernels) => list.reduce((s, k) => s + k.count * k[key], 0);
      assert.equal(sum(merged), sum(kernels));
    }
    assert.ok(merged.length <= 3);
  }));
});

Deno.test("eager attention gets its four copies, and its mask when it is causal and has none", () => {
  const list = parse(
    gemm(4, 16, 16, 8),
    pass(1024, "scalar_mul"),
    softmax(64, 16),
    gemm(4, 16, 8, 16),
  );
  const encoder = repairKernelList(list);
  assert.equal(encoder.changes["layout-copies-added"], 4);
  assert.equal(encoder.changes["mask-added"], 0);
  assert.equal(repairKernelList(list, { causal: true }).changes["mask-added"], 1);
  const masked = parse(gemm(4, 16, 16, 8), pass(1024, "pointwise_add"), softmax(64, 16));
  assert.equal(repairKernelList(masked, { causal: true }).changes["mask-added"], 0);
});

Deno.test("a residual bottleneck gets its normalisations and its in-place addition", () => {
  const list = parse(
    conv(64, 256, 56, 1, 1, 0),
    conv(64, 64, 56, 3, 1, 1),
    conv(256, 64, 56, 1, 1, 0),
  );
  const { changes } = repairKernelList(list);
  assert.equal(changes["batch-norm-added"], 3);
  assert.equal(changes["residual-added"], 1);
  assert.equal(changes["depthwise-recognised"], 0);
});

Deno.test("an inverted residual's wide convolution is depthwise, a patch embedding has no batch norm", () => {
  const inverted = parse(
    conv(64, 16, 128, 1, 1, 0),
    conv(64, 64, 128, 3, 1, 1),
    conv(32, 64, 128, 1, 1, 0),
  );
  const { kernels, changes } = repairKernelList(inverted);
  assert.equal(changes["depthwise-recognised"], 1);
  const depthwise = kernels.find(({ op }) => op === "depthwise")!;
  const built = convKernel({
    images: 2,
    inputChannels: 64,
    outputChannels: 64,
    inputSize: 128,
    outputSize: 128,
    window: 3,
    depthwise: true,
  });
  assert.deepEqual(depthwise, built);
  assert.equal(repairKernelList(parse(conv(768, 3, 224, 16, 16, 0))).kernels.length, 1);
});

Deno.test("a causal prompt pass has half the scores, a decode step all of them", () => {
  const shape = { batch: 2, heads: 4, headDim: 64, causal: true };
  const full = attentionKernel({ ...shape, queries: 128, keys: 128 });
  assert.equal(full.flops, 4 * 2 * 4 * 128 * 128 * 64 / 2);
  const step = attentionKernel({ ...shape, queries: 1, keys: 128 });
  assert.equal(step.flops, 4 * 2 * 4 * 128 * 64);
  assert.equal(gemmKernel({ m: 4, n: 4, k: 4, precision: "fp8" }).bytes, 48);
});
