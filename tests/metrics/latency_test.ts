import {
  distributionOf,
  goodputOf,
  latenciesOf,
  summariseLatency,
} from "@joulebook/joulebook/metrics";
import { requestLog } from "@joulebook/joulebook/requests";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { mirrorTest } from "../mirror.ts";

Deno.test("percentiles interpolate as numpy's default does", () => {
  // numpy.percentile([1, 2, 4, 8, 16], [0, 10, 50, 90, 99, 100])
  const { percentiles } = distributionOf(Float64Array.of(16, 2, 8, 1, 4), [0, 10, 50, 90, 99, 100]);
  const expected = { p0: 1, p10: 1.4, p50: 4, p90: 12.8, p99: 15.68, p100: 16 };
  for (const [name, value] of Object.entries(expected)) {
    assert.ok(Math.abs(percentiles[name]! - value) < 1e-12, name);
  }
});

Deno.test("an empty column has no percentiles and no mean, not zeros", () => {
  const empty = distributionOf(Float64Array.of(NaN));
  assert.deepEqual(
    [empty.count, empty.mean, empty.sd, empty.percentiles["p50"]],
    [0, null, null, null],
  );
  assert.equal(distributionOf(Float64Array.of(3)).sd, null);
  assert.throws(() => distributionOf(Float64Array.of(1), [101]), RangeError);
});

Deno.test("scaling times scales all latencies, and shifting the clock changes none", () => {
  fc.assert(fc.property(
    fc.array(fc.tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000)), { minLength: 1, maxLength: 20 }),
    fc.integer({ min: -4000, max: 4000 }),
    (rows, shift) => {
      const log = (k: number, by: number) =>
        requestLog({
          submitS: Float64Array.from(rows, ([a]) => k * a + by),
          firstTokenS: Float64Array.from(rows, ([a, b]) => k * (a + b) + by),
          endS: Float64Array.from(rows, ([a, b, c]) => k * (a + b + c) + by),
          outputTokens: Float64Array.from(rows, () => 11),
        });
      const one = latenciesOf(log(1, 0));
      const other = latenciesOf(log(4, shift));
      for (const key of ["ttftS", "tpotS", "ttltS"] as const) {
        one[key].forEach((value, i) => assert.ok(Math.abs(other[key][i]! - 4 * value) < 1e-9));
      }
    },
  ));
});

Deno.test("what has no latency is counted by its reason", () => {
  const log = requestLog({
    submitS: Float64Array.of(0, 1, 2, 3),
    firstTokenS: Float64Array.of(1, 0.5, 3, NaN),
    endS: Float64Array.of(2, 3, 4, 5),
    outputTokens: Float64Array.of(1, 5, 5, 5),
    success: Uint8Array.of(1, 1, 0, 1),
  });
  const { ttftS, tpotS, ttltS, dropped } = latenciesOf(log);
  assert.deepEqual([...ttftS], [1, NaN, NaN, NaN]);
  assert.deepEqual([...tpotS], [NaN, 0.625, NaN, NaN]);
  assert.deepEqual([...ttltS], [2, 2, NaN, 2]);
  assert.deepEqual(
    Object.fromEntries(dropped.map(({ reason, count }) => [reason, count])),
    {
      "tpot-single-token": 1,
      "ttft-runs-backwards": 1,
      "failed-request": 1,
      "ttft-no-times": 1,
      "tpot-no-times": 1,
    },
  );
});

Deno.test("inter-token latencies never span two requests", () => {
  const { itlS } = summariseLatency(requestLog({
    submitS: Float64Array.of(0, 100),
    tokenTimes: {
      offsets: Uint32Array.of(0, 3, 5),
      timeS: Float64Array.of(1, 1.5, 2.5, 101, 101.25),
    },
  }));
  assert.deepEqual([itlS.count, itlS.min, itlS.max], [3, 0.25, 1]);
});

Deno.test("goodput counts what is in time, late and unknown, and never calls the unknown good", () => {
  const log = requestLog({
    submitS: Float64Array.of(0, 0, 0, 0, 0),
    firstTokenS: Float64Array.of(0.5, 0.6, NaN, 0.1, 0.1),
    endS: Float64Array.of(1.5, 1.5, 1.5, 2.1, 10),
    outputTokens: Float64Array.of(11, 11, 11, 1, 11),
    success: Uint8Array.of(1, 1, 1, 1, 0),
  });
  const { good, late, unknown, outputTokens, durationS } = goodputOf(log, {
    ttftS: 0.5,
    tpotS: 0.1,
  });
  assert.deepEqual([good, late, unknown, outputTokens, durationS], [2, 2, 1, 12, 10]);
  assert.throws(() => goodputOf(log, {}), RangeError);
});

mirrorTest("the percentiles of LLMPerf's runs are the ones that it published", (dir) => {
  for (const run of ["anyscale_7b", "bedrock_70b"]) {
    const read = (kind: string) =>
      JSON.parse(readFileSync(join(dir, `traces/llm_bench/llmperf_${kind}_${run}.json`), "utf8"));
    const requests = read("individual") as Record<string, number | null>[];
    const summary = read("summary") as Record<string, number>;
    const column = (name: string) => Float64Array.from(requests, (request) => request[name] ?? NaN);
    const log = requestLog({
      submitS: new Float64Array(requests.length),
      firstTokenS: column("ttft_s"),
      endS: column("end_to_end_latency_s"),
      success: Uint8Array.from(requests, (request) => request["error_code"] === null ? 1 : 0),
    });
    const { ttftS, ttltS } = summariseLatency(log, [25, 50, 75, 90, 95, 99]);
    assert.equal(ttftS.count, summary["results_num_completed_requests"]);
    for (const [metric, ours] of [["ttft_s", ttftS], ["end_to_end_latency_s", ttltS]] as const) {
      const all = { ...ours.percentiles, mean: ours.mean, stddev: ours.sd };
      for (const [name, value] of Object.entries(all)) {
        const published = summary[`results_${metric}_${name.replace(/^p/, "quantiles_p")}`]!;
        assert.ok(Math.abs(value! / published - 1) < 1e-9, `${run} ${metric} ${name}`);
      }
    }
  }
});
