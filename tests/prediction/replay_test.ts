import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { readInput } from "../../lib/formats/read.ts";
import { findHardware } from "../../lib/hardware/mod.ts";
import {
  modelLoad,
  predictModel,
  rateFor,
  replay,
  replicasFor,
  targetOf,
} from "../../lib/prediction/mod.ts";
import { lengthTables } from "../../lib/prediction/replay/length_tables.ts";
import { serverCost } from "../../lib/prediction/replay/step_cost.ts";
import { shippedModel } from "../../lib/models/mod.ts";
import { requestLog } from "../../lib/requests/mod.ts";
import { createRandom } from "../../lib/random.ts";
import { command } from "../../scripts/commands/replay.ts";
import { mirrorTest } from "../mirror.ts";

const model = shippedModel("meta-llama/Llama-3.1-8B");
const h100 = findHardware("h100-sxm-80"), l4 = findHardware("l4");
const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);

function trace(rows: readonly (readonly [timeS: number, input: number, output: number])[]) {
  return requestLog({
    submitS: Float64Array.from(rows, (row) => 1.7e9 + row[0]),
    inputTokens: Float64Array.from(rows, (row) => row[1]),
    outputTokens: Float64Array.from(rows, (row) => row[2]),
  });
}

function poisson(count: number, ratePerS: number, seed: number) {
  const random = createRandom(seed);
  let timeS = 0;
  return trace(Array.from({ length: count }, () => {
    timeS -= Math.log(1 - random.uniform()) / ratePerS;
    const input = 1 + Math.floor(3000 * random.uniform() ** 2);
    return [timeS, input, 1 + Math.floor(400 * random.uniform() ** 2)] as const;
  }));
}

const arbitraryTrace = fc.array(
  fc.tuple(
    fc.double({ min: 0, max: 20, noNaN: true }),
    fc.integer({ min: 1, max: 6000 }),
    fc.integer({ min: 1, max: 300 }),
  ),
  { minLength: 1, maxLength: 60 },
).map(trace);

Deno.test("a replay conserves tokens and energy, keeps time's order and stays within its cache", () => {
  fc.assert(
    fc.property(
      arbitraryTrace,
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom("round-robin" as const, "least-loaded" as const),
      fc.constantFrom(4, 64),
      (log, replicas, routing, maxSequences) => {
        const run = replay(log, model, l4, {
          replicas,
          routing,
          scheduler: { maxSequences, maxTokens: 512 },
          binS: 0.7,
        });
        assert.equal(run.completed, log.submitS.length);
        assert.equal(sum(run.servers.map((s) => s.promptTokens)), sum(log.inputTokens));
        assert.equal(sum(run.servers.map((s) => s.outputTokens)), sum(log.outputTokens));
        for (let i = 0; i < log.submitS.length; i++) {
          const { submitS, firstTokenS, endS } = run.log;
          assert.ok(firstTokenS[i]! > submitS[i]!, "a first token before its request");
          if (log.outputTokens[i] === 1) assert.equal(endS[i], firstTokenS[i]);
          else assert.ok(endS[i]! > firstTokenS[i]!);
        }
        run.power.forEach(({ intervalJ, durationS }, r) => {
          const integral = sum(intervalJ);
          assert.ok(Math.abs(integral / run.servers[r]!.energyJ - 1) < 1e-9);
          assert.ok(Math.abs(sum(durationS) / run.durationS - 1) < 1e-9);
          intervalJ.forEach((joules, bin) => {
            assert.ok(joules <= l4.tdpW! * durationS[bin]! * (1 + 1e-9), "more power than TDP");
          });
        });
        for (const server of run.servers) {
          assert.ok(server.peakCacheBytes <= run.cacheCapacityBytes);
          assert.ok(server.busyS <= run.durationS * (1 + 1e-12));
        }
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("the same arguments give the same replay, and the trace is not changed", () => {
  const log = poisson(200, 10, 1);
  const before = structuredClone(log);
  assert.deepEqual(
    replay(log, model, h100, { replicas: 2 }),
    replay(log, model, h100, { replicas: 2 }),
  );
  assert.deepEqual(log, before);
});

Deno.test("more replicas do not worsen the 95th percentile of TTFT, or of TPOT, by 2 %", () => {
  const log = poisson(1500, 20, 2);
  for (const routing of ["round-robin", "least-loaded"] as const) {
    let last: number[] = [Infinity, Infinity];
    for (const replicas of [1, 2, 3, 4, 6, 8]) {
      const { latency } = replay(log, model, h100, { replicas, routing });
      const now = [latency.ttftS.percentiles["p95"]!, latency.tpotS.percentiles["p95"]!];
      now.forEach((value, k) => assert.ok(value <= 1.02 * last[k]!, `${routing} ${replicas}`));
      last = now;
    }
  }
});

Deno.test("a request alone takes the time and energy that the predictor gives it", () => {
  for (const tensorParallel of [1, 2]) {
    const run = replay(trace([[0, 1500, 301]]), model, h100, { tensorParallel });
    // The first of the tokens comes from the prompt pass.
    const p = predictModel(model, h100, { inputTokens: 1500, outputTokens: 300, tensorParallel });
    const close = (a: number, b: number) => assert.ok(Math.abs(a / b - 1) < 1e-3, `${a} ${b}`);
    close(run.latency.ttftS.percentiles["p50"]!, p.prefill.timeS);
    close(run.latency.tpotS.percentiles["p50"]!, p.stepS);
    close(run.energyJ, p.request.energyJ);
    assert.equal(run.idleJ, 0);
  }
});

Deno.test("tabulated work is that of the operators, within 0.5 % where a sliding window fills", () => {
  const cases = [
    ["meta-llama/Llama-3.1-8B", 1e-12],
    ["deepseek-ai/DeepSeek-V3", 1e-12],
    ["ai21labs/Jamba-v0.1", 1e-12],
    ["microsoft/Phi-3-mini-4k-instruct", 5e-3],
  ] as const;
  for (const [id, bound] of cases) {
    const own = shippedModel(id);
    const tables = lengthTables(own, 20_000, undefined);
    const random = createRandom(3);
    let worst = 0;
    const compare = (value: number, exact: number) => {
      worst = Math.max(worst, Math.abs(value / exact - 1));
    };
    // Random lengths, and all around the window of 2047 tokens.
    for (let i = 0; i < 200; i++) {
      const length = i < 100
        ? 1 + Math.floor(20_000 * random.uniform() ** 3)
        : 1948 + 2 * (i - 100);
      const decode = modelLoad(own, { phase: "decode", batch: 7, length });
      const prompt = modelLoad(own, { phase: "prefill", batch: 1, length });
      compare(7 * tables.decodeFlops[length]!, decode.decodeFlops);
      compare(7 * tables.decodeBytes[length]!, decode.cacheBytes);
      compare(tables.promptFlops[length]! + tables.headFlops, prompt.prefillFlops);
    }
    assert.ok(worst < bound, `${id}: ${worst}`);
  }
});

Deno.test("a step of generation costs what the predictor says at the batch, also for experts", () => {
  for (const id of ["meta-llama/Llama-3.1-8B", "openai/gpt-oss-20b"]) {
    const own = shippedModel(id);
    for (const device of [h100, findHardware("a100-sxm-80")]) {
      const cost = serverCost(own, device, {
        maxLength: 4096,
        tensorParallel: 1,
        memoryShare: 0.9,
      });
      for (const batch of [1, 16, 200]) {
        const length = 1234;
        const { timeS, powerW } = cost.step({
          decoding: batch,
          prompts: 0,
          promptTokens: 0,
          decodeFlops: batch * cost.tables.decodeFlops[length]!,
          prefillFlops: 0,
          cacheBytes: batch * cost.tables.decodeBytes[length]!,
        });
        const options = { batch, inputTokens: length - 1, outputTokens: 1 };
        const { stepS, decode } = predictModel(own, device, options);
        assert.ok(Math.abs(timeS / stepS - 1) < 2e-3, `${id} ${batch}: ${timeS} ${stepS}`);
        assert.ok(Math.abs(powerW / decode.powerW - 1) < 2e-3);
      }
    }
  }
});

Deno.test("requests that cannot be taken are counted by reason, and those that wait as queued", () => {
  const log = trace([[0, 100, 10], [1, NaN, 10], [2, 100, 0], [3, 200_000, 10], [4, 90_000, 10]]);
  const run = replay(log, model, l4);
  assert.deepEqual(
    Object.fromEntries(run.rejected.map(({ reason, count }) => [reason, count])),
    {
      "no-prompt-tokens": 1,
      "no-output-tokens": 1,
      "longer-than-model": 1,
      "cache-exceeds-memory": 1,
    },
  );
  assert.deepEqual([...run.log.success], [1, 0, 0, 0, 0]);
  const crowd = replay(trace(Array.from({ length: 10 }, () => [0, 10, 5])), model, h100, {
    scheduler: { maxSequences: 4, maxTokens: 64 },
  });
  assert.deepEqual([crowd.queued, crowd.longestQueue], [6, 6]);
});

Deno.test("memory alone limits how many long requests run at once", () => {
  const run = replay(trace(Array.from({ length: 8 }, () => [0, 15_000, 20])), model, l4);
  const each = 131_072 * 15_020;
  assert.ok(run.queued > 0);
  assert.ok(run.servers[0]!.peakCacheBytes + each > run.cacheCapacityBytes); // one more did not fit
});

Deno.test("time between requests costs idle power, and rateScale shortens it", () => {
  const log = trace([[0, 100, 10], [100, 100, 10]]);
  const slow = replay(log, model, h100), fast = replay(log, model, h100, { rateScale: 10 });
  const busyJ = (run: typeof slow) => run.energyJ - run.idleJ;
  assert.ok(Math.abs(busyJ(slow) / busyJ(fast) - 1) < 1e-9);
  const gapS = (slow.durationS - fast.durationS) * targetOf(h100).idleW(targetOf(h100).maxMhz);
  assert.ok(Math.abs((slow.idleJ - fast.idleJ) / gapS - 1) < 1e-6);
});

Deno.test("the fewest replicas meet the target and one fewer misses it", () => {
  const log = poisson(600, 40, 4);
  const target = { ttftS: 0.25, tpotS: 0.02 };
  const { replicas, trials, run } = replicasFor(log, model, h100, target);
  assert.ok(replicas! > 1);
  assert.equal(run.servers.length, replicas);
  assert.ok(run.latency.ttftS.percentiles["p95"]! <= 0.25);
  assert.equal(trials.find((t) => t.replicas === replicas! - 1)!.met, false);
});

Deno.test("a target that a request alone misses is answered with null after one run", () => {
  const search = replicasFor(poisson(50, 1, 5), model, l4, { tpotS: 0.001 });
  assert.equal(search.replicas, null);
  assert.equal(search.trials.length, 1);
  assert.ok(search.unloaded.tpotS > 0.001);
});

Deno.test("weights that do not fit, unusable limits and empty traces are refused with advice", () => {
  const large = shippedModel("meta-llama/Llama-3.1-70B");
  const log = trace([[0, 10, 10]]);
  assert.throws(() => replay(log, large, l4), { code: "refused", message: /do not fit/ });
  assert.throws(
    () => replay(log, model, h100, { scheduler: { maxSequences: 10, maxTokens: 5 } }),
    { code: "bad-option", message: /maxTokens/ },
  );
  assert.throws(() => replay(trace([[0, NaN, 10]]), model, h100), { code: "empty" });
  assert.throws(() => replicasFor(log, model, h100, {}), { code: "bad-option" });
});

Deno.test("replay prints what is modelled, and --json has power over time and the search", async () => {
  const dir = mkdtempSync(join(tmpdir(), "joulebook-"));
  try {
    const file = join(dir, "trace.csv");
    writeFileSync(
      file,
      "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n" +
        "2023-11-16 18:15:50.9951690,396,109\n",
    );
    const run = async (...more: string[]) => {
      let text = "";
      const io = { out: (s: string) => void (text += s), err: () => {}, interactive: false };
      const args = ["--requests", file, "--model", model.id, "--hardware", "l4", ...more];
      assert.equal(await command.run(args, io), 0);
      return text;
    };
    assert.match(await run(), /\(modelled\)[^]*TTFT s[^]*2 answered[^]*warning: .*l4/);
    const json = JSON.parse(await run("--json", "--ttft-target", "1"));
    assert.equal(json.kind, "modelled");
    assert.equal(json.search.replicas, 1);
    assert.ok(Math.abs(sum(json.power[0].intervalJ) / json.energyJ - 1) < 1e-9);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

mirrorTest("the Azure conversation trace is replayed whole on one H100", async (dir) => {
  const path = join(dir, "traces/request_traces/AzureLLMInferenceTrace_conv.csv");
  const log = (await readInput(path)).requests[0]!;
  const run = replay(log, model, h100);
  assert.equal(run.completed, 19_366);
  assert.equal(sum(run.servers.map((s) => s.promptTokens)), sum(log.inputTokens));
  assert.equal(sum(run.servers.map((s) => s.outputTokens)), sum(log.outputTokens));
  assert.ok(Math.abs(sum(run.power[0]!.intervalJ) / run.energyJ - 1) < 1e-9);
  assert.ok(run.servers[0]!.peakCacheBytes < run.cacheCapacityBytes);
});

Deno.test("the highest rate keeps its bounds, one 2 % higher does not, and none is found where none can be", () => {
  const log = poisson(800, 2, 7);
  const target = { ttftS: 0.5, tpotS: 0.03 };
  const { rateScale, run, trials, unloaded } = rateFor(log, model, h100, target);
  const { ttftS, tpotS } = run.latency;
  assert.ok(ttftS.percentiles["p95"]! <= 0.5 && tpotS.percentiles["p95"]! <= 0.03);
  assert.ok(rateScale! > 1 && unloaded.tpotS < 0.03);
  const missed = trials.find((trial) => trial.rateScale > rateScale!)!;
  assert.ok(!missed.met && missed.rateScale <= 1.02 * rateScale!);
  assert.ok(trials.every((trial) => trial.met === (trial.rateScale <= rateScale!)));
  assert.deepEqual(run, replay(log, model, h100, { rateScale: rateScale! }));
  // From a trace that comes too fast the search goes down to the same place.
  const down = rateFor(log, model, h100, target, { rateScale: 1000 });
  assert.ok(Math.abs(down.rateScale! / rateScale! - 1) < 0.03);
  assert.equal(rateFor(log, model, h100, { tpotS: 0.001 }).rateScale, null);
  // Too few requests to overload a server: all at once still keeps a loose bound.
  const short = rateFor(poisson(5, 1, 8), model, h100, { ttftS: 60 });
  assert.ok(short.rateScale! > 1 && short.trials.every((trial) => trial.met));
  assert.throws(() => rateFor(log, model, h100, {}), /latency target cannot be used/);
});
