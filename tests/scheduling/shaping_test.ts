import assert from "node:assert/strict";
import fc from "fast-check";
import { createRandom } from "../../lib/random.ts";
import { createArena } from "../../lib/scheduling/learning/kernel.ts";
import { rndShaping, sasrShaping } from "../../lib/scheduling/learning/exploration_shapers.ts";
import { createDenseHead } from "../../lib/scheduling/learning/diffusion.ts";
import type { Batch } from "../../lib/scheduling/learning/replay.ts";
import { rewardAgentShaping } from "../../lib/scheduling/learning/reward_agent.ts";
import {
  constantShaping,
  noiseShaping,
  potentialShaping,
} from "../../lib/scheduling/learning/shaper.ts";

function batchOf(rows: number, size: number, seed: number): Batch {
  const random = createRandom(seed);
  const draw = (length: number): Float32Array =>
    Float32Array.from({ length }, () => random.normal());
  const raw = draw(rows);
  return {
    rows,
    observation: draw(rows * size),
    action: draw(rows * 2).map(Math.tanh),
    reward: Float32Array.from(raw),
    raw,
    next: draw(rows * size),
    terminated: new Float32Array(rows),
    potential: draw(rows),
    nextPotential: draw(rows),
    index: new Int32Array(rows),
  };
}

/** A small deterministic decision process: next[s][a] and reward[s][a]; state 0 is terminal. */
interface Mdp {
  readonly states: number;
  readonly actions: number;
  readonly next: readonly (readonly number[])[];
  readonly reward: readonly (readonly number[])[];
}

/** For every state the best actions (within 1e-6) by value iteration. */
function bestActions(mdp: Mdp, gamma: number): number[][] {
  let value = new Float64Array(mdp.states);
  const q = (s: number, a: number): number => {
    const next = mdp.next[s]![a]!;
    return mdp.reward[s]![a]! + (next === 0 ? 0 : gamma * value[next]!);
  };
  const actions = Array.from({ length: mdp.actions }, (_, a) => a);
  for (let i = 0; i < 400; i++) {
    value = Float64Array.from(
      value,
      (_, s) => s === 0 ? 0 : Math.max(...actions.map((a) => q(s, a))),
    );
  }
  return Array.from({ length: mdp.states }, (_, s) => {
    if (s === 0) return [];
    const best = Math.max(...actions.map((a) => q(s, a)));
    return actions.filter((a) => q(s, a) > best - 1e-6);
  });
}

/** The process with every reward passed through a shaper. */
function shaped(mdp: Mdp, potential: readonly number[], gamma: number): Mdp {
  const shaper = potentialShaping("potential", 0.7, gamma);
  const reward = mdp.reward.map((row, s) =>
    row.map((r, a) => {
      const next = mdp.next[s]![a]!;
      const batch: Batch = {
        ...batchOf(1, 1, 1),
        raw: Float32Array.of(r),
        reward: Float32Array.of(r),
        terminated: Float32Array.of(next === 0 ? 1 : 0),
        potential: Float32Array.of(potential[s]!),
        nextPotential: Float32Array.of(potential[next]!),
      };
      shaper.shape(batch, createRandom(1));
      return batch.reward[0]!;
    })
  );
  return { ...mdp, reward };
}

const mdps = fc.integer({ min: 3, max: 6 }).chain((states) =>
  fc.record({
    next: fc.array(fc.array(fc.nat(states - 1), { minLength: 3, maxLength: 3 }), {
      minLength: states,
      maxLength: states,
    }),
    // Sixteenths are exact in 32 bits.
    reward: fc.array(
      fc.array(fc.integer({ min: -16, max: 16 }), { minLength: 3, maxLength: 3 }),
      { minLength: states, maxLength: states },
    ),
    potential: fc.array(fc.integer({ min: -32, max: 32 }), {
      minLength: states,
      maxLength: states,
    }),
  }).map(({ next, reward, potential }) => ({
    mdp: { states, actions: 3, next, reward: reward.map((row) => row.map((r) => r / 16)) },
    potential: potential.map((p) => p / 16),
  }))
);

Deno.test("potential-based shaping leaves the optimal policy of any small process unchanged", () => {
  const gamma = 0.9;
  fc.assert(
    fc.property(mdps, ({ mdp, potential }) => {
      const plain = bestActions(mdp, gamma);
      const after = bestActions(shaped(mdp, potential, gamma), gamma);
      // 32-bit rewards may break ties: what is best after was among the best before.
      after.forEach((best, s) => best.forEach((a) => assert.ok(plain[s]!.includes(a))));
    }),
    { numRuns: 150 },
  );
});

Deno.test("a raw bonus on state and action can change the optimal policy", () => {
  // State 1: leave with 1 at once, or go round state 2 for nothing. A bonus pays for going round.
  const mdp: Mdp = {
    states: 3,
    actions: 2,
    next: [[0, 0], [0, 2], [1, 1]],
    reward: [[0, 0], [1, 0], [0, 0]],
  };
  const bonus: Mdp = { ...mdp, reward: [[0, 0], [1, 0.2], [0.2, 0.2]] };
  assert.deepEqual(bestActions(mdp, 0.9)[1], [0]);
  assert.deepEqual(bestActions(bonus, 0.9)[1], [1]);
  const potential = shaped(mdp, [0, -1, 2], 0.9);
  assert.deepEqual(bestActions(potential, 0.9)[1], [0]);
});

Deno.test("the published form gives a minibatch one bonus, the corrected form one a sample", () => {
  for (const form of ["published", "corrected"] as const) {
    const arena = createArena(8);
    const shaper = rewardAgentShaping({
      name: form,
      arena,
      observationSize: 3,
      actionSize: 2,
      rows: 16,
      eta: 0.5,
      gamma: 0.9,
      seed: 1,
      form,
      head: (size, random) => createDenseHead(arena, size, 16, 16, random),
    });
    shaper.attach!((observation) => new Float32Array(observation.length / 3 * 2));
    const batch = batchOf(16, 3, 4);
    shaper.shape(batch, createRandom(2));
    const bonus = batch.reward.map((r, i) => r - batch.raw[i]!);
    const spread = Math.max(...bonus) - Math.min(...bonus);
    assert.equal(spread < 1e-6, form === "published");
    assert.ok(bonus.every((b) => Math.abs(b) <= 0.5 + 1e-6));
  }
});

Deno.test("controls add a constant or bounded noise; novelty fades; success is told from failure", () => {
  const constant = batchOf(8, 3, 1);
  constantShaping(0.25).shape(constant, createRandom(1));
  constant.reward.forEach((r, i) => assert.ok(Math.abs(r - constant.raw[i]! - 0.25) < 1e-6));
  const noise = batchOf(8, 3, 1);
  noiseShaping(0.25).shape(noise, createRandom(1));
  const added = noise.reward.map((r, i) => r - noise.raw[i]!);
  assert.ok(added.every((x) => Math.abs(x) <= 0.2501) && new Set(added).size === 8);

  const rnd = rndShaping(createArena(8), 3, 16, 1, 1);
  const random = createRandom(3);
  const known = batchOf(16, 3, 5);
  for (let i = 0; i < 300; i++) rnd.shape(known, random);
  const bonusOn = (batch: Batch): number => {
    const before = Float32Array.from(batch.reward);
    rnd.shape(batch, random);
    return batch.reward.reduce((sum, r, i) => sum + r - before[i]!, 0);
  };
  assert.ok(bonusOn(batchOf(16, 3, 99)) > 2 * bonusOn(known));

  const sasr = sasrShaping(3, 1, 1);
  const good = batchOf(16, 3, 7);
  const bad = batchOf(16, 3, 8);
  good.observation.fill(1);
  bad.observation.fill(-1);
  good.raw.fill(1);
  bad.raw.fill(0);
  let gap = 0;
  for (let i = 0; i < 200; i++) {
    good.reward.fill(0);
    bad.reward.fill(0);
    sasr.shape(good, random);
    sasr.shape(bad, random);
    if (i > 100) gap += good.reward[0]! - bad.reward[0]!;
  }
  assert.ok(gap / 99 > 0.5, `${gap / 99}`);
});
