import assert from "node:assert/strict";
import * as fc from "fast-check";
import { attributeEqualShare } from "../../lib/attribution/equal_share.ts";
import { createIntegrator } from "../../lib/power/integrate.ts";
import { sampledPower } from "../../lib/power/series.ts";
import { type RequestLog, requestLog } from "../../lib/requests/log.ts";
import { place, trace } from "../power/arbitrary.ts";

const steady = createIntegrator(
  sampledPower({
    timeS: Float64Array.from({ length: 101 }, (_, i) => i / 10),
    powerW: new Float64Array(101).fill(100),
  }),
  { minSamples: 0 },
);

const log = (rows: [submit: number, first: number, end: number][]): RequestLog =>
  requestLog({
    submitS: Float64Array.from(rows, ([submit]) => submit),
    firstTokenS: Float64Array.from(rows, ([, first]) => first),
    endS: Float64Array.from(rows, ([, , end]) => end),
  });

const close = (a: number, b: number): void =>
  assert.ok(Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b)), `${a} is not ${b}`);

Deno.test("energy is conserved to 1e-9 for any trace, with gaps, and any overlapping requests", () => {
  fc.assert(
    fc.property(
      trace,
      fc.array(fc.tuple(place, place, place), { maxLength: 60 }),
      (series, spans) => {
        const power = createIntegrator(series, { minSamples: 0 });
        const at = (share: number): number => power.startS + share * (power.endS - power.startS);
        const result = attributeEqualShare(
          power,
          log(spans.map(([a, b, c]) => [at(a), at(b), at(c)])),
        );
        assert.ok(result.conservationError <= 1e-9);
        const sum = result.requests.energyJ.reduce(
          (total, j) => total + (Number.isNaN(j) ? 0 : j),
          0,
        );
        close(sum + result.idleJ + result.unattributedJ, power.totalJ);
        for (const j of result.requests.energyJ) assert.ok(!(j < -1e-9));
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("requests served one after another get all energy measured during each phase", () => {
  const result = attributeEqualShare(steady, log([[1, 1.5, 3], [4, 4.2, 5]]));
  assert.equal(result.method, "serial");
  close(result.requests.prefillJ[0]!, 50);
  close(result.requests.decodeJ[0]!, 150);
  close(result.prefillJ, 70);
  close(result.decodeJ, 230);
  close(result.idleJ, 700);
});

Deno.test("overlapping requests share equally at every instant", () => {
  const result = attributeEqualShare(steady, log([[1, 2, 5], [3, 4, 7]]));
  assert.deepEqual([result.method, result.peakConcurrency], ["equal-share", 2]);
  close(result.requests.prefillJ[0]!, 100);
  close(result.requests.decodeJ[0]!, 100 + 100);
  close(result.requests.prefillJ[1]!, 50);
  close(result.requests.decodeJ[1]!, 50 + 200);
});

Deno.test("the order of the log does not matter", () => {
  const rows: [number, number, number][] = [[1, 2, 5], [3, 4, 7], [0.5, 0.6, 6]];
  const forward = attributeEqualShare(steady, log(rows)).requests.energyJ;
  const backward = attributeEqualShare(steady, log(rows.toReversed())).requests.energyJ;
  rows.forEach((_, i) => close(forward[i]!, backward[rows.length - 1 - i]!));
});

Deno.test("a request that ends before it starts is left out, counted and named", () => {
  const result = attributeEqualShare(steady, log([[1, 2, 5], [6, 6.5, 4], [NaN, 1, 2], [1, 9, 3]]));
  assert.deepEqual(result.requests.reasons, [
    null,
    "ends-before-start",
    "no-times",
    "first-token-outside",
  ]);
  assert.deepEqual(result.dropped.map(({ reason, count }) => [reason, count]), [
    ["ends-before-start", 1],
    ["no-times", 1],
    ["first-token-outside", 1],
  ]);
  assert.ok(Number.isNaN(result.requests.energyJ[1]!));
});

Deno.test("a request without a first token has an energy but no phases", () => {
  const result = attributeEqualShare(steady, log([[1, NaN, 3]]));
  close(result.requests.energyJ[0]!, 200);
  assert.ok(Number.isNaN(result.requests.prefillJ[0]!));
  close(result.unsplitJ, 200);
  assert.ok(result.conservationError <= 1e-12);
});

Deno.test("a request that reaches past the trace has a reason, and its part is unattributed", () => {
  const result = attributeEqualShare(steady, log([[8, 8.5, 12]]));
  assert.equal(result.requests.reasons[0], "edges-not-bracketed");
  close(result.unattributedJ, 200);
});

Deno.test("an empty log leaves all energy idle", () => {
  const result = attributeEqualShare(steady, log([]));
  close(result.idleJ, 1000);
  assert.equal(result.conservationError, 0);
});

Deno.test("intervals of phase sums hold the sums of a log moved by half a step", () => {
  const series = sampledPower({
    timeS: Float64Array.from({ length: 201 }, (_, i) => i / 10),
    powerW: Float64Array.from({ length: 201 }, (_, i) => (i % 20 < 4 ? 400 : 100)),
  });
  const power = createIntegrator(series, { minSamples: 0 });
  const rows = Array.from(
    { length: 9 },
    (_, i): [number, number, number] => [2 * i + 1, 2 * i + 1.4, 2 * i + 2.6],
  );
  const still = attributeEqualShare(power, log(rows));
  const moved = attributeEqualShare(
    power,
    log(rows.map(([a, b, c]) => [a + 0.05, b + 0.05, c + 0.05])),
  );
  assert.ok(Math.abs(moved.prefillJ - still.prefillJ) <= still.halfWidths.prefillJ);
  assert.ok(Math.abs(moved.decodeJ - still.decodeJ) <= still.halfWidths.decodeJ);
});

Deno.test("while an answered request has no end, nothing can be called idle", () => {
  const missing = attributeEqualShare(steady, log([[1, 2, 3], [4, 5, NaN]]));
  assert.equal(missing.idleJ, 0);
  close(missing.unattributedJ, 800);
  assert.ok(missing.conservationError <= 1e-12);
  const failed = attributeEqualShare(
    steady,
    { ...log([[1, 2, 3], [4, NaN, NaN]]), success: Uint8Array.of(1, 0) },
  );
  close(failed.idleJ, 800);
});

Deno.test("a request whose first token is out of place was in flight: nothing then is idle", () => {
  const result = attributeEqualShare(steady, log([[2, 1, 6]]));
  assert.equal(result.requests.reasons[0], "first-token-outside");
  close(result.unattributedJ, 400);
  close(result.idleJ, 600);
});
