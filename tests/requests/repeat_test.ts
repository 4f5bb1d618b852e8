import { repeatThinned, requestLog } from "@joulebook/joulebook/requests";
import assert from "node:assert/strict";

/** Bursts of ten requests at once, a second apart, for a minute; lengths tell them apart. */
const bursts = requestLog({
  submitS: Float64Array.from({ length: 610 }, (_, i) => 100 + Math.floor(i / 10)),
  inputTokens: Float64Array.from({ length: 610 }, (_, i) => 1 + i),
  outputTokens: Float64Array.from({ length: 610 }, (_, i) => 1000 + i),
});

Deno.test("a repetition of the largest weight is the stretch of the log as it was", () => {
  const log = repeatThinned(bursts, { weights: [1, 1], spanS: 30, seed: 1 });
  assert.equal(log.submitS.length, 600);
  assert.deepEqual([...log.inputTokens], [...bursts.inputTokens.slice(0, 600)]);
  assert.deepEqual([...log.submitS], [...bursts.submitS.slice(0, 600)].map((t) => t - 100));
  assert.equal(log.clock, "elapsed");
});

Deno.test("stretches are used in order and from the beginning again", () => {
  const log = repeatThinned(bursts, { weights: [1, 1, 1, 1], spanS: 20, seed: 1 });
  assert.equal(log.inputTokens[600], 1); // the fourth is the first of three again
  assert.equal(log.submitS[600], 60);
});

Deno.test("thinning keeps the moments of bursts and the pairs of lengths, and follows the weights", () => {
  const log = repeatThinned(bursts, { weights: [0.5, 2, 0, 1], spanS: 60, seed: 3 });
  const during = (k: number) => log.submitS.filter((t) => t >= 60 * k && t < 60 * (k + 1)).length;
  assert.equal(during(1), 600);
  assert.equal(during(2), 0);
  assert.ok(Math.abs(during(0) - 150) < 40, String(during(0)));
  assert.ok(Math.abs(during(3) - 300) < 50, String(during(3)));
  assert.ok(log.submitS.every((t) => Number.isInteger(t)));
  assert.ok(log.outputTokens.every((tokens, i) => tokens - log.inputTokens[i]! === 999));
});

Deno.test("the same seed gives the same log, another one another", () => {
  const of = (
    seed: number,
  ) => [...repeatThinned(bursts, { weights: [1, 2], spanS: 30, seed }).inputTokens];
  assert.deepEqual(of(5), of(5));
  assert.notDeepEqual(of(5), of(6));
});

Deno.test("a log out of order, or with a time missing, is read by its times", () => {
  const mixed = requestLog({
    submitS: Float64Array.of(3, NaN, 0, 10, 1),
    inputTokens: Float64Array.of(30, 99, 0, 100, 10),
  });
  const log = repeatThinned(mixed, { weights: [1], spanS: 10, seed: 1 });
  assert.deepEqual([...log.inputTokens], [0, 10, 30]);
});

Deno.test("weights and lengths that mean nothing are refused, and a log that is too short", () => {
  const refused = (weights: number[], spanS: number, reason: RegExp) =>
    assert.throws(() => repeatThinned(bursts, { weights, spanS, seed: 1 }), reason);
  refused([], 10, /weights/);
  refused([0, 0], 10, /weights/);
  refused([1, -1], 10, /weights/);
  refused([1, NaN], 10, /weights/);
  refused([1], 0, /spanS/);
  refused([1], 61, /shorter than one stretch/);
});
