/** Gradients of our layers against those of another library: jax-js, which only this test imports. */

import assert from "node:assert/strict";
import { type Array as JaxArray, defaultDevice, grad, init, numpy as np } from "@jax-js/jax";
import { createRandom, type Random } from "../../lib/random.ts";
import { createArena } from "../../lib/scheduling/mod.ts";
import {
  type ConditionalHead,
  createDenseHead,
  createDiffusionHead,
} from "../../lib/scheduling/learning/diffusion.ts";
import {
  createSquashedSample,
  sampleSquashed,
  squashedGradient,
} from "../../lib/scheduling/learning/gaussian.ts";
import { createMlp, type Mlp, padded } from "../../lib/scheduling/learning/mlp.ts";

/** Weights and biases of a perceptron, or their gradients, without the padding. */
type Tree = readonly { readonly weight: JaxArray; readonly bias: JaxArray }[];

const double = (values: Iterable<number>, shape: number[]): JaxArray =>
  np.array(Float64Array.from(values), { dtype: np.float64 }).reshape(shape);

/** The parameters of a perceptron of some sizes as arrays of jax-js. */
function treeOf({ parameters }: Mlp, sizes: readonly number[]): Tree {
  let at = 0;
  return sizes.slice(1).map((outer, l) => {
    const inner = sizes[l]!;
    const wide = padded(outer);
    const from = at;
    at += padded(inner) * wide + wide;
    const bias = at - wide;
    return {
      weight: double(
        Array.from(
          { length: inner * outer },
          (_, i) => parameters[from + Math.floor(i / outer) * wide + i % outer]!,
        ),
        [inner, outer],
      ),
      bias: double(parameters.subarray(bias, bias + outer), [outer]),
    };
  });
}

/** A perceptron in jax-js; arrays are used up unless taken by `ref`. */
function layers(tree: Tree, x: JaxArray, activation: "relu" | "tanh"): JaxArray {
  let y = x;
  tree.forEach(({ weight, bias }, l) => {
    y = np.matmul(y, weight).add(bias);
    if (l < tree.length - 1) y = activation === "tanh" ? np.tanh(y) : np.maximum(y, 0);
  });
  return y;
}

/** Compares our gradients of a perceptron with theirs, relative to the largest of each block. */
async function sameGradients(net: Mlp, sizes: readonly number[], theirs: Tree): Promise<number> {
  let at = 0;
  let worst = 0;
  for (let l = 0; l + 1 < sizes.length; l++) {
    const [inner, outer] = [sizes[l]!, sizes[l + 1]!];
    const wide = padded(outer);
    const block = (rows: number, from: number): Float64Array =>
      Float64Array.from(
        { length: rows * outer },
        (_, i) => net.gradients[from + Math.floor(i / outer) * wide + i % outer]!,
      );
    worst = Math.max(
      worst,
      distance(block(inner, at), await theirs[l]!.weight.data()),
      distance(block(1, at + padded(inner) * wide), await theirs[l]!.bias.data()),
    );
    at += padded(inner) * wide + wide;
  }
  assert.equal(at, net.gradients.length);
  return worst;
}

function distance(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  assert.equal(ours.length, theirs.length);
  let most = 0;
  let error = 0;
  for (let i = 0; i < ours.length; i++) {
    most = Math.max(most, Math.abs(theirs[i]!));
    error = Math.max(error, Math.abs(ours[i]! - theirs[i]!));
  }
  assert.ok(most > 0, "a gradient of zeros proves nothing");
  return error / most;
}

/** Our arithmetic is in single, theirs in double precision. */
const tolerance = 1e-5;

/** The gradient of a scalar by arrays or trees of them; jax-js's own type knows no such trees. */
function gradient<T>(loss: (at: T) => JaxArray, at: T): T {
  return (grad as unknown as (f: (at: T) => JaxArray) => (at: T) => T)(loss)(at);
}

async function useJax(): Promise<void> {
  await init("wasm");
  defaultDevice("wasm");
}

Deno.test("the perceptron's gradients are those of jax-js", async () => {
  await useJax();
  for (const activation of ["tanh", "relu"] as const) {
    const sizes = [5, 13, 9, 3];
    const rows = 6;
    const random = createRandom(2);
    const net = createMlp(createArena(4), sizes, random, { activation, rows });
    for (let i = 0; i < net.parameters.length; i++) net.parameters[i]! *= 1.5;
    const x = Array.from({ length: rows * 5 }, () => random.normal());
    const slope = Array.from({ length: rows * 3 }, () => random.normal());
    const input = net.input();
    const ourSlope = new Float32Array(rows * net.outputWidth);
    x.forEach((value, i) => input[Math.floor(i / 5) * net.inputWidth + i % 5] = value);
    slope.forEach((value, i) => ourSlope[Math.floor(i / 3) * net.outputWidth + i % 3] = value);
    net.forward(rows);
    net.backward(ourSlope, rows, true);
    const loss = (tree: Tree, at: JaxArray): JaxArray =>
      layers(tree, at, activation).mul(double(slope, [rows, 3])).sum();
    // Inputs of our net are single precision numbers.
    const points = (): JaxArray => double(x.map(Math.fround), [rows, 5]);
    const theirs = gradient((tree: Tree) => loss(tree, points()), treeOf(net, sizes));
    assert.ok(await sameGradients(net, sizes, theirs) < tolerance);
    const byInput = gradient((at: JaxArray) => loss(treeOf(net, sizes), at), points());
    const ours = Array.from(
      { length: rows * 5 },
      (_, i) => net.inputGradient()[Math.floor(i / 5) * net.inputWidth + i % 5]!,
    );
    assert.ok(distance(ours, await byInput.data()) < tolerance);
  }
});

Deno.test("the squashed Gaussian's gradient is that of jax-js", async () => {
  await useJax();
  const [rows, size, weight] = [7, 3, 0.3];
  const random = createRandom(3);
  const head = Float32Array.from({ length: rows * 2 * size }, () => random.normal());
  const slope = Float32Array.from({ length: rows * size }, () => random.normal());
  const sample = createSquashedSample(rows, size);
  sampleSquashed(head, 2 * size, rows, size, createRandom(9), sample);
  const ours = new Float32Array(head.length);
  squashedGradient(head, 2 * size, rows, size, sample, slope, size, 0, weight, ours);
  const loss = (at: JaxArray): JaxArray => {
    const mean = at.ref.slice([], [0, size]);
    // The deviation's logarithm lies in [-5, 2]; the density is written out, not in our stable form.
    const s = np.tanh(at.slice([], [size, 2 * size])).add(1).mul(3.5).add(-5);
    const noise = double(sample.noise, [rows, size]);
    const action = np.tanh(mean.add(np.exp(s.ref).mul(noise.ref)));
    const density = noise.ref.mul(noise).mul(-0.5).sub(s).sub(Math.log(2 * Math.PI) / 2).sub(
      np.log(double([1], [1, 1]).sub(action.ref.mul(action.ref))),
    );
    return action.mul(double(slope, [rows, size])).sum().add(density.sum().mul(weight));
  };
  const theirs = gradient(loss, double(head, [rows, 2 * size]));
  assert.ok(distance(ours, await theirs.data()) < tolerance);
});

/** The denoising chain after its description (arXiv 2503.07433), in jax-js. */
function chain(
  [net, head]: readonly [Tree, Tree],
  condition: JaxArray,
  latent: number,
  steps: number,
  random: Random,
): JaxArray {
  const rows = condition.shape[0]!;
  const draw = (): JaxArray =>
    double(Array.from({ length: rows * latent }, () => random.normal()), [rows, latent]);
  const beta = (t: number): number =>
    1 - Math.exp(-0.1 / steps - 0.5 * (10 - 0.1) * (2 * t - 1) / steps ** 2);
  const alphaBar = (t: number): number =>
    Array.from({ length: t }, (_, i) => 1 - beta(i + 1)).reduce((a, b) => a * b, 1);
  let x = draw();
  for (let t = steps; t >= 1; t--) {
    const time = Array.from({ length: rows }, () =>
      [0, 1, 2, 3].flatMap((f) => {
        const angle = t * 100 ** (-2 * f / 8);
        return [Math.fround(Math.sin(angle)), Math.fround(Math.cos(angle))];
      })).flat();
    const input = np.concatenate([x.ref, double(time, [rows, 8]), condition.ref], 1);
    const reuse = net.map(({ weight, bias }) => ({ weight: weight.ref, bias: bias.ref }));
    const eps = layers(reuse, input, "relu");
    const [now, before] = [alphaBar(t), alphaBar(t - 1)];
    const start = np.clip(
      x.ref.mul(1 / Math.sqrt(now)).sub(eps.mul(Math.sqrt(1 / now - 1))),
      -1,
      1,
    );
    x = start.mul(beta(t) * Math.sqrt(before) / (1 - now))
      .add(x.mul((1 - before) * Math.sqrt(1 - beta(t)) / (1 - now)));
    if (t > 1) x = x.add(draw().mul(Math.sqrt(beta(t) * (1 - before) / (1 - now))));
  }
  net.forEach(({ weight, bias }) => [weight, bias].forEach((array) => array.dispose()));
  condition.dispose();
  return layers(head, np.maximum(x, 0), "relu");
}

Deno.test("the gradients of the five-step denoising chain and of the dense head are those of jax-js", async () => {
  await useJax();
  const [rows, conditionSize, latent, steps, width] = [4, 6, 8, 5, 16];
  const conditions = Array.from({ length: rows * conditionSize }, () => 0);
  const random = createRandom(4);
  conditions.forEach((_, i) => conditions[i] = Math.fround(random.normal()));
  const slope = Array.from({ length: rows * 2 }, () => Math.fround(random.normal()));
  const run = (head: ConditionalHead): void => {
    head.forward(Float32Array.from(conditions), rows, createRandom(11));
    const ours = new Float32Array(rows * head.headWidth);
    slope.forEach((value, i) => ours[Math.floor(i / 2) * head.headWidth + i % 2] = value);
    head.backward(ours, rows);
  };
  const condition = (): JaxArray => double(conditions, [rows, conditionSize]);
  const weighted = (out: JaxArray): JaxArray => out.mul(double(slope, [rows, 2])).sum();

  const diffusion = createDiffusionHead(
    createArena(8),
    conditionSize,
    latent,
    steps,
    width,
    rows,
    random,
  );
  run(diffusion);
  const netSizes = [latent + 8 + conditionSize, width, width, latent];
  const headSizes = [latent, 2];
  const byChain = gradient<readonly [Tree, Tree]>(
    (trees) => weighted(chain(trees, condition(), latent, steps, createRandom(11))),
    [treeOf(diffusion.nets[0]!, netSizes), treeOf(diffusion.nets[1]!, headSizes)],
  );
  assert.ok(await sameGradients(diffusion.nets[0]!, netSizes, byChain[0]) < tolerance);
  assert.ok(await sameGradients(diffusion.nets[1]!, headSizes, byChain[1]) < tolerance);

  const dense = createDenseHead(createArena(4), conditionSize, width, rows, random);
  run(dense);
  const sizes = [conditionSize, width, width, 2];
  const byDense = gradient(
    (tree: Tree) => weighted(layers(tree, condition(), "relu")),
    treeOf(dense.nets[0]!, sizes),
  );
  assert.ok(await sameGradients(dense.nets[0]!, sizes, byDense) < tolerance);
});
