import assert from "node:assert/strict";
import { attributeBatched } from "../../lib/attribution/mod.ts";
import { InputError } from "../../lib/errors.ts";
import { shiftSeries } from "../../lib/power/mod.ts";
import { requestLog } from "../../lib/requests/mod.ts";
import { createRandom } from "../../lib/random.ts";
import { see } from "./generated.ts";

const SEEN = see(60, 8);

function lagErrorMs(offsetS: number, clock: "epoch" | "local" | "elapsed" | "monotonic"): number {
  const series = { ...shiftSeries(SEEN.series, offsetS), clock };
  const { alignment } = attributeBatched(series, SEEN.log);
  return 1000 * (alignment.centreLagS - SEEN.centreLagS - offsetS);
}

Deno.test("a skew of seconds is found to 30 ms", () => {
  for (const offsetS of [-2, 0, 1.7]) assert.ok(Math.abs(lagErrorMs(offsetS, "epoch")) < 30);
});

Deno.test("a wall clock in another zone is found unaided, in quarter hours", () => {
  for (const hours of [-7, 5.75, 14]) {
    assert.ok(Math.abs(lagErrorMs(hours * 3600 + 0.3, "local")) < 30);
  }
});

Deno.test("a clock with an unknown base is found at any offset", () => {
  for (const [offsetS, clock] of [[123456.78, "elapsed"], [-9e6, "monotonic"]] as const) {
    assert.ok(Math.abs(lagErrorMs(offsetS, clock)) < 30);
  }
});

Deno.test("a part of the log is found in a longer trace of the same load", () => {
  const long = see(61, 2, { durationS: 900 });
  const inside = [...long.log.submitS.keys()].filter((i) =>
    long.log.submitS[i]! > 400 && long.log.submitS[i]! < 600
  );
  const pick = (column: Float64Array): Float64Array => Float64Array.from(inside, (i) => column[i]!);
  const part = requestLog({
    submitS: pick(long.log.submitS),
    firstTokenS: pick(long.log.firstTokenS),
    endS: pick(long.log.endS),
    inputTokens: pick(long.log.inputTokens),
    outputTokens: pick(long.log.outputTokens),
  });
  const series = { ...shiftSeries(long.series, -99.5), clock: "monotonic" as const };
  const { alignment } = attributeBatched(series, part, { idleW: 80 });
  assert.ok(Math.abs(alignment.centreLagS - long.centreLagS + 99.5) < 0.05);
});

Deno.test("the drift of a long run is seen, and none where there is none", () => {
  const drifting = see(62, 1, { durationS: 3000, drift: 50e-6 });
  const { alignment } = attributeBatched(drifting.series, drifting.log);
  assert.ok(Math.abs(alignment.drift / 50e-6 - 1) < 0.1, `${alignment.drift}`);
  const steady = see(62, 1, { durationS: 3000 });
  assert.equal(attributeBatched(steady.series, steady.log).alignment.drift, 0);
});

Deno.test("the log of another run is refused, or doubted", () => {
  for (const [seed, ratePerS] of [[63, 2], [64, 8], [65, 8], [66, 16]] as const) {
    const other = see(seed, ratePerS);
    try {
      const { warnings } = attributeBatched(SEEN.series, other.log);
      assert.ok(warnings.some(({ code }) => code === "unexplained-power"));
    } catch (error) {
      assert.ok(error instanceof InputError && /offset/.test(error.message), String(error));
    }
  }
});

Deno.test("a power that has nothing to do with the log is refused", () => {
  const random = createRandom(1);
  const noise = { ...SEEN.series, powerW: SEEN.series.powerW.map(() => 300 + random.normal()) };
  assert.throws(
    () => attributeBatched(noise, SEEN.log),
    (error: unknown) =>
      error instanceof InputError && error.code === "refused" && /offset/.test(error.message),
  );
});

Deno.test("a power that never changes tells no offset", () => {
  const flat = { ...SEEN.series, powerW: SEEN.series.powerW.map(() => 300) };
  assert.throws(() => attributeBatched(flat, SEEN.log), InputError);
});
