import assert from "node:assert/strict";
import { REGRESSION } from "../../lib/attribution/mod.ts";
import { attributeRun } from "../../lib/measurement/attribute_run.ts";
import type { RunAttribution } from "../../lib/measurement/run_attribution.ts";
import { createIntegrator, type PowerSeries } from "../../lib/power/mod.ts";
import { ONE_SECOND_SENSOR, requestLog, TENTH_SENSOR } from "../../lib/requests/mod.ts";
import { type GeneratedRun, generateRun } from "./generated_run.ts";

/** Checks that all parts add up to what the trace holds, and that no request is counted twice. */
function conserves(found: RunAttribution, { run }: GeneratedRun): void {
  const { totalJ } = createIntegrator(run.power[0]!);
  assert.ok(Math.abs(found.totalJ / totalJ - 1) < 1e-12);
  assert.ok(found.conservationError < 1e-9, `${found.conservationError}`);
  const cellsJ = found.cells.reduce((sum, cell) => sum + cell.totalJ, found.outsideJ);
  assert.ok(Math.abs(cellsJ / totalJ - 1) < 1e-9);
  for (const { cell, prefill, decode } of found.cells) {
    let requestsJ = 0;
    for (const row of cell.rows) requestsJ += found.requests.energyJ[row] || 0;
    assert.ok(Math.abs(requestsJ / (prefill.energyJ + decode.energyJ) - 1) < 1e-9, cell.id);
  }
}

/** Prompts that take longer than the sensor needs. */
const LONG_PROMPTS = { median: 24_000, sigma: 0.2, max: 40_000 };

Deno.test("a sweep's energies of prefill and decode are found, serial and batched cells alike", () => {
  for (const sensor of [ONE_SECOND_SENSOR, TENTH_SENSOR]) {
    const generated = generateRun([1, 4, 16], sensor);
    const found = attributeRun(generated.run);
    conserves(found, generated);
    assert.equal(found.idleRule, "unassigned");
    assert.ok(Math.abs(found.idle.idleW - generated.idleW) < 0.2);
    found.cells.forEach(({ prefill, decode, unattributedJ, totalJ }, c) => {
      const truth = generated.truth[c]!;
      assert.ok(Math.abs(prefill.energyJ / truth.prefillJ - 1) < 0.06, `prefill of cell ${c}`);
      assert.ok(Math.abs(decode.energyJ / truth.decodeJ - 1) < 0.01, `decode of cell ${c}`);
      assert.ok(prefill.lowJ < truth.prefillJ && prefill.highJ > truth.prefillJ);
      assert.ok(Math.abs(unattributedJ) < 0.01 * totalJ);
    });
  }
});

Deno.test("prompts that the sensor can follow are measured, not fitted", () => {
  const generated = generateRun([1, 1], TENTH_SENSOR, 1, LONG_PROMPTS);
  const found = attributeRun(generated.run);
  conserves(found, generated);
  assert.equal(found.batched, null);
  found.cells.forEach(({ method, prefill, decode }, c) => {
    const truth = generated.truth[c]!;
    assert.equal(method, "serial");
    for (const [phase, trueJ] of [[prefill, truth.prefillJ], [decode, truth.decodeJ]] as const) {
      assert.ok(Math.abs(phase.energyJ / trueJ - 1) < 0.1, `${phase.energyJ} for ${trueJ}`);
      assert.ok(phase.lowJ < trueJ && phase.highJ > trueJ, "the interval misses");
    }
  });
});

Deno.test("an engine that works at one at a time is known by its answers, and waits cost nothing", () => {
  const { run, truth } = generateRun([1], TENTH_SENSOR, 1, LONG_PROMPTS);
  const log = run.requests!;
  // Two clients: each request was sent when the one before the last had ended.
  const submitS = log.submitS.map((time, i) =>
    i < 2 ? log.submitS[0]! : Math.min(time, log.endS[i - 2]!)
  );
  // One was refused at once while another was served.
  const requests = requestLog({
    ...log,
    submitS: Float64Array.of(...submitS, log.submitS[0]! + 0.5),
    firstTokenS: Float64Array.of(...log.firstTokenS, NaN),
    endS: Float64Array.of(...log.endS, log.submitS[0]! + 0.6),
    inputTokens: Float64Array.of(...log.inputTokens, NaN),
    outputTokens: Float64Array.of(...log.outputTokens, NaN),
    success: Uint8Array.of(...log.success, 0),
    tokenTimes: null,
    ids: [...log.ids!, "001-c1-r1/1/load/refused"],
  });
  const rows = Array.from(requests.submitS.keys());
  const [cell] = run.cells;
  const found = attributeRun({ ...run, requests, cells: [{ ...cell!, requests, rows }] }).cells[0]!;
  assert.equal(found.attributed, log.submitS.length);
  assert.equal(found.method, "one-at-a-time");
  assert.ok(found.prefill.lowJ < truth[0]!.prefillJ && found.prefill.highJ > truth[0]!.prefillJ);
  assert.ok(found.decode.lowJ < truth[0]!.decodeJ && found.decode.highJ > truth[0]!.decodeJ);
});

Deno.test("cells that a slow sensor smears are fitted although they are serial", () => {
  const { run } = generateRun([1], ONE_SECOND_SENSOR);
  assert.equal(attributeRun(run).cells[0]!.method, "regression");
});

Deno.test("equal shares keep idle power in the requests and say so", () => {
  const generated = generateRun([1, 4], TENTH_SENSOR);
  const found = attributeRun(generated.run, { method: "equal-share" });
  conserves(found, generated);
  assert.equal(found.idleRule, "in-requests");
  assert.deepEqual(found.cells.map(({ method }) => method), ["serial", "equal-share"]);
  // Two cells with 5 s of rest either side; the sensor lags by less than a second.
  assert.ok(Math.abs(found.idleJ / (20 * generated.idleW) - 1) < 0.05);
});

Deno.test("idle power by a rule is given to requests whole", () => {
  const { run } = generateRun([4], TENTH_SENSOR);
  const { requests, idleJ } = attributeRun(run, { idleRule: "tokens" });
  const sharedJ = requests.idleJ!.reduce((a, b) => a + b, 0);
  assert.ok(Math.abs(sharedJ / idleJ - 1) < 1e-9);
});

Deno.test("a run that was never at rest gives bounds, not a guess", () => {
  const { run } = generateRun([4], TENTH_SENSOR);
  const [series] = run.power as [PowerSeries & { quantity: "power" }];
  const { loadS, drainedS } = run.cells[0]!;
  const busy = series.timeS.map((t, i) => t > loadS + 1 && t < drainedS - 1 ? i : -1)
    .filter((i) => i >= 0);
  const found = attributeRun({
    ...run,
    power: [{
      ...series,
      timeS: Float64Array.from(busy, (i) => series.timeS[i]!),
      powerW: Float64Array.from(busy, (i) => series.powerW[i]!),
    }],
  });
  assert.equal(found.batched!.kind, "bounds");
  assert.ok(found.warnings.some(({ code }) => code === "idle-unknown"));
  assert.ok(found.conservationError < 1e-9);
});

Deno.test("a method that is named is used for all cells", () => {
  const { run } = generateRun([1, 1], TENTH_SENSOR, 1, LONG_PROMPTS);
  const { cells } = attributeRun(run, { method: REGRESSION });
  assert.deepEqual(cells.map(({ method }) => method), ["regression", "regression"]);
});

Deno.test("power that never rises above idle is said to leave nothing to divide", () => {
  const { run } = generateRun([4], TENTH_SENSOR);
  const [series] = run.power as [PowerSeries & { quantity: "power" }];
  // A hundredth of a watt of noise.
  const powerW = series.timeS.map((_, i) => 65 + (i % 7) / 700);
  const { warnings } = attributeRun({ ...run, power: [{ ...series, powerW }] });
  const said = warnings.find(({ code }) => code === "unexplained-power")!.message;
  assert.match(said, /hardly rises above idle power/);
  assert.doesNotMatch(said, /\d %/);
});

Deno.test("an idle power above the power under load is said to be wrong, not only subtracted", () => {
  const { run } = generateRun([4], TENTH_SENSOR);
  const { totalJ, idle, idleJ } = attributeRun(run);
  const idleW = 1.5 * idle.idleW * totalJ / idleJ;
  const { prefill, warnings, conservationError } = attributeRun(run, { idleW });
  assert.ok(prefill.energyJ < 0 && conservationError < 1e-9);
  const said = warnings.find(({ code }) => code === "below-idle")!.message;
  assert.match(said, /below the idle power of [\d.]+ W.* that was given/);
  assert.ok(!attributeRun(run).warnings.some(({ code }) => code === "below-idle"));
});

Deno.test("a request that failed is counted once among what is left out", () => {
  const { run } = generateRun([4], TENTH_SENSOR);
  const log = run.requests!;
  const lost = <T extends Float64Array>(column: T): T => column.with(3, NaN) as T;
  const requests = requestLog({
    ...log,
    firstTokenS: lost(log.firstTokenS),
    endS: lost(log.endS),
    success: log.success.with(3, 0),
    tokenTimes: null,
  });
  const dropped = [{ reason: "request-failed", count: 1, firstLine: 4 }];
  const [cell] = run.cells;
  const found = attributeRun({ ...run, requests, dropped, cells: [{ ...cell!, requests }] });
  assert.deepEqual(found.dropped, dropped);
  assert.equal(found.cells[0]!.attributed, log.submitS.length - 1);
});

Deno.test("modelled power is said to be modelled, and is not added to what was measured", () => {
  const { run } = generateRun([4], TENTH_SENSOR);
  const [measured] = run.power as [PowerSeries];
  const modelled: PowerSeries = {
    ...measured,
    device: { kind: "cpu", id: "cpu" },
    source: { ...measured.source, basis: "modelled" },
  };
  assert.equal(attributeRun({ ...run, power: [modelled] }).basis, "modelled");
  const both = attributeRun({ ...run, power: [modelled, measured] });
  assert.equal(both.basis, "measured");
  assert.deepEqual(both.devices, ["gpu0"]);
  const chosen = attributeRun({ ...run, power: [modelled, measured] }, { devices: ["cpu"] });
  assert.equal(chosen.basis, "modelled");
  assert.throws(() => attributeRun({ ...run, power: [] }), /no sampler gave readings/);
  assert.throws(() => attributeRun({ ...run, requests: null }), /no request was sent/);
});
