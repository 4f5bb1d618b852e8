import {
  amortisation,
  energyMetrics,
  estimate,
  goodputOf,
  goodputPerWatt,
  nodeComposition,
  normalisePerSequence,
  scopeChain,
  waterOf,
} from "@joulebook/joulebook/metrics";
import { requestLog } from "@joulebook/joulebook/requests";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { mirrorTest } from "../mirror.ts";

const joules = fc.double({ min: 0.01, max: 1e4, noNaN: true });
const rows = fc.array(
  fc.record({
    prefill: joules,
    decode: joules,
    input: fc.integer({ min: 1, max: 5000 }),
    output: fc.integer({ min: 1, max: 900 }),
    seconds: fc.double({ min: 0.1, max: 60, noNaN: true }),
  }),
  { minLength: 1, maxLength: 25 },
);
type Row = { prefill: number; decode: number; input: number; output: number; seconds: number };

function metricsOf(list: readonly Row[], energy = 1, tokens = 1) {
  const column = (of: (row: Row) => number) => Float64Array.from(list, of);
  const whole = column((row) => energy * (row.prefill + row.decode));
  return energyMetrics(
    {
      energyJ: whole,
      lowJ: whole.map((j) => 0.9 * j),
      highJ: whole.map((j) => 1.2 * j),
      prefill: { energyJ: column((row) => energy * row.prefill) },
      decode: { energyJ: column((row) => energy * row.decode) },
    },
    requestLog({
      submitS: column(() => 0),
      endS: column((row) => row.seconds),
      inputTokens: column((row) => tokens * row.input),
      outputTokens: column((row) => tokens * row.output),
    }),
  );
}

const close = (a: number | null, b: number): void =>
  assert.ok(a !== null && Math.abs(a - b) <= 1e-9 * Math.abs(b), `${a} is not ${b}`);

Deno.test("energy metrics scale with joules and against tokens", () => {
  fc.assert(fc.property(rows, fc.integer({ min: 2, max: 9 }), (list, k) => {
    const one = metricsOf(list);
    const hot = metricsOf(list, k);
    const long = metricsOf(list, 1, k);
    for (const key of ["perRequest", "perPrompt", "perInputToken", "perOutputToken"] as const) {
      close(hot[key].value, k * one[key].value!);
    }
    close(hot.energyDelayProduct.value, k * one.energyDelayProduct.value!);
    close(hot.outputTokensPerJ.value, one.outputTokensPerJ.value! / k);
    close(long.perInputToken.value, one.perInputToken.value! / k);
    close(long.perRequest.value, one.perRequest.value!);
    close(long.outputTokensPerKwh.value, k * one.outputTokensPerKwh.value!);
  }));
});

Deno.test("per token and per request are the same joules, and phases add up to the whole", () => {
  fc.assert(fc.property(rows, (list) => {
    const { perRequest, perPrompt, perInputToken, perOutputToken, wholePerToken } = metricsOf(list);
    const input = list.reduce((sum, row) => sum + row.input, 0);
    const output = list.reduce((sum, row) => sum + row.output, 0);
    const total = perRequest.value! * list.length;
    close(perInputToken.value! * input + perOutputToken.value! * output, total);
    close(perPrompt.value! * list.length, perInputToken.value! * input);
    close(wholePerToken.value! * (input + output), total);
  }));
});

Deno.test("metrics of two halves, weighed by their requests, are those of the whole", () => {
  fc.assert(fc.property(rows, rows, (a, b) => {
    const sum = (list: Row[]) => metricsOf(list).perRequest.value! * list.length;
    close(metricsOf([...a, ...b]).perRequest.value! * (a.length + b.length), sum(a) + sum(b));
  }));
});

Deno.test("intervals follow their joules: ratios keep them, tokens per joule turn them over", () => {
  const { perRequest, outputTokensPerJ } = metricsOf([
    { prefill: 10, decode: 30, input: 100, output: 20, seconds: 2 },
  ]);
  assert.deepEqual([perRequest.low, perRequest.high], [36, 48]);
  close(outputTokensPerJ.low, 20 / 48);
  close(outputTokensPerJ.high, 20 / 36);
});

Deno.test("requests without joules or counts are left out of both sides and counted", () => {
  const metrics = energyMetrics(
    { energyJ: Float64Array.of(10, NaN, 30, 99) },
    requestLog({
      submitS: new Float64Array(4),
      endS: Float64Array.of(1, 1, 1, 1),
      outputTokens: Float64Array.of(10, 10, NaN, 10),
      success: Uint8Array.of(1, 1, 1, 0),
    }),
  );
  assert.equal(metrics.perRequest.value, 20);
  assert.equal(metrics.wholePerOutputToken.value, 1);
  assert.equal(metrics.failedJ, 99);
  assert.equal(metrics.perRequest.low, null);
  assert.equal(metrics.perComputedInputToken.reason, "no-cache-counts");
  const counts = Object.fromEntries(metrics.dropped.map(({ reason, count }) => [reason, count]));
  assert.deepEqual(
    [
      counts["failed-request"],
      counts["per-request-left-out"],
      counts["whole-per-output-token-left-out"],
    ],
    [1, 1, 2],
  );
});

Deno.test("cached prompt tokens cost no prefill in the computed figure", () => {
  const { perInputToken, perComputedInputToken } = energyMetrics(
    {
      energyJ: Float64Array.of(50),
      prefill: { energyJ: Float64Array.of(20) },
    },
    requestLog({
      submitS: Float64Array.of(0),
      inputTokens: Float64Array.of(1000),
      cachedTokens: Float64Array.of(800),
    }),
  );
  assert.deepEqual([perInputToken.value, perComputedInputToken.value], [0.02, 0.1]);
});

Deno.test("independent errors of many requests average out, common ones do not", () => {
  const n = 100;
  const energy = {
    energyJ: new Float64Array(n).fill(10),
    lowJ: new Float64Array(n).fill(9),
    highJ: new Float64Array(n).fill(11),
  };
  const log = requestLog({ submitS: new Float64Array(n) });
  close(energyMetrics(energy, log).perRequest.high, 11);
  close(energyMetrics(energy, log, { dependence: "independent" }).perRequest.high, 10.1);
});

Deno.test("an interval of the sum goes before the requests' own, also where some are left out", () => {
  const { perRequest, perInputToken } = energyMetrics({
    energyJ: Float64Array.of(10, 30),
    prefill: { energyJ: Float64Array.of(4, 6), sumJ: { lowJ: 9, highJ: 12 } },
  }, requestLog({ submitS: new Float64Array(2), inputTokens: Float64Array.of(200, NaN) }));
  assert.equal(perRequest.low, null);
  close(perInputToken.value, 4 / 200);
  close(perInputToken.low, 0.9 * 4 / 200);
  close(perInputToken.high, 1.2 * 4 / 200);
});

Deno.test("columns of another length than the log are refused", () => {
  assert.throws(
    () =>
      energyMetrics({ energyJ: Float64Array.of(1) }, requestLog({ submitS: new Float64Array(2) })),
    /1 joules, the log 2 requests/,
  );
});

Deno.test("goodput per watt does not depend on how long the run took", () => {
  const log = (k: number) =>
    requestLog({ submitS: Float64Array.of(0, k), endS: Float64Array.of(1, k + 1) });
  for (const k of [1, 50]) {
    const figure = goodputPerWatt(
      goodputOf(log(k), { ttltS: 2 }),
      estimate(500, { low: 400, high: 1000 }),
    );
    assert.deepEqual([figure.value, figure.low, figure.high], [2 / 500, 2 / 1000, 2 / 400]);
  }
});

Deno.test("the scope chain widens at every step and refuses a factor below 1", () => {
  const chain = scopeChain(estimate(100, { low: 95, high: 105 }), {
    nodeFactor: estimate(1.8, { low: 1.7, high: 1.9, basis: "declared" }),
    pue: estimate(1.2, { low: 1.1, high: 1.3, basis: "declared" }),
  });
  const width = ({ low, high, value }: typeof chain.gpu) => (high! - low!) / value!;
  assert.ok(width(chain.gpu) < width(chain.node) && width(chain.node) < width(chain.facility));
  assert.equal(chain.gpu.basis, "measured");
  assert.equal(chain.facility.basis, "declared");
  assert.throws(() => scopeChain(estimate(1), { pue: estimate(0.9) }), /PUE is below 1/);
  assert.equal(scopeChain(estimate(1), {}).facility.reason, "no-node-energy");
  const metered = scopeChain(null, { nodeJ: estimate(50), pue: estimate(1.5) });
  assert.deepEqual([metered.gpu.value, metered.facility.value], [null, 75]);
});

Deno.test("water is left out by its parts, never counted as 0", () => {
  const water = waterOf(estimate(3.6e6), estimate(7.2e6), { siteLPerKwh: estimate(0.5) });
  close(water.site.value, 0.5);
  assert.deepEqual([water.grid.value, water.total.value], [null, null]);
  assert.equal(water.total.reason, "a-part-is-missing");
});

Deno.test("amortisation adds up to the net price over the life", () => {
  const hardware = {
    price: estimate(1000),
    residual: 100,
    count: 3,
    lifeYears: 2,
    currency: "EUR",
  };
  const day = 86_400;
  let total = 0;
  for (let d = 0; d < 730; d++) total += amortisation(hardware, day).value!;
  total += amortisation(hardware, day / 2).value!;
  close(total, 2700);
  assert.throws(() => amortisation(hardware, 800 * day), RangeError);
});

Deno.test("a part that nothing metered is unknown, and components above the node are a fault", () => {
  const { parts, fault } = nodeComposition({ node: estimate(100), gpu: estimate(60) });
  assert.equal(parts.find(({ part }) => part === "cpu")!.energy.value, null);
  assert.equal(parts.find(({ part }) => part === "unattributed")!.energy.value, 40);
  assert.equal(fault, null);
  assert.equal(
    nodeComposition({ node: estimate(100), gpu: estimate(90), cpu: estimate(20) }).fault,
    "components-exceed-node",
  );
});

mirrorTest("TokenPowerBench's nodes leave a quarter of their energy to no component", (dir) => {
  const results = join(dir, "tokenpowerbench/results");
  const ratios: number[] = [];
  const shares: number[] = [];
  for (const file of readdirSync(results).filter((name) => name.includes("_202504"))) {
    const models = JSON.parse(readFileSync(join(results, file), "utf8")) as Record<
      string,
      Record<string, number>[]
    >;
    for (const record of Object.values(models).flat()) {
      const { parts } = nodeComposition({
        node: estimate(record["total_energy"]!),
        gpu: estimate(record["gpu_energy"]!),
        cpu: estimate(record["cpu_energy"]!),
        dram: estimate(record["dram_energy"]!),
      });
      ratios.push(record["total_energy"]! / record["gpu_energy"]!);
      shares.push(parts.find(({ part }) => part === "unattributed")!.share!);
    }
  }
  assert.ok(ratios.length > 0);
  // The range that the documentation of the node factor names.
  assert.ok(ratios.every((ratio) => ratio > 1.755 && ratio < 1.865), ratios.join(" "));
  assert.ok(shares.every((share) => share > 0.245 && share < 0.29), shares.join(" "));
});

mirrorTest("ELANA's energies per pass become joules per token of one sequence", (dir) => {
  const [head, ...lines] = readFileSync(join(dir, "elana/elana_tables.csv"), "utf8").trim()
    .split("\n").map((line) => line.split(","));
  const row = lines.find((cells) =>
    cells[0] === "A6000" && cells[1] === "4" && cells[3] === "512" && cells[5] === "Llama-3.1-8B"
  )!;
  const cell = (name: string) => Number(row[head!.indexOf(name)]);
  const { figure, original } = normalisePerSequence({
    value: cell("j_per_request"),
    unit: "J",
    field: "J/Request",
    per: { sequences: cell("batch_size") },
    of: "request",
  });
  assert.equal((figure.value! / cell("gen_len")).toFixed(3), "0.187");
  assert.equal(original.value, 6131.45);
});

Deno.test("published units and batches are normalised, and a batch of none is refused", () => {
  const of = (value: number, unit: string, per: "sequence" | { sequences: number }) =>
    normalisePerSequence({ value, unit, per, field: "energy", of: "request" }).figure.value;
  assert.equal(of(50, "mJ", "sequence"), 0.05);
  assert.equal(of(1, "Wh", { sequences: 1000 }), 3.6);
  assert.throws(() => of(1, "J", { sequences: 0 }), /per a batch of 0/);
  assert.throws(() => of(1, "W", "sequence"), /not a unit of energy/);
});
