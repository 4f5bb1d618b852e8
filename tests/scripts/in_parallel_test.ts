import assert from "node:assert/strict";
import { inParallel } from "../../scripts/notebooks/in_parallel.ts";

/** Calls that end when told, by number. */
function controlled(count: number) {
  const gates = Array.from({ length: count }, () => Promise.withResolvers<void>());
  const started: number[] = [];
  const work = async (i: number) => {
    started.push(i);
    await gates[i]!.promise;
    return i * 10;
  };
  return { gates, started, work };
}

/** Lets everything go on that can. */
const settle = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("so many run at once, and results come in the order of the items", async () => {
  const { gates, started, work } = controlled(4);
  const results = inParallel([0, 1, 2, 3], 2, work);
  const first = results.next();
  await settle();
  assert.deepEqual(started, [0, 1]);
  gates[1]!.resolve();
  await settle();
  assert.deepEqual(started, [0, 1, 2], "a free place is taken though the first still runs");
  gates[0]!.resolve();
  assert.deepEqual(await first, { done: false, value: 0 });
  gates[3]!.resolve();
  gates[2]!.resolve();
  assert.deepEqual(await Array.fromAsync(results), [10, 20, 30]);
});

Deno.test("after a failure nothing starts, and what runs is waited for", async () => {
  const { gates, started, work } = controlled(4);
  const all = Array.fromAsync(inParallel([0, 1, 2, 3], 2, work));
  let over = false;
  all.catch(() => {}).finally(() => over = true);
  await settle();
  gates[0]!.reject(new Error("broken"));
  await settle();
  assert.equal(over, false, "the second call still runs");
  gates[1]!.resolve();
  gates[2]!.resolve();
  await assert.rejects(all, /broken/);
  assert.ok(!started.includes(3));
});

Deno.test("no items give no results", async () => {
  assert.deepEqual(await Array.fromAsync(inParallel([], 2, () => Promise.resolve(1))), []);
});
