import assert from "node:assert/strict";
import fc from "fast-check";
import { createRandom, type Random } from "../../lib/random.ts";
import type { Environment, StepInfo } from "../../lib/scheduling/mod.ts";
import { boxSpace, discreteSpace } from "../../lib/scheduling/mod.ts";
import { createDenseHead, createDiffusionHead } from "../../lib/scheduling/learning/diffusion.ts";
import { createDqn } from "../../lib/scheduling/learning/dqn.ts";
import { createEvolution } from "../../lib/scheduling/learning/evolution.ts";
import {
  createSquashedSample,
  sampleSquashed,
  squashedGradient,
} from "../../lib/scheduling/learning/gaussian.ts";
import { createArena } from "../../lib/scheduling/learning/kernel.ts";
import type { Learner } from "../../lib/scheduling/learning/learner.ts";
import { createMlp } from "../../lib/scheduling/learning/mlp.ts";
import { createPpo } from "../../lib/scheduling/learning/ppo.ts";
import { rewardAgentShaping } from "../../lib/scheduling/learning/reward_agent.ts";
import { createSac } from "../../lib/scheduling/learning/sac.ts";
import { noShaping, type Shaper } from "../../lib/scheduling/learning/shaper.ts";
import { createTd3 } from "../../lib/scheduling/learning/td3.ts";
import { train, type TrainingState } from "../../lib/scheduling/learning/train.ts";

Deno.test("the SIMD kernel and the plain one give the same bits", () => {
  const fast = createArena(4, "simd");
  const slow = createArena(4, "plain");
  assert.equal(fast.kernel, "simd");
  const size = 24 * 24;
  const blocks = [fast, slow].map((arena) => [0, 1, 2].map(() => arena.floats(size)));
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 23 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 23 }),
      fc.boolean(),
      fc.boolean(),
      fc.nat(),
      (m, eights, k, accumulate, transpose, seed) => {
        const random = createRandom(seed);
        const values = Array.from({ length: 3 * size }, () => random.normal());
        const n = 8 * eights;
        [fast, slow].forEach((arena, i) => {
          blocks[i]!.forEach((block, b) => block.set(values.slice(b * size, (b + 1) * size)));
          const [a, b, c] = blocks[i]!;
          const row = transpose ? 4 : k * 4;
          const column = transpose ? m * 4 : 4;
          arena.product(
            a!.byteOffset,
            row,
            column,
            b!.byteOffset,
            c!.byteOffset,
            m,
            n,
            k,
            accumulate ? 1 : 0,
          );
        });
        assert.deepEqual(blocks[0]![2], blocks[1]![2]);
        // And it is the product.
        const at = (m - 1) * n + 3;
        let sum = accumulate ? Math.fround(values[2 * size + at]!) : 0;
        for (let l = 0; l < k; l++) {
          const a = values[transpose ? l * m + m - 1 : (m - 1) * k + l]!;
          sum += a * values[size + l * n + 3]!;
        }
        assert.ok(Math.abs(blocks[0]![2]![at]! - sum) < 1e-4 * (1 + Math.abs(sum)));
      },
    ),
    { numRuns: 60 },
  );
});

/** Compares g . d with a central difference along random directions of a block. */
function checkAlong(
  parameters: Float32Array,
  gradients: Float32Array,
  loss: () => number,
  tolerance: number,
  step = 2e-3,
): void {
  const random = createRandom(5);
  const kept = Float32Array.from(parameters);
  for (let trial = 0; trial < 4; trial++) {
    const direction = Float32Array.from(parameters, () => random.normal());
    let analytic = 0;
    parameters.forEach((_, i) => analytic += gradients[i]! * direction[i]!);
    const at = (sign: number): number => {
      parameters.forEach((_, i) => parameters[i] = kept[i]! + sign * step * direction[i]!);
      return loss();
    };
    const numeric = (at(1) - at(-1)) / (2 * step);
    parameters.set(kept);
    let size = 0;
    for (const g of gradients) size += g * g;
    const scale = Math.max(Math.abs(analytic), 0.1 * Math.sqrt(size));
    assert.ok(Math.abs(analytic - numeric) < tolerance * scale, `${analytic} against ${numeric}`);
  }
}

Deno.test("gradients of every layer agree with finite differences", () => {
  for (const activation of ["tanh", "relu"] as const) {
    const random = createRandom(2);
    const net = createMlp(createArena(4), [5, 13, 9, 3], random, { activation, rows: 6 });
    const x = Float32Array.from({ length: 6 * 8 }, (_, i) => i % 8 < 5 ? random.normal() : 0);
    const slope = Float32Array.from({ length: 6 * 8 }, (_, i) => i % 8 < 3 ? random.normal() : 0);
    const loss = (): number => {
      net.input().set(x);
      const y = net.forward(6);
      let sum = 0;
      for (let i = 0; i < 48; i++) sum += y[i]! * slope[i]!;
      return sum;
    };
    loss();
    net.backward(slope, 6, true);
    const inputGradient = Float32Array.from(net.inputGradient());
    // Layer by layer: weights then biases, 8 x 16, 16, 16 x 16, 16, 16 x 8, 8.
    let at = 0;
    for (const length of [128, 16, 256, 16, 128, 8]) {
      const mask = new Float32Array(net.gradients.length);
      mask.set(net.gradients.subarray(at, at + length), at);
      const block = net.parameters.subarray(at, at + length);
      checkAlong(
        block,
        net.gradients.subarray(at, at + length),
        loss,
        activation === "tanh" ? 5e-3 : 0.03,
      );
      at += length;
    }
    assert.equal(at, net.parameters.length);
    checkAlong(x, inputGradient.map((g, i) => i % 8 < 5 ? g : 0), () => {
      for (let i = 0; i < 48; i++) if (i % 8 >= 5) x[i] = 0;
      return loss();
    }, 0.03);
  }
});

Deno.test("the squashed Gaussian's gradient agrees with finite differences", () => {
  const random = createRandom(3);
  const head = Float32Array.from({ length: 4 * 8 }, () => random.normal());
  const sample = createSquashedSample(4, 3);
  const slope = Float32Array.from({ length: 12 }, () => random.normal());
  const loss = (): number => {
    sampleSquashed(head, 8, 4, 3, createRandom(9), sample);
    let sum = 0;
    sample.action.forEach((a, i) => sum += a * slope[i]!);
    sample.logDensity.forEach((l) => sum += 0.3 * l);
    return sum;
  };
  loss();
  const gradient = new Float32Array(32);
  squashedGradient(head, 8, 4, 3, sample, slope, 3, 0, 0.3, gradient);
  checkAlong(head, gradient, loss, 5e-3);
});

Deno.test("the five-step denoising chain's gradient agrees with finite differences", () => {
  for (const make of ["diffusion", "dense"] as const) {
    const random = createRandom(4);
    const arena = createArena(8);
    const head = make === "diffusion"
      ? createDiffusionHead(arena, 6, 16, 5, 24, 8, random)
      : createDenseHead(arena, 6, 24, 8, random);
    const condition = Float32Array.from({ length: 48 }, () => random.normal());
    const slope = Float32Array.from(
      { length: 8 * head.headWidth },
      (_, i) => i % head.headWidth < 2 ? random.normal() : 0,
    );
    const loss = (): number => {
      const y = head.forward(condition, 8, createRandom(11));
      let sum = 0;
      slope.forEach((s, i) => sum += s * y[i]!);
      return sum;
    };
    loss();
    head.backward(slope, 8);
    head.nets.forEach((net) =>
      checkAlong(net.parameters, Float32Array.from(net.gradients), loss, 0.05, 5e-5)
    );
  }
});

/** A one-step environment: one draw of a context, one action, one reward. */
function bandit(
  contextSize: number,
  actionSize: number,
  reward: (context: Float32Array, action: ArrayLike<number>) => number,
  actions = 0,
): Environment {
  let random: Random = createRandom(0);
  let context = new Float32Array(contextSize);
  const info = { potential: 0 } as StepInfo;
  return {
    actionSpace: actions > 0 ? discreteSpace(actions) : boxSpace(actionSize, -1, 1),
    observationSpace: boxSpace(contextSize, -Infinity, Infinity),
    reset(options) {
      if (options?.seed !== undefined) random = createRandom(options.seed);
      context = Float32Array.from({ length: contextSize }, () => 2 * random.uniform() - 1);
      return { observation: context, info };
    },
    step: (action) => ({
      observation: context,
      reward: reward(context, action),
      terminated: true,
      truncated: false,
      info,
    }),
  };
}

/** Mean reward of the best guess over fixed contexts. */
function meanReward(learner: Learner, environment: Environment): number {
  let sum = 0;
  for (let i = 0; i < 100; i++) {
    const { observation } = environment.reset({ seed: i });
    sum += environment.step(learner.act(observation, null)).reward / 100;
  }
  return sum;
}

function teach(
  learner: Learner,
  environment: Environment,
  budget: number,
  seed = 1,
): TrainingState {
  return train({
    learner,
    environment,
    budget,
    chunkEpisodes: 500,
    seed,
    validate: () => meanReward(learner, environment),
  });
}

const offPolicy = (seed: number, observationSize: number, actionSize: number, shaper?: Shaper) => ({
  arena: createArena(16),
  observationSize,
  actionSize,
  seed,
  width: 32,
  batch: 32,
  warmUp: 200,
  actorRate: 1e-3,
  shaper: shaper ?? noShaping(),
});

Deno.test("every algorithm solves a quadratic bandit", () => {
  const quadratic = bandit(2, 1, (c, a) => -((a[0]! - 0.5 * c[0]! - 0.2) ** 2));
  const steps: [Learner, Environment, number][] = [
    [createSac(offPolicy(1, 2, 1)), quadratic, 2500],
    [createTd3(offPolicy(1, 2, 1)), quadratic, 2500],
    [
      createPpo({
        arena: createArena(8),
        observationSize: 2,
        actionSize: 1,
        seed: 1,
        horizon: 256,
        rate: 1e-3,
      }),
      quadratic,
      8000,
    ],
    [
      createDqn({
        arena: createArena(8),
        observationSize: 2,
        actions: 5,
        seed: 1,
        width: 32,
        batch: 32,
        warmUp: 200,
        exploreSteps: 2000,
      }),
      bandit(2, 1, (c, a) => -Math.abs(a[0]! - (c[0]! > 0 ? 3 : 1)), 5),
      3000,
    ],
  ];
  for (const [learner, environment, budget] of steps) {
    const before = meanReward(learner, environment);
    teach(learner, environment, budget);
    const after = meanReward(learner, environment);
    const bound = learner.name === "dqn" ? -0.15 : -0.01;
    assert.ok(after > bound && before < after, `${learner.name}: ${before} to ${after}`);
  }
});

/** Power to channels of given gains that maximises sum log2(1 + g p), sum p = 1. */
function waterFill(gains: readonly number[]): number[] {
  let low = 0;
  let high = 1 + Math.max(...gains.map((g) => 1 / g));
  for (let i = 0; i < 100; i++) {
    const level = (low + high) / 2;
    const used = gains.reduce((sum, g) => sum + Math.max(0, level - 1 / g), 0);
    if (used > 1) high = level;
    else low = level;
  }
  return gains.map((g) => Math.max(0, low - 1 / g));
}

const rate = (gains: readonly number[], power: readonly number[]): number =>
  gains.reduce((sum, g, i) => sum + Math.log2(1 + g * power[i]!), 0);

Deno.test("soft actor-critic comes close to the known optimum of water-filling, with any shaper", () => {
  const gainsOf = (context: Float32Array): number[] => Array.from(context, (c) => 1.2 + c);
  const environment = bandit(3, 3, (context, action) => {
    const raw = Array.from(action, (a) => Math.exp(3 * a));
    const sum = raw.reduce((a, b) => a + b, 0);
    const gains = gainsOf(context);
    const gap = rate(gains, raw.map((x) => x / sum)) - rate(gains, waterFill(gains));
    assert.ok(gap <= 1e-9);
    return gap;
  });
  const arena = createArena(16);
  const corrected = rewardAgentShaping({
    name: "diffusion-corrected",
    arena,
    observationSize: 3,
    actionSize: 3,
    rows: 32,
    eta: 0.02,
    gamma: 0.9,
    seed: 3,
    form: "corrected",
    head: (size, random) => createDiffusionHead(arena, size, 8, 3, 16, 32, random),
  });
  for (const shaper of [noShaping(), corrected]) {
    const learner = createSac({ ...offPolicy(2, 3, 3, shaper), arena });
    const before = meanReward(learner, environment);
    teach(learner, environment, 3000);
    const after = meanReward(learner, environment);
    assert.ok(after > -0.03 && before < 2 * after, `${shaper.name}: ${before} to ${after}`);
  }
});

Deno.test("the same seed gives the same bytes, and a resumed run those of an unbroken one", () => {
  const environment = bandit(2, 1, (c, a) => -((a[0]! - c[0]!) ** 2));
  const make = (): Learner => createSac(offPolicy(7, 2, 1));
  const run = (seed: number, resume?: TrainingState): [TrainingState[], Learner] => {
    const learner = make();
    const states: TrainingState[] = [];
    train({
      learner,
      environment,
      budget: 900,
      chunkEpisodes: 300,
      seed,
      validate: () => meanReward(learner, environment),
      onChunk: (state) => states.push(state),
      ...(resume !== undefined && { resume }),
    });
    return [states, learner];
  };
  const [states, learner] = run(1);
  const [again] = run(1);
  const [other] = run(2);
  assert.deepEqual(states.at(-1), again.at(-1));
  assert.notDeepEqual(states.at(-1)!.learner[0], other.at(-1)!.learner[0]);
  const [resumed, resumedLearner] = run(1, states[0]);
  assert.equal(resumed.length, states.length - 1);
  assert.deepEqual(resumed.at(-1), states.at(-1));
  assert.deepEqual(resumedLearner.policyParameters, learner.policyParameters);
});

Deno.test("evolution strategies climb to the top of a quadratic", () => {
  const search = createEvolution([0, 0, 0], 8, 0.1, 0.1);
  const random = createRandom(1);
  const score = (x: Float64Array): number =>
    -((x[0]! - 0.4) ** 2 + (x[1]! + 0.3) ** 2 + x[2]! ** 2);
  for (let g = 0; g < 300; g++) {
    const candidates = search.ask(random);
    search.tell(candidates, candidates.map(score));
  }
  assert.ok(score(search.mean) > -0.01, `${search.mean}`);
});
