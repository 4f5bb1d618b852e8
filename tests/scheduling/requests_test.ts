import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { InputError } from "../../lib/errors.ts";
import { findHardware } from "../../lib/hardware/mod.ts";
import { shippedModel } from "../../lib/models/mod.ts";
import { rateFor, type Replay, replay } from "../../lib/prediction/mod.ts";
import { createRandom } from "../../lib/random.ts";
import { requestLog } from "../../lib/requests/mod.ts";
import {
  checkInformation,
  compileModel,
  createSetup,
  createWorld,
  type Day,
  experimentTasks,
  loadSolver,
  mpcPolicy,
  parseScheduleConfig,
  type RequestConfig,
  runDay,
  runTask,
  type ScheduleModel,
  type Serving,
  type ServingPoint,
  servingPoints,
  solveDay,
} from "../../lib/scheduling/mod.ts";
import { requestSample } from "../../lib/scheduling/request_sample.ts";
import { createSimulator, emptyDecision } from "../../lib/scheduling/simulator.ts";
import { mirrorTest } from "../mirror.ts";
import type { CommandIo } from "../../scripts/command.ts";
import { command } from "../../scripts/commands/schedule.ts";
import { readScheduleFiles } from "../../scripts/schedule_files.ts";

const shipped = readFileSync(
  fileURLToPath(new URL("../../datasets/scheduling/llm.yaml", import.meta.url)),
  "utf8",
);

function requests(text: string): RequestConfig {
  const config = parseScheduleConfig(text, "llm.yaml");
  assert.ok(config.jobs === "requests");
  return config;
}

/** The shipped system with small samples, a policy list and few days. */
function small(policies: readonly string[] = ["kind: optimum"]): string {
  return shipped
    .replace(/outputTokens: (\{.*\})\n/g, "outputTokens: $1\n      sample: 80\n")
    .replace(
      /experiment:[\s\S]*/,
      `experiment:
  seeds: [1]
  trainDays: [30, 31]
  validationDays: [60]
  testDays: [100, 101]
  policies:
${policies.map((policy) => `    - { ${policy} }\n`).join("")}`,
    );
}

/** Two sites without batteries, sun or wind, and classes whose requests take what is written here. */
function twoSites(options: {
  readonly transferUsdPerThousand?: number;
  readonly carbonUsdPerTonne?: number;
  readonly deadlineSlots?: number;
  readonly gpus?: readonly [number, number];
  readonly joules: readonly [number, number];
}): ScheduleModel {
  const { gpus = [100, 100] } = options;
  const site = (name: string, count: number): string =>
    `  - name: ${name}
    hardware: h100-sxm-80
    gpus: ${count}
    servers: [{ name: only, model: meta-llama/Llama-3.1-8B, quality: 1 }]
    pue: 1
    battery: { capacityKWh: 0, initialKWh: 0, chargeKW: 0, dischargeKW: 0, chargeEfficiency: 1, dischargeEfficiency: 1, wearUsdPerMWh: 0 }
    solarKW: 0
    windKW: 0
    requestsPerDay: 100000
    utcOffsetH: 0
`;
  const config = requests(`name: hand
jobs: requests
slots: 96
seed: 1
sellFraction: 0.5
carbonUsdPerTonne: ${options.carbonUsdPerTonne ?? 0}
transfer: { usdPerThousand: ${options.transferUsdPerThousand ?? 0} }
classes:
  - name: only
    share: 1
    deadlineSlots: ${options.deadlineSlots ?? 0}
    penaltyUsd: 1
    price: { inputUsdPerMillion: 0, outputUsdPerMillion: 10 }
    requests: { trace: unused.csv }
sites:
${site("here", gpus[0])}${site("there", gpus[1])}year: { source: generated }
difficulty: { dayLevelSpread: 0, slotNoise: 0, levels: [1], levelRedraw: 0, flashProbability: 0, flashFactor: 1, flashHours: 1, priceSpikes: [0, 0], spikeFactor: [1, 1], spikeHours: [1, 1] }
`);
  const point = (j: number): ServingPoint => ({
    site: j,
    server: 0,
    jobClass: 0,
    requests: 100,
    gpuS: 1,
    energyJ: options.joules[j]! + 100,
    requestsPerS: 1,
    meanBatch: 1,
    utilisation: 1,
    ttftS: 0.1,
    tpotS: 0.01,
    stepIntervals: { timeS: 1, powerW: 1, energyJ: 1 },
  });
  const serving: Serving = {
    kind: "modelled",
    points: [point(0), point(1)],
    refused: [],
    classes: [{ inputTokens: 100, outputTokens: 100, origin: "generated", left: [] }],
    idleW: [100, 100], // 1 GPU second of it is in the energy of a request
    warnings: [],
  };
  return compileModel(config, serving);
}

/** A day of random prices and carbon at two sites, and the same requests in every slot. */
function randomDay(seed: number, perSlot: number): Day {
  const random = createRandom(seed);
  const column = (value: () => number): Float64Array => Float64Array.from({ length: 192 }, value);
  return {
    index: 0,
    arrivals: column(() => perSlot),
    priceUsdPerKWh: column(() => 0.02 + 0.1 * random.uniform()),
    renewableKWh: column(() => 0),
    carbonKgPerKWh: column(() => 0.1 + 0.6 * random.uniform()),
    pue: column(() => 1 + random.uniform()),
  };
}

/** Cost of the idle GPUs over a day, US dollars. */
function idleUsd(model: ScheduleModel, day: Day): number {
  let usd = 0;
  for (let i = 0; i < 192; i++) {
    usd += day.pue[i]! * model.sites[i % 2]!.idleKWh *
      (day.priceUsdPerKWh[i]! + model.carbonUsdPerKg * day.carbonKgPerKWh[i]!);
  }
  return usd;
}

/** Energy and carbon of one request at a site in a slot, US dollars. */
function requestUsd(model: ScheduleModel, day: Day, t: number, j: number, joules: number): number {
  const i = 2 * t + j;
  return joules / 3.6e6 * day.pue[i]! *
    (day.priceUsdPerKWh[i]! + model.carbonUsdPerKg * day.carbonKgPerKWh[i]!);
}

const close = (a: number, b: number, tolerance = 1e-9): void =>
  assert.ok(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b)), `${a} against ${b}`);

Deno.test("every request runs where energy, carbon and transfer together cost least", async () => {
  const joules = [900, 1400] as const;
  const model = twoSites({ joules, transferUsdPerThousand: 0.002, carbonUsdPerTonne: 80 });
  const perSlot = 5000;
  const day = randomDay(3, perSlot);
  const best = solveDay(await loadSolver(), model, day);
  let costUsd = idleUsd(model, day);
  let moved = 0;
  for (let t = 0; t < 96; t++) {
    for (let k = 0; k < 2; k++) {
      const at = [0, 1].map((j) =>
        requestUsd(model, day, t, j, joules[j]!) + (j === k ? 0 : 0.002 / 1000)
      );
      const cheapest = at[0]! < at[1]! ? 0 : 1;
      close(best.decisions[t]!.assign[k * 2 + cheapest]!, perSlot);
      costUsd += perSlot * at[cheapest]!;
      if (cheapest !== k) moved += perSlot;
    }
  }
  const requestsUsd = 2 * 96 * perSlot * 100 * 10 / 1e6;
  close(best.utilityUsd, requestsUsd - costUsd);
  close(best.totals.utilityUsd, requestsUsd - costUsd);
  close(best.totals.transferred, moved);
  assert.ok(moved > 0 && moved < 2 * 96 * perSlot);
  assert.equal(best.totals.violated, 0);
});

Deno.test("the cheaper site is filled to its capacity first, the rest goes to the other", async () => {
  const joules = [1000, 1000] as const;
  const model = twoSites({ joules, gpus: [8, 100] }); // 7200 requests a slot fit at the first
  const day = { ...randomDay(4, 6000), pue: new Float64Array(192).fill(1) };
  const best = solveDay(await loadSolver(), model, day);
  let costUsd = idleUsd(model, day);
  for (let t = 0; t < 96; t++) {
    const [here, there] = [0, 1].map((j) => requestUsd(model, day, t, j, 1000)) as [number, number];
    const first = here < there ? 7200 : 0;
    const { assign } = best.decisions[t]!;
    close(assign[0]! + assign[2]!, first, 1e-7);
    costUsd += first * here + (12_000 - first) * there;
  }
  close(best.utilityUsd, 2 * 96 * 6000 * 1e-3 - costUsd);
});

Deno.test("a carbon price sends requests to the cleaner site above the break-even price only", async () => {
  const joules = [1000, 1000] as const;
  const solver = await loadSolver();
  const day = (): Day => {
    const two = (a: number, b: number) =>
      Float64Array.from({ length: 192 }, (_, i) => i % 2 ? b : a);
    return {
      index: 0,
      arrivals: two(1000, 1000),
      priceUsdPerKWh: two(0.03, 0.05),
      renewableKWh: two(0, 0),
      carbonKgPerKWh: two(0.6, 0.2),
      pue: two(1, 1),
    };
  };
  // 0.02 US dollars a kWh dearer, 0.4 kg cleaner: break-even at 50 US dollars a tonne.
  for (const [usd, share] of [[49, 0], [51, 1]] as const) {
    const { totals } = solveDay(solver, twoSites({ joules, carbonUsdPerTonne: usd }), day());
    close(totals.transferred, 96 * 1000);
    const idleKWh = 2 * 100 * 0.1 * 24;
    const workKWh = 2 * 96 * 1000 * 1000 / 3.6e6;
    close(totals.carbonKg, idleKWh / 2 * 0.8 + workKWh * (share === 1 ? 0.2 : 0.6));
  }
});

Deno.test("flexible requests run in the cheapest slot and site before their deadline", async () => {
  const joules = [900, 1400] as const;
  const model = twoSites({ joules, deadlineSlots: 6, gpus: [1000, 1000] });
  const day = randomDay(5, 2000);
  const best = solveDay(await loadSolver(), model, day);
  let costUsd = idleUsd(model, day);
  let shifted = 0;
  for (let t = 0; t < 96; t++) {
    let least = Infinity;
    let when = t;
    for (let s = t; s <= Math.min(95, t + 6); s++) {
      for (let j = 0; j < 2; j++) {
        const usd = requestUsd(model, day, s, j, joules[j]!);
        if (usd < least) [least, when] = [usd, s];
      }
    }
    costUsd += 4000 * least;
    if (when !== t) shifted++;
  }
  close(best.utilityUsd, 2 * 96 * 2000 * 1e-3 - costUsd);
  assert.ok(shifted > 48);
  assert.equal(best.totals.violated, 0);
});

Deno.test("the scheduler charges for requests exactly the joules that their replay took", () => {
  const config = requests(small());
  const serving = servingPoints(config);
  const byHand = new Map<string, Replay>();
  for (const { site, server, jobClass, ...point } of serving.points) {
    const place = config.sites[site]!;
    const { model, precision, tensorParallel } = place.servers[server]!;
    const { requests: source, latency } = config.classes[jobClass]!;
    const { log } = requestSample(source);
    const shape = { tensorParallel, ...(precision !== undefined && { precision }) };
    const hardware = findHardware(place.hardware);
    const run = latency === undefined
      ? replay({ ...log, submitS: new Float64Array(80) }, shippedModel(model), hardware, shape)
      : rateFor(log, shippedModel(model), hardware, {
        ttftS: latency.ttftS! - 0.07,
        tpotS: latency.tpotS!,
      }, shape).run;
    byHand.set(`${site} ${server} ${jobClass}`, run);
    close(point.energyJ * 80, run.energyJ);
    // A site of just this server does all 80 requests in its first slot and idles for the rest of the day.
    const alone = compileModel(
      { ...config, sites: [{ ...place, gpus: tensorParallel, servers: [place.servers[server]!] }] },
      {
        ...serving,
        points: config.classes.map((_, c) => ({
          ...serving.points.find((other) =>
            other.site === site && other.server === server && other.jobClass === c
          )!,
          site: 0,
          server: 0,
        })),
        idleW: [serving.idleW[site]!],
      },
    );
    assert.ok(run.durationS < 900, "the sample fits into a slot");
    const none = (): Float64Array => new Float64Array(96);
    const day: Day = {
      index: 0,
      arrivals: new Float64Array(96 * 2),
      priceUsdPerKWh: none().fill(0.05),
      renewableKWh: none(),
      carbonKgPerKWh: none().fill(0.3),
      pue: none().fill(1.25),
    };
    day.arrivals[jobClass] = 80;
    const simulator = createSimulator(alone, day);
    for (let t = 0; t < 96; t++) {
      const decision = emptyDecision(alone);
      if (t === 0) {
        decision.assign[jobClass] = 80;
        const option = alone.sites[0]!.options.findIndex((item) => item.jobType === jobClass);
        decision.make[0]![option] = 80;
      }
      simulator.play(decision);
    }
    const idleJ = tensorParallel * serving.idleW[site]! * (86_400 - run.durationS);
    close(simulator.totals.siteKWh * 3.6e6 / 1.25, run.energyJ + idleJ);
    close(simulator.totals.carbonKg, simulator.totals.siteKWh * 0.3);
    assert.ok(simulator.totals.balanceError < 1e-9);
  }
  assert.equal(byHand.size, 14);
});

Deno.test("requests spread over twice the servers take more than the scheduler charges", () => {
  // The scheduler packs: the figures of datasets/scheduling/README.md for what that leaves out.
  const config = requests(shipped);
  const { points, idleW } = servingPoints({ ...config, sites: config.sites.slice(0, 1) });
  const point = points.find(({ server, jobClass }) => server === 1 && jobClass === 0)!;
  const { log } = requestSample(config.classes[0]!.requests);
  const model = shippedModel("meta-llama/Llama-3.1-70B");
  const hardware = findHardware("h100-sxm-80");
  const shape = { tensorParallel: 4, precision: "fp8" } as const;
  const { rateScale } = rateFor(log, model, hardware, { ttftS: 0.93, tpotS: 0.05 }, shape);
  const dynamicJ = point.energyJ - idleW[0]! * point.gpuS;
  const excess = [1, 2, 4].map((replicas) => {
    const run = replay(log, model, hardware, { ...shape, replicas, rateScale: rateScale! });
    return run.energyJ / (1000 * dynamicJ + run.devices * idleW[0]! * run.durationS);
  });
  close(excess[0]!, 1);
  assert.ok(excess[1]! > 1.2 && excess[1]! < 1.6 && excess[2]! > excess[1]!);
});

Deno.test("an operating point keeps the latency of its class, and a looser bound costs no more", () => {
  const config = requests(small());
  const { points } = servingPoints(config);
  for (const point of points) {
    const { latency } = config.classes[point.jobClass]!;
    if (latency === undefined) continue;
    assert.ok(point.ttftS + 0.07 <= latency.ttftS! && point.tpotS <= latency.tpotS!);
  }
  const loose = servingPoints(requests(small().replace("tpotS: 0.05", "tpotS: 0.2")));
  points.filter(({ jobClass }) => jobClass === 0).forEach((tight, i) => {
    const other = loose.points.filter(({ jobClass }) => jobClass === 0)[i]!;
    assert.ok(other.energyJ <= tight.energyJ * 1.001, "a looser bound cannot cost more");
  });
});

Deno.test("no policy beats the optimum on days of requests, and every balance holds", async () => {
  const policies = [
    "kind: optimum",
    "kind: untrained, layer: raw",
    "kind: random, layer: repaired",
    "kind: local",
    "kind: cheapest-site",
    "kind: greenest-site",
    "kind: least-loaded",
    "kind: greedy",
    "kind: quantile-battery",
    "kind: untrained, layer: shadow-mean-price",
    "kind: untrained, layer: shadow-hindsight",
    "kind: best-constant, layer: repaired",
    "kind: mpc, forecast: persistence, lookAheadSlots: 8",
    "kind: dqn, budget: 600, width: 16, batch: 16",
    "kind: sac, layer: repaired, budget: 960, width: 16, batch: 16",
    "kind: imitation, layer: repaired",
  ];
  // California has no server for chat: its chat must go elsewhere under every policy.
  const text = small(policies).replace(
    /(hardware: a100-sxm-80[\s\S]*?)- \{ name: 8b.*\n.*\n/,
    "$1- { name: 70b-bf16, model: meta-llama/Llama-3.1-70B, precision: bf16, tensorParallel: 4, quality: 1, maxSequences: 1 }\n",
  ).replace("tpotS: 0.05", "tpotS: 0.02");
  const config = requests(text);
  const serving = servingPoints(config);
  assert.ok(
    serving.refused.some(({ site, jobClass, reason }) =>
      site === 1 && jobClass === 0 && /alone has a TTFT/.test(reason)
    ),
  );
  const solver = await loadSolver();
  const setup = createSetup(config, solver, undefined, serving);
  for (const task of experimentTasks(config.experiment!)) {
    const { days } = runTask(setup, solver, config.experiment!, task);
    for (const { totals, optimumUsd } of days) {
      assert.ok(totals.utilityUsd <= optimumUsd * (1 + 1e-9), `${task.label} beats the optimum`);
      assert.ok(totals.balanceError < 1e-9 && totals.capacityResidual <= 1e-9, task.label);
      close(totals.made + totals.violated, totals.arrived, 1e-6);
    }
  }
  const day = setup.source.day(100);
  const best = setup.hindsight.solve(day);
  best.decisions.forEach(({ assign }) => {
    for (let k = 0; k < 3; k++) assert.equal(assign[k * 6 + 1], 0);
  });
  const perfect = mpcPolicy(solver, { forecast: "perfect", lookAheadSlots: 96 });
  const { utilityUsd } = runDay(perfect, setup.model, setup.source, setup.hindsight, 100);
  close(utilityUsd / best.utilityUsd, 1, 1e-6);
});

Deno.test("policies of requests know no more of the future than they declare", async () => {
  const config = requests(small());
  const model = compileModel(config, servingPoints(config));
  const solver = await loadSolver();
  const policy = mpcPolicy(solver, { forecast: "persistence", lookAheadSlots: 6 });
  const check = checkInformation(policy, model, createWorld(config), solver, 100, 12);
  assert.deepEqual(check, { compared: 12, leakSlot: null });
});

Deno.test("a server that does not suit a class is named with the reason, a class without any refused", () => {
  const reasonOf = (text: string): readonly string[] =>
    servingPoints(requests(text)).refused.map(({ reason }) => reason);
  assert.match(
    reasonOf(small().replace("precision: fp8, tensorParallel: 2", "precision: bf16"))[0]!,
    /weights of meta-llama\/Llama-3\.1-70B do not fit into 1 x h200-sxm-141/,
  );
  const long = small().replaceAll("meta-llama/Llama-3.1-8B", "facebook/opt-6.7b")
    .replace("median: 1500, sigma: 0.8", "median: 3000, sigma: 0.8");
  assert.match(reasonOf(long)[0]!, /\d+ of 80 requests: \d+ longer-than-model/);
  assert.match(
    reasonOf(small().replace("roundTripS: 0.07", "roundTripS: 2"))[0]!,
    /round trip alone misses/,
  );
  const hopeless = requests(small().replace("tpotS: 0.05", "tpotS: 0.001"));
  assert.throws(
    () => compileModel(hopeless, servingPoints(hopeless)),
    (error) =>
      error instanceof InputError && error.code === "refused" &&
      /no site can serve the class "chat".*virginia 8b: a request alone has a TTFT/.test(
        error.message,
      ),
  );
  assert.throws(() => compileModel(hopeless), /predict it with servingPoints/);
});

Deno.test("a faulty configuration of requests is refused with its line", () => {
  const cases: readonly [string, string, RegExp][] = [
    ["jobs: requests", "jobs: videos", /:\d+:1: unknown kind of jobs; expected images or requests/],
    ["tpotS: 0.05", "tpot: 0.05", /unknown key "tpot"/],
    ["    hardware: a100-sxm-80\n", "", /"sites\.1\.hardware" is missing/],
    ["    requestsPerDay: 1200000", "    imagesPerDay: 1200000", /unknown key "imagesPerDay"/],
    [
      "tensorParallel: 2",
      "tensorParallel: 32",
      /takes more GPUs than the site has; expected at most 24/,
    ],
    [
      "{ name: 70b-fp8, model: meta-llama/Llama-3.1-70B, precision: fp8, tensorParallel: 2",
      "{ name: 8b, model: x",
      /"8b" is named twice/,
    ],
    ["      seed: 2\n", "      seed: 2\n      trace: x.csv\n", /from nowhere or from two places/],
    ["max: 2048 }", "max: 8 }", /shortest length is above the longest/],
    [
      "median: 1500, sigma: 0.8, min: 16",
      "median: 1500, sigma: 0.8, min: 99999",
      /shortest length/,
    ],
    ["dailyShape: [0.6, ", "dailyShape: [", /"dailyShape" cannot be used/],
    ["precision: fp8", "precision: fp7", /"sites\.0\.servers\.1\.precision" cannot be used/],
  ];
  for (const [from, to, message] of cases) {
    assert.ok(shipped.includes(from), from);
    let text = shipped.replace(from, to);
    if (/max: 8 /.test(to)) text = text.replace("sigma: 0.6, min: 1,", "sigma: 0.6, min: 9,");
    assert.throws(() => parseScheduleConfig(text, "llm.yaml"), (error) => {
      assert.ok(error instanceof InputError, String(error));
      assert.match(error.message, message);
      assert.ok(error.location.line! >= 1);
      return true;
    }, to);
  }
  const unknown = requests(small().replace("hardware: a100-sxm-80", "hardware: a100"));
  assert.throws(() => servingPoints(unknown), /ambiguous name of hardware/);
});

Deno.test("a sample takes the first usable requests of a log and counts the rest", () => {
  const log = requestLog({
    submitS: Float64Array.from({ length: 20 }, (_, i) => i === 3 ? NaN : 100 - i),
    inputTokens: Float64Array.from({ length: 20 }, (_, i) => i === 5 ? NaN : 10 * (i + 1)),
    outputTokens: Float64Array.from({ length: 20 }, (_, i) => i === 7 ? 0 : 5),
  });
  const sample = requestSample({ trace: "x", seed: 1, sample: 12 }, log);
  assert.equal(sample.log.submitS.length, 12);
  assert.deepEqual([...sample.log.submitS], [...sample.log.submitS].sort((a, b) => a - b));
  assert.equal(sample.log.inputTokens[0], 200); // the earliest is the last row
  assert.equal(sample.origin, "published");
  assert.deepEqual(sample.left, [
    { reason: "no-arrival-time", count: 1 },
    { reason: "no-prompt-tokens", count: 1 },
    { reason: "no-output-tokens", count: 1 },
  ]);
  const none = requestLog({ submitS: new Float64Array(5) });
  assert.throws(
    () => requestSample({ trace: "x", seed: 1, sample: 12 }, none),
    /too few requests.*found "0"/,
  );
  const drawn = requestSample({
    seed: 1,
    sample: 500,
    inputTokens: { median: 100, sigma: 0, min: 1, max: 200 },
    outputTokens: { median: 50, sigma: 0.5, min: 1, max: 200 },
  });
  assert.equal(drawn.inputTokens, 100);
  assert.equal(drawn.origin, "generated");
});

Deno.test("the command shows what requests take, as modelled, and one row a policy", async () => {
  const dir = mkdtempSync(join(tmpdir(), "joulebook-"));
  try {
    const path = join(dir, "small.yaml");
    writeFileSync(path, small(["kind: optimum", "kind: greedy"]).replace("[100, 101]", "[100]"));
    const run = async (...args: string[]): Promise<string> => {
      let printed = "";
      const io: CommandIo = { out: (text) => printed += text, err: () => {}, interactive: false };
      assert.equal(await command.run(args, io), 0);
      return printed;
    };
    const table = await run(path);
    assert.match(
      table,
      /virginia +chat +70b-fp8 +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+ +0\.\d+ +[\d.]+\n/,
    );
    assert.match(table, /texas +batch +8b .* – +–\n/);
    assert.match(table, /are modelled/);
    assert.doesNotMatch(table, / steps /);
    const document = JSON.parse(await run(path, "--json"));
    assert.equal(document.jobs, "requests");
    assert.equal(document.serving.kind, "modelled");
    assert.equal(document.serving.points.length, 14);
    assert.equal(document.serving.points[0].site, "virginia");
    const [best, greedy] = document.policies;
    assert.ok(best.fraction.mean > greedy.fraction.mean && greedy.costs.energyUsd > 0);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

mirrorTest("the Azure trace gives the lengths and arrivals of a class", async (dir) => {
  const path = "traces/request_traces/AzureLLMInferenceTrace_conv.csv";
  const text = small().replace(
    /requests:\n {6}inputTokens: \{ median: 300.*\n.*\n.*\n/,
    `requests: { trace: ${path}, sample: 200 }\n`,
  );
  const config = requests(text);
  const { serving, unchecked } = await readScheduleFiles(config, "llm.yaml", dir);
  assert.deepEqual(unchecked, []);
  assert.equal(serving!.classes[0]!.origin, "published");
  assert.ok(serving!.classes[0]!.inputTokens > 500 && serving!.classes[0]!.outputTokens > 100);
  assert.ok(serving!.points.every((point) => point.gpuS > 0 && point.energyJ > 0));
});
