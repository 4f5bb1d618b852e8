import assert from "node:assert/strict";
import { readInput } from "../../lib/formats/read.ts";
import { mirrorTest } from "../mirror.ts";

const sum = (column: Float64Array): number => column.reduce((total, value) => total + value, 0);

mirrorTest(
  "powertrace-sim's request log gives its token totals and no invented ends",
  async (dir) => {
    const path = `${dir}/traces/phase_gold/powertrace_sim/requests_no_itls.json`;
    const { requests: [log] } = await readInput(path);
    assert.equal(log!.clock, "epoch");
    assert.equal(log!.submitS.length, 200);
    assert.equal(sum(log!.inputTokens), 66356);
    assert.equal(sum(log!.outputTokens), 42672);
    // The copy holds the inter-token latencies of its first request only.
    assert.equal(log!.endS.filter((end) => end === end).length, 1);
    assert.deepEqual(log!.dropped.map(({ reason, count }) => [reason, count]), [
      ["end-not-recorded", 199],
    ]);
  },
);

mirrorTest("a given time per output token derives the ends, and the log says so", async (dir) => {
  const path = `${dir}/traces/phase_gold/powertrace_sim/requests_no_itls.json`;
  const { requests: [log] } = await readInput(path, { tpotS: 0.0123 });
  assert.ok(log!.endS.every((end, i) => end >= log!.firstTokenS[i]!));
  assert.match(log!.endOrigin.rule!, /199 x .*12\.3 ms, .* given by the caller/);
  assert.equal(log!.endS[1], log!.firstTokenS[1]! + 625 * 0.0123);
});

mirrorTest("vLLM summaries are tables, and failed runs lose their zeros", async (dir) => {
  const table = async (name: string) =>
    (await readInput(`${dir}/traces/llm_bench/${name}`)).results[0]!;
  const run = await table("vllm_bench_serve_v0.25.1.json");
  assert.deepEqual(run.columns["mean_tpot_ms"], [11.265828258331112]);
  assert.equal(run.units["mean_tpot_ms"], "ms");
  assert.deepEqual(run.columns["request_rate"], ["inf"]);
  assert.equal((await table("vllm_summary.json")).columns["run_number"]!.length, 2);
  const failed = await table("vllm_bench_serve_all_requests_failed_v0.25.1.json");
  assert.deepEqual(failed.columns["mean_ttft_ms"], [null]);
  assert.deepEqual(failed.columns["failed"], [8]);
  const typo = await readInput(`${dir}/traces/phase_gold/powertrace_sim/validate_summary.json`);
  assert.ok("request_goodput" in typo.results[0]!.columns);
});
