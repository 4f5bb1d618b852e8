import assert from "node:assert/strict";
import fc from "fast-check";
import { attributeBatched, REGRESSION } from "../../lib/attribution/mod.ts";
import {
  calibrateStretch,
  divideStretch,
  FitPool,
  type MergedRequest,
  partsOfStretch,
  poolCalibrations,
  type Stretch,
  StretchMerger,
  type StretchSums,
  sumStretch,
} from "../../lib/attribution/partitioned/mod.ts";
import type { Fit } from "../../lib/attribution/fit.ts";
import { placeStretch } from "../../lib/attribution/partitioned/stretch.ts";
import { readingsNear } from "../../lib/attribution/trial.ts";
import { type RequestLog, requestLog } from "../../lib/requests/mod.ts";
import { type PowerSeries, sampledPower, valuesOf } from "../../lib/power/mod.ts";
import { see } from "./generated.ts";

/** Readings with fromS <= t < toS. */
function readings(series: PowerSeries, fromS: number, toS: number): PowerSeries | null {
  const kept = [...series.timeS.keys()].filter((i) =>
    series.timeS[i]! >= fromS && series.timeS[i]! < toS
  );
  if (kept.length === 0) return null;
  const values = valuesOf(series);
  return sampledPower({
    timeS: Float64Array.from(kept, (i) => series.timeS[i]!),
    powerW: Float64Array.from(kept, (i) => values[i]!),
  }, { averagingS: series.averagingS, clock: series.clock });
}

/** Requests that overlap a span. */
function requests(log: RequestLog, fromS: number, toS: number): RequestLog | null {
  const kept = [...log.submitS.keys()].filter((i) => log.submitS[i]! < toS && log.endS[i]! > fromS);
  if (kept.length === 0) return null;
  const pick = (column: Float64Array) => Float64Array.from(kept, (i) => column[i]!);
  return requestLog({
    clock: log.clock,
    submitS: pick(log.submitS),
    firstTokenS: pick(log.firstTokenS),
    endS: pick(log.endS),
    inputTokens: pick(log.inputTokens),
    outputTokens: pick(log.outputTokens),
    ids: kept.map((i) => `r${i}`),
  });
}

/** Stretches between moments, with a margin. */
function cutAt(series: PowerSeries, log: RequestLog, cutsS: readonly number[]): Stretch[] {
  const edges = [-Infinity, ...cutsS, Infinity];
  return edges.slice(1).map((toS, s) => {
    const fromS = edges[s]!;
    return {
      series: readings(series, fromS - 20, toS + 20),
      log: requests(log, fromS - 30, toS + 30),
      fromS,
      toS,
    };
  });
}

function fitOver(sums: readonly StretchSums[]): Fit | null {
  const pool = new FitPool(sums.length);
  for (const one of sums) pool.add(one);
  return pool.solve();
}

function attributeCut(series: PowerSeries, log: RequestLog, cutsS: readonly number[]) {
  const stretches = cutAt(series, log, cutsS);
  const settings = poolCalibrations(stretches.map((s) => calibrateStretch(s)), "gpu0");
  const fit = fitOver(
    stretches.map((s) => sumStretch(s, settings!, partsOfStretch(stretches.length))),
  );
  const merger = new StretchMerger("gpu0");
  const merged: MergedRequest[] = [];
  let errors = 0;
  for (const stretch of stretches) {
    const energies = divideStretch(stretch, settings, REGRESSION, fit);
    const { pieces } = energies;
    const parts = energies.idleJ + energies.unattributedJ +
      pieces.prefillJ.reduce((a, b) => a + b, 0) + pieces.decodeJ.reduce((a, b) => a + b, 0);
    errors = Math.max(errors, Math.abs(parts / energies.totalJ - 1));
    merged.push(...merger.add(energies));
  }
  merged.push(...merger.end());
  return { sums: merger.sums, merged, settings: settings!, fit: fit!, errors };
}

const { series, log } = see(11, 4, { durationS: 240 });

Deno.test("one stretch that is not cut gives what the whole attribution gives", () => {
  const whole = attributeBatched(series, log, { offsetS: 0 });
  const { sums } = attributeCut(series, log, []);
  assert.ok(Math.abs(sums.totalJ / whole.totalJ - 1) < 1e-12);
  assert.ok(Math.abs(sums.idleJ / whole.idleJ - 1) < 1e-9, `${sums.idleJ} ${whole.idleJ}`);
  assert.ok(Math.abs(sums.prefill.energyJ / whole.prefill.energyJ - 1) < 1e-6);
  assert.ok(Math.abs(sums.decode.energyJ / whole.decode.energyJ - 1) < 1e-6);
});

Deno.test("whatever the cuts: parts add up, requests count once, energies agree with the whole", () => {
  const whole = attributeBatched(series, log, { offsetS: 0 });
  const endS = series.timeS.at(-1)!;
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 30, max: endS - 30, noNaN: true }), { minLength: 1, maxLength: 4 }),
      (cuts) => {
        const cutsS = [...cuts].sort((a, b) => a - b).filter((t, i, all) =>
          i === 0 || t - all[i - 1]! > 30
        );
        const { sums, merged, errors } = attributeCut(series, log, cutsS);
        assert.ok(errors < 1e-9, `a stretch adds up to ${errors}`);
        assert.ok(sums.conservationError < 1e-9);
        assert.ok(Math.abs(sums.totalJ / whole.totalJ - 1) < 1e-9);
        const ids = merged.map(({ id }) => id);
        assert.equal(new Set(ids).size, ids.length, "a request is counted twice");
        assert.equal(ids.length, log.submitS.length, "a request is lost");
        assert.ok(Math.abs(sums.prefill.energyJ / whole.prefill.energyJ - 1) < 0.05);
        assert.ok(Math.abs(sums.decode.energyJ / whole.decode.energyJ - 1) < 0.05);
      },
    ),
    { numRuns: 5, seed: 5 },
  );
});

Deno.test("a request over an edge has a piece on either side and one energy", () => {
  const whole = attributeBatched(series, log, { offsetS: 0 });
  const longest = log.endS.reduce(
    (best, _, i) =>
      log.endS[i]! - log.submitS[i]! > log.endS[best]! - log.submitS[best]! ? i : best,
    0,
  );
  const cutS = (log.submitS[longest]! + log.endS[longest]!) / 2;
  const { merged } = attributeCut(series, log, [cutS]);
  const over = merged.filter(({ pieces }) => pieces === 2);
  assert.ok(over.length > 0);
  assert.ok(over.some(({ id }) => id === `r${longest}`));
  for (const request of over) {
    const wholeJ = whole.requests.energyJ[Number(request.id.slice(1))]!;
    assert.ok(Math.abs(request.energyJ / wholeJ - 1) < 0.1, `${request.energyJ} ${wholeJ}`);
    assert.ok(request.lowJ < request.energyJ && request.energyJ < request.highJ);
  }
});

Deno.test("the pooled fit is the fit over all data, wherever the sums are cut", () => {
  const whole: Stretch = { series, log, fromS: -Infinity, toS: Infinity };
  const settings = poolCalibrations([calibrateStretch(whole)], "gpu0")!;
  const all = fitOver([sumStretch(whole, settings, 4)])!;
  const each = Math.round(1 / settings.stepS);
  const { placement, timelines } = placeStretch(whole, settings)!;
  const [first] = readingsNear(placement.centreS, timelines);
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 200 }), { maxLength: 6 }), (blocks) => {
      const cutsS = blocks.sort((a, b) => a - b).map((b) => series.timeS[first + b * each]!);
      const edges = [-Infinity, ...cutsS, Infinity];
      const sums = edges.slice(1).map((toS, s) =>
        sumStretch({ ...whole, fromS: edges[s]!, toS }, settings, 4)
      );
      const pooled = fitOver(sums)!;
      assert.ok(Math.abs(pooled.blocks - all.blocks) <= blocks.length);
      for (let c = 0; c < 5; c++) {
        const apart = Math.abs(pooled.costs[c]! / all.costs[c]! - 1);
        assert.ok(apart < 1e-9, `${c}: ${pooled.costs[c]} ${all.costs[c]}`);
      }
    }),
    { numRuns: 10, seed: 3 },
  );
});
