import {
  attributeBatched,
  type BatchedAttribution,
  scoreAttribution,
} from "@joulebook/joulebook/attribution";
import type { ServingRun } from "@joulebook/joulebook/requests";
import assert from "node:assert/strict";
import { see } from "./generated.ts";

/** The attribution with energies put in; their intervals reach a fifth up and down. */
function told(
  result: BatchedAttribution,
  prefillJ: Float64Array,
  decodeJ: Float64Array,
): BatchedAttribution {
  const energyJ = prefillJ.map((joules, i) => joules + decodeJ[i]!);
  const sum = (of: Float64Array) => of.reduce((a, b) => a + (Number.isNaN(b) ? 0 : b), 0);
  const interval = (joules: number) => ({
    energyJ: joules,
    lowJ: 0.8 * joules,
    highJ: 1.2 * joules,
  });
  return {
    ...result,
    prefill: interval(sum(prefillJ)),
    decode: interval(sum(decodeJ)),
    requests: {
      ...result.requests,
      energyJ,
      lowJ: energyJ.map((joules) => 0.8 * joules),
      highJ: energyJ.map((joules) => 1.2 * joules),
      prefillJ,
      prefillLowJ: prefillJ.map((joules) => 0.8 * joules),
      prefillHighJ: prefillJ.map((joules) => 1.2 * joules),
      decodeJ,
    },
  };
}

const { run, series, log } = see(11, 4, { durationS: 60 });
const result = attributeBatched(series, log);
const truth = (of: ServingRun, rule: "shapley" | "per-token" = "shapley") => of.truth[rule];

Deno.test("the truth itself has no error, and any interval around it holds it", () => {
  const { prefillJ, decodeJ } = truth(run);
  const score = scoreAttribution(told(result, prefillJ, decodeJ), run);
  assert.deepEqual(
    [score.prefillError, score.decodeError, score.medianError, score.p90Error].map(Math.abs),
    [0, 0, 0, 0],
  );
  assert.deepEqual([score.coverage, score.longCoverage, score.prefillCoverage], [1, 1, 1]);
  assert.ok(score.prefillInside && score.decodeInside);
  assert.ok(Math.abs(score.halfWidth - 0.2) < 1e-12);
});

Deno.test("errors have the sign of too much, and intervals that are too narrow are seen", () => {
  const { prefillJ, decodeJ } = truth(run);
  const score = scoreAttribution(
    told(result, prefillJ.map((joules) => 1.5 * joules), decodeJ.map((joules) => 0.9 * joules)),
    run,
  );
  assert.ok(Math.abs(score.prefillError - 0.5) < 1e-12);
  assert.ok(Math.abs(score.decodeError + 0.1) < 1e-12);
  assert.equal(score.prefillCoverage, 0);
  assert.ok(!score.prefillInside && score.decodeInside);
  assert.ok(Math.abs(score.onePrefillError - 0.5) < 1e-12);
});

Deno.test("a request without an energy is left out on both sides", () => {
  const prefillJ = Float64Array.from(truth(run).prefillJ),
    decodeJ = Float64Array.from(truth(run).decodeJ);
  prefillJ[0] = decodeJ[0] = NaN;
  const score = scoreAttribution(told(result, prefillJ, decodeJ), run);
  assert.equal(score.requests, log.submitS.length - 1);
  assert.equal(score.prefillError, 0);
});

Deno.test("what was kept of the log decides which truth is compared", () => {
  const kept = Uint32Array.from(log.submitS.keys()).reverse();
  const { prefillJ, decodeJ } = truth(run);
  const reversed = told(
    result,
    Float64Array.from(prefillJ).reverse(),
    Float64Array.from(decodeJ).reverse(),
  );
  assert.equal(scoreAttribution(reversed, run, { kept }).medianError, 0);
  assert.ok(scoreAttribution(reversed, run).medianError > 0);
});

Deno.test("the rule of the truth matters by as much as the definitions differ", () => {
  const { prefillJ, decodeJ } = truth(run);
  const own = scoreAttribution(told(result, prefillJ, decodeJ), run, { sharing: "per-token" });
  assert.ok(own.prefillError < -0.05, String(own.prefillError));
});
