import assert from "node:assert/strict";
import fc from "fast-check";
import {
  attributeBatched,
  type BatchedAttribution,
  EQUAL_SHARE,
  OUTPUT_TOKEN_SHARE,
  phasePower,
  REGRESSION,
  REGRESSION_PER_TOKEN,
  tokenWeighted,
  workWeighted,
} from "../../lib/attribution/mod.ts";
import { InputError } from "../../lib/errors.ts";
import { sampledPower, shiftSeries } from "../../lib/power/mod.ts";
import {
  DENSE_PHYSICS,
  MOE_PHYSICS,
  PART_TIME_SENSOR,
  requestLog,
  TENTH_SENSOR,
} from "../../lib/requests/mod.ts";
import { quantile, see, type Seen, sum } from "./generated.ts";

const WORK = workWeighted({
  flopsPerToken: DENSE_PHYSICS.flopsPerToken,
  flopsPerContextToken: DENSE_PHYSICS.flopsPerContextToken,
  weightBytes: DENSE_PHYSICS.weightBytes,
  cacheBytesPerToken: DENSE_PHYSICS.cacheBytesPerToken,
  jPerFlop: 1e-12,
  jPerByte: 100e-12,
});
const METHODS = [
  REGRESSION,
  REGRESSION_PER_TOKEN,
  EQUAL_SHARE,
  OUTPUT_TOKEN_SHARE,
  tokenWeighted(1, 1),
  tokenWeighted(1, 4),
  WORK,
];

/** idle + unattributed + requests = measured, with sums made here. */
function checkConservation(result: BatchedAttribution): void {
  const { requests } = result;
  const parts = result.idleJ + result.unattributedJ + sum(requests.prefillJ) +
    sum(requests.decodeJ);
  assert.ok(
    Math.abs(parts - result.totalJ) <= 1e-9 * result.totalJ,
    `${result.method}: ${parts} J of ${result.totalJ} J`,
  );
  assert.ok(result.conservationError <= 1e-9);
  requests.energyJ.forEach((energyJ, i) => {
    assert.equal(Number.isNaN(energyJ), requests.reasons[i] !== null);
    if (Number.isNaN(energyJ)) return;
    assert.ok(
      Math.abs(energyJ - requests.prefillJ[i]! - requests.decodeJ[i]!) < 1e-9 * energyJ + 1e-12,
    );
  });
}

function errorsOf({ run, kept }: Seen, result: BatchedAttribution): {
  prefill: number;
  decode: number;
  long: number[];
} {
  const { prefillJ, decodeJ } = run.truth.shapley;
  const truth = { prefill: 0, decode: 0 };
  const long: number[] = [];
  kept.forEach((i, k) => {
    truth.prefill += prefillJ[i]!;
    truth.decode += decodeJ[i]!;
    if (run.log.endS[i]! - run.log.submitS[i]! <= 2) return;
    long.push(Math.abs(result.requests.energyJ[k]! / (prefillJ[i]! + decodeJ[i]!) - 1));
  });
  return {
    prefill: sum(result.requests.prefillJ) / truth.prefill - 1,
    decode: sum(result.requests.decodeJ) / truth.decode - 1,
    long,
  };
}

Deno.test("every method conserves energy to 1e-9, on whole and cut traces", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      fc.double({ min: 1, max: 15, noNaN: true }),
      fc.constantFrom(...METHODS),
      fc.constantFrom("unassigned" as const, "time-present" as const, "tokens" as const),
      fc.boolean(),
      (seed, ratePerS, method, idleRule, isCut) => {
        const { series, log } = see(seed, ratePerS, { durationS: 12, marginS: 4 });
        const from = isCut ? 60 : 0;
        const cut = {
          ...series,
          timeS: series.timeS.slice(from),
          powerW: series.powerW.slice(from),
        };
        const result = attributeBatched(cut, log, {
          method,
          idleRule,
          idleW: 80,
          offsetS: -0.4,
        });
        checkConservation(result);
        if (idleRule === "tokens") {
          assert.ok(Math.abs(sum(result.requests.idleJ!) / result.idleJ - 1) < 1e-9);
        } else if (idleRule === "time-present") {
          assert.ok(sum(result.requests.idleJ!) <= result.idleJ * (1 + 1e-9));
        } else assert.equal(result.requests.idleJ, null);
      },
    ),
    { numRuns: 25, seed: 5 },
  );
});

for (const [load, ratePerS] of [[10, 2.7], [60, 16], [90, 24]] as const) {
  Deno.test(`the default is right on a dense model at ${load} % load`, () => {
    const seen = see(31, ratePerS, { offsetS: -1.3 });
    const result = attributeBatched(seen.series, seen.log);
    checkConservation(result);
    const { prefill, decode, long } = errorsOf(seen, result);
    assert.ok(Math.abs(prefill) < 0.05, `prefill ${prefill}`);
    assert.ok(Math.abs(decode) < 0.03, `decode ${decode}`);
    assert.ok(quantile(long, 0.5) < 0.03, `median ${quantile(long, 0.5)}`);
    assert.ok(quantile(long, 0.9) < 0.06, `90th percentile ${quantile(long, 0.9)}`);
    const lag = result.alignment.centreLagS - seen.centreLagS;
    assert.ok(Math.abs(lag) < 0.03, `lag ${lag}`);
    assert.equal(result.alignment.averagingS, 1);
    assert.deepEqual(result.warnings.map(({ code }) => code), []);
  });
}

Deno.test("the naive methods put prefill far from the truth that the default finds", () => {
  const seen = see(32, 12);
  const { prefillJ } = seen.run.truth["per-sequence"];
  const share = (method: typeof REGRESSION): number => {
    const { requests } = attributeBatched(seen.series, seen.log, { method });
    return sum(requests.prefillJ) / sum(prefillJ);
  };
  assert.ok(share(EQUAL_SHARE) < 0.2);
  assert.equal(share(OUTPUT_TOKEN_SHARE), 0);
  assert.ok(Math.abs(share(REGRESSION) - 1) < 0.15);
});

Deno.test("faster sensors are recognised, and prefill comes out within 10 %", () => {
  for (const [sensor, windowS] of [[TENTH_SENSOR, 0.1], [PART_TIME_SENSOR, 0.025]] as const) {
    const seen = see(33, 8, { sensor });
    const result = attributeBatched(seen.series, seen.log);
    assert.ok(result.alignment.windowsS.includes(windowS), `${result.alignment.windowsS}`);
    const { prefill } = errorsOf(seen, result);
    assert.ok(Math.abs(prefill) < 0.1, `prefill ${prefill} at ${windowS} s`);
  }
});

Deno.test("equal share of a constant power: by hand", () => {
  const timeS = Float64Array.from({ length: 121 }, (_, i) => i / 10);
  // Idle at 50 W; 250 W between 2 s and 10 s.
  const powerW = timeS.map((t) => t >= 2 && t <= 10 ? 250 : 50);
  const log = requestLog({
    submitS: Float64Array.of(2, 6),
    firstTokenS: Float64Array.of(3, 6.5),
    endS: Float64Array.of(10, 10),
    inputTokens: Float64Array.of(10, 10),
    outputTokens: Float64Array.of(71, 36),
  });
  const result = attributeBatched(
    sampledPower({ timeS, powerW }, { averagingS: 0.1 }),
    log,
    { method: EQUAL_SHARE, idleW: 50, offsetS: 0.05 },
  );
  // Alone for 4 s, together for 4 s.
  assert.ok(Math.abs(result.requests.energyJ[0]! - (800 + 400)) < 25, `${result.requests.energyJ}`);
  assert.ok(Math.abs(result.requests.energyJ[1]! - 400) < 25);
  checkConservation(result);
});

Deno.test("replicas behind one meter, and phases on devices of their own", () => {
  const two = see(34, 12, { replicas: 2 });
  const replicas = attributeBatched(two.series, two.log);
  checkConservation(replicas);
  assert.equal(replicas.timelines.length, 2);
  assert.ok(Math.abs(errorsOf(two, replicas).prefill) < 0.05);
  const apart = see(35, 8, { placement: "separate" });
  const separate = attributeBatched(apart.series, apart.log, { placement: "separate" });
  checkConservation(separate);
  assert.ok(Math.abs(errorsOf(apart, separate).prefill) < 0.05);
  assert.deepEqual(separate.warnings, []);
});

Deno.test("a trace without idle gives bounds that hold the truth, and says why", () => {
  const seen = see(36, 12);
  const from = seen.series.timeS.findIndex((t) => t > 25);
  const to = seen.series.timeS.findIndex((t) => t > 125);
  const busy = {
    ...seen.series,
    timeS: seen.series.timeS.slice(from, to),
    powerW: seen.series.powerW.slice(from, to),
  };
  const result = attributeBatched(busy, seen.log);
  assert.equal(result.kind, "bounds");
  assert.ok(result.warnings.some(({ code }) => code === "idle-unknown"));
  checkConservation(result);
  const { prefillJ, decodeJ } = seen.run.truth.shapley;
  let inside = 0;
  let count = 0;
  result.requests.energyJ.forEach((energyJ, i) => {
    if (Number.isNaN(energyJ)) return;
    const truth = prefillJ[i]! + decodeJ[i]!;
    count++;
    if (result.requests.lowJ[i]! <= truth && truth <= result.requests.highJ[i]!) inside++;
  });
  assert.ok(inside / count > 0.95, `${inside} of ${count}`);
  const given = attributeBatched(busy, seen.log, { idleW: 80 });
  assert.equal(given.kind, "estimate");
});

Deno.test("a missing input is noticed: hidden cache, speculative decoding, unlogged requests", () => {
  const codes = (seen: Seen): string[] =>
    attributeBatched(seen.series, seen.log).warnings.map(({ code }) => code);
  const cache = see(37, 8, { cacheHitShare: 0.4, observe: { cachedTokens: false } });
  assert.ok(codes(cache).includes("prefill-too-fast"));
  const told = see(37, 8, { cacheHitShare: 0.4 });
  assert.deepEqual(codes(told), []);
  const drafted = see(38, 16, { speculation: { draftTokens: 3, acceptance: [0.1, 0.6] } });
  assert.ok(codes(drafted).includes("uneven-steps"));
  const unlogged = see(39, 8, { observe: { missing: 0.1 } });
  assert.ok(codes(unlogged).includes("unexplained-power"));
  const experts = see(40, 5, { physics: MOE_PHYSICS });
  assert.ok(codes(experts).includes("unexplained-power"));
  const late = see(41, 16, { observe: { lateS: 0.01 } });
  assert.ok(codes(late).includes("jittered-times"));
});

Deno.test("token times bring speculative decoding back into reach", () => {
  const speculation = { draftTokens: 3, acceptance: [0.1, 0.6] as const };
  const seen = see(42, 8, { speculation, observe: { tokenTimes: true } });
  const result = attributeBatched(seen.series, seen.log);
  const { decode, long } = errorsOf(seen, result);
  assert.ok(Math.abs(decode) < 0.03, `${decode}`);
  assert.ok(quantile(long, 0.5) < 0.03, `${quantile(long, 0.5)}`);
});

Deno.test("ends that the log lacks are found from the trace, and doubted", () => {
  const seen = see(43, 4, { durationS: 30 });
  const log = { ...seen.log, endS: new Float64Array(seen.log.endS.length).fill(NaN) };
  const result = attributeBatched(seen.series, log);
  assert.ok(result.warnings.some(({ code }) => code === "ends-estimated"));
  checkConservation(result);
  assert.ok(Math.abs(errorsOf(seen, result).decode) < 0.1);
});

Deno.test("nothing of the input is changed", () => {
  const { series, log } = see(44, 5, { durationS: 20 });
  const [powerW, endS] = [series.powerW.slice(), log.endS.slice()];
  attributeBatched(series, log);
  assert.deepEqual(series.powerW, powerW);
  assert.deepEqual(log.endS, endS);
});

Deno.test("a trace of a few readings is refused", () => {
  const { log } = see(45, 5, { durationS: 10 });
  const few = sampledPower({ timeS: Float64Array.of(0, 1), powerW: Float64Array.of(1, 2) });
  assert.throws(
    () => attributeBatched(few, log),
    (error: unknown) => error instanceof InputError && error.code === "refused",
  );
});

Deno.test("intervals of requests hold the truth about nine times in ten", () => {
  let [inside, insidePrefill, count] = [0, 0, 0];
  for (const [seed, ratePerS] of [[46, 3], [47, 8], [48, 16], [49, 24]] as const) {
    const seen = see(seed, ratePerS);
    const { requests } = attributeBatched(seen.series, seen.log);
    const { prefillJ, decodeJ } = seen.run.truth.shapley;
    seen.kept.forEach((i, k) => {
      const truth = prefillJ[i]! + decodeJ[i]!;
      count++;
      if (requests.lowJ[k]! <= truth && truth <= requests.highJ[k]!) inside++;
      if (requests.prefillLowJ[k]! <= prefillJ[i]! && prefillJ[i]! <= requests.prefillHighJ[k]!) {
        insidePrefill++;
      }
    });
  }
  assert.ok(inside / count > 0.85 && inside / count < 0.99, `${inside / count}`);
  assert.ok(
    insidePrefill / count > 0.8 && insidePrefill / count < 0.99,
    `${insidePrefill / count}`,
  );
});

Deno.test("an offset given by the caller is kept but for the sensor's delay", () => {
  const seen = see(50, 8, { offsetS: 100 });
  const moved = shiftSeries(seen.series, 0);
  const result = attributeBatched(moved, seen.log, { offsetS: -100 });
  assert.ok(Math.abs(result.alignment.centreLagS - seen.centreLagS) < 0.03);
  checkConservation(result);
});

Deno.test("power by phase, integrated, is the energy by phase", () => {
  const seen = see(51, 10, { durationS: 60 });
  const result = attributeBatched(seen.series, seen.log);
  const { timeS, idleW, prefillW, decodeW } = phasePower(result);
  const integral = (watts: Float64Array): number =>
    watts.reduce((total, w, i) => {
      const from = i > 0 ? (timeS[i - 1]! + timeS[i]!) / 2 : timeS[i]!;
      const to = i + 1 < timeS.length ? (timeS[i]! + timeS[i + 1]!) / 2 : timeS[i]!;
      return total + w * (to - from);
    }, 0);
  assert.ok(Math.abs(integral(prefillW) / result.prefill.energyJ - 1) < 0.01);
  assert.ok(Math.abs(integral(decodeW) / result.decode.energyJ - 1) < 0.01);
  assert.ok(Math.abs(integral(idleW) / result.idleJ - 1) < 0.01);
});
