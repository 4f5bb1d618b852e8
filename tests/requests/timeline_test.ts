import assert from "node:assert/strict";
import fc from "fast-check";
import { InputError } from "../../lib/errors.ts";
import { observeLog, requestLog, simulateServing } from "../../lib/requests/mod.ts";
import { timeline, withChunks } from "../../lib/requests/timeline.ts";

/** One prompt of 100 tokens, then 10 steps of 100 ms; a second request joins for the last 5. */
const PAIR = requestLog({
  submitS: Float64Array.of(0, 0.5),
  firstTokenS: Float64Array.of(0.1, 0.6),
  endS: Float64Array.of(1.1, 1.1),
  inputTokens: Float64Array.of(100, 40),
  outputTokens: Float64Array.of(11, 6),
});

Deno.test("two overlapping requests: prompts, sequences, steps and context at every instant", () => {
  const line = timeline(PAIR);
  assert.equal(line.promptTokens.at(-1), 140);
  assert.ok(Math.abs(line.decodeTokens.at(-1)! - 15) < 0.1, `${line.decodeTokens.at(-1)} tokens`);
  assert.ok(Math.abs(line.steps.at(-1)! - 11) < 0.6, `${line.steps.at(-1)} steps`);
  const last = line.decoding.length - 1;
  assert.equal(line.decoding[last], 2);
  // 100 + 1 + 5 tokens of the first, 40 + 1 of the second.
  assert.ok(Math.abs(line.contextTokens[last]! - 147) < 0.2, `${line.contextTokens[last]}`);
  assert.ok(line.rateMisfit < 0.01);
});

Deno.test("steps slow down while a prompt is computed, though no token time says so", () => {
  // The first sequence loses three of its steps to the long prompt of the second.
  const log = requestLog({
    submitS: Float64Array.of(0, 1, 0.2),
    firstTokenS: Float64Array.of(0.1, 1.4, 0.4),
    endS: Float64Array.of(2.4, 2.4, 0.9),
    inputTokens: Float64Array.of(10, 4000, 10),
    outputTokens: Float64Array.of(21, 11, 6),
  });
  const line = timeline(log);
  const inWindow = line.stepRate[line.prefillFrom[2]!]!;
  const after = line.stepRate.at(-1)!;
  assert.ok(inWindow < 0.6 * after, `${inWindow} against ${after} steps/s`);
});

Deno.test("the common rate finds the steps of a simulated server to a few per mille", () => {
  const run = simulateServing({
    seed: 12,
    durationS: 40,
    workload: { arrivals: { kind: "poisson", ratePerS: 8 } },
  });
  const [device] = run.devices;
  const line = timeline(observeLog(run.log).log);
  const total = line.decodeTokens.at(-1)!;
  const truth = device!.decoding.reduce((a, b) => a + b, 0);
  assert.ok(Math.abs(total / truth - 1) < 0.003, `${total} of ${truth} tokens`);
  assert.ok(Math.abs(line.steps.at(-1)! / device!.stepS.length - 1) < 0.01);
  const uniform = timeline(observeLog(run.log).log, { rateSource: "uniform" });
  assert.ok(uniform.rateMisfit > 5 * line.rateMisfit);
});

Deno.test("token times give the same totals as counts alone", () => {
  const run = simulateServing({
    seed: 13,
    durationS: 20,
    workload: { arrivals: { kind: "poisson", ratePerS: 6 } },
  });
  const told = timeline(observeLog(run.log, { tokenTimes: true }).log);
  const solved = timeline(observeLog(run.log).log);
  assert.equal(told.rateSource, "token-times");
  assert.equal(solved.rateSource, "common-rate");
  assert.ok(Math.abs(told.steps.at(-1)! / solved.steps.at(-1)! - 1) < 0.01);
});

Deno.test("speculative decoding shows as token counts that no common rate gives", () => {
  const options = {
    seed: 14,
    durationS: 40,
    workload: { arrivals: { kind: "poisson" as const, ratePerS: 10 } },
  };
  const plain = timeline(observeLog(simulateServing(options).log).log);
  const drafted = timeline(
    observeLog(
      simulateServing({ ...options, speculation: { draftTokens: 3, acceptance: [0.1, 0.6] } }).log,
    ).log,
  );
  assert.ok(plain.rateMisfit < 0.005, `${plain.rateMisfit}`);
  assert.ok(drafted.rateMisfit > 0.02, `${drafted.rateMisfit}`);
});

Deno.test("cached prompt tokens are not computed, but are read", () => {
  const { length } = PAIR.submitS;
  const line = timeline({ ...PAIR, cachedTokens: new Float64Array(length).fill(30) });
  assert.equal(line.promptTokens.at(-1), 140 - 60);
  const last = line.decoding.length - 1;
  assert.ok(Math.abs(line.contextTokens[last]! - 147) < 0.2);
});

Deno.test("a device of one phase has only that phase", () => {
  const prefill = timeline(PAIR, { phases: "prefill" });
  assert.equal(prefill.promptTokens.at(-1), 140);
  assert.equal(prefill.decodeTokens.at(-1), 0);
  const decode = timeline(PAIR, { phases: "decode" });
  assert.equal(decode.promptTokens.at(-1), 0);
  assert.ok(decode.decodeTokens.at(-1)! > 14);
});

Deno.test("a smaller limit of tokens in a step leaves less stretch", () => {
  const run = simulateServing({
    seed: 15,
    durationS: 30,
    workload: { arrivals: { kind: "poisson", ratePerS: 4 } },
  });
  const whole = timeline(observeLog(run.log).log);
  const cut = withChunks(whole, 512);
  assert.ok(cut.stretchS.at(-1)! < whole.stretchS.at(-1)!);
  assert.equal(whole.stepRate, cut.stepRate);
});

Deno.test("requests without times or counts are left out and counted", () => {
  const log = requestLog({
    submitS: Float64Array.of(0, 1, 2, 3),
    firstTokenS: Float64Array.of(0.1, NaN, 1.5, 3.2),
    endS: Float64Array.of(0.5, 2, 3, 4),
    inputTokens: Float64Array.of(5, 5, 5, NaN),
    outputTokens: Float64Array.of(5, 5, 5, 5),
  });
  const line = timeline(log);
  assert.equal(line.windows.request.length, 1);
  assert.deepEqual(line.dropped.map(({ reason, count }) => [reason, count]), [
    ["times-missing-or-disordered", 2],
    ["token-counts-missing", 1],
  ]);
});

Deno.test("a log without a single complete request is refused", () => {
  assert.throws(
    () => timeline(requestLog({ submitS: Float64Array.of(0, 1) })),
    (error: unknown) => error instanceof InputError && error.code === "refused",
  );
});

Deno.test("whatever the order and overlap, tokens are neither lost nor made", () => {
  const request = fc.record({
    submit: fc.double({ min: 0, max: 50, noNaN: true }),
    wait: fc.double({ min: 0.001, max: 3, noNaN: true }),
    decode: fc.double({ min: 0.01, max: 20, noNaN: true }),
    input: fc.integer({ min: 1, max: 5000 }),
    output: fc.integer({ min: 2, max: 500 }),
  });
  fc.assert(
    fc.property(fc.array(request, { minLength: 1, maxLength: 30 }), (requests) => {
      const column = (of: (r: (typeof requests)[0]) => number): Float64Array =>
        Float64Array.from(requests, of);
      const line = timeline(requestLog({
        submitS: column((r) => r.submit),
        firstTokenS: column((r) => r.submit + r.wait),
        endS: column((r) => r.submit + r.wait + r.decode),
        inputTokens: column((r) => r.input),
        outputTokens: column((r) => r.output),
      }));
      const input = requests.reduce((total, r) => total + r.input, 0);
      assert.ok(Math.abs(line.promptTokens.at(-1)! - input) < 1e-6 * input);
      for (
        const column of [line.stepRate, line.prefillRate, line.contextTokens, line.stretchRate]
      ) {
        assert.ok(column.every((value) => value >= 0 && Number.isFinite(value)));
      }
      for (let j = 1; j < line.edgesS.length; j++) assert.ok(line.edgesS[j]! > line.edgesS[j - 1]!);
      assert.equal(line.dropped.length, 0);
    }),
    { numRuns: 200, seed: 3 },
  );
});
