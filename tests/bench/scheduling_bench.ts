// deno-lint-ignore-file no-console
/**
 * How fast scheduling is, each figure beside its target: a day's linear program, a dispatch, environment
 * and update steps a second of soft actor-critic at 64-wide layers and batch 64 on one core, two seeds in
 * two workers against one, and the shipped small configurations from the shell.
 */

import { fileURLToPath } from "node:url";

import {
  compileModel,
  constantPolicy,
  createArena,
  createHindsight,
  createSac,
  createWorld,
  exampleConfig,
  flowLayer,
  loadSolver,
  noShaping,
  parseScheduleConfig,
  runDay,
  scheduleEnvironment,
  shadowLayer,
  solveDay,
  train,
} from "../../lib/scheduling/mod.ts";

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;

/** Prints a figure beside its target; both in the same unit. */
function show(what: string, value: number, unit: string, bound: "<=" | ">=", target: number): void {
  const met = bound === "<=" ? value <= target : value >= target;
  const digits = (x: number): string => x >= 100 ? x.toFixed(0) : x.toPrecision(3);
  console.log(
    `${what.padEnd(44)} ${digits(value).padStart(7)} ${unit.padEnd(7)} ` +
      `(target ${bound === "<=" ? "at most" : "at least"} ${target}: ${met ? "met" : "MISSED"})`,
  );
}

const config = parseScheduleConfig(exampleConfig, "easy.yaml");
const model = compileModel(config);
const world = createWorld(config);
const solver = await loadSolver();
const hindsight = createHindsight(solver, model, world);

/** Seconds of a run of soft actor-critic, without validation. */
function trainSeconds(kernel: "simd" | "plain", steps: number): number {
  const environment = scheduleEnvironment({
    model,
    source: world,
    hindsight,
    layer: flowLayer(model, true),
    days: [30, 31, 32, 33],
  });
  const learner = createSac({
    arena: createArena(16, kernel),
    observationSize: environment.observationSpace.size,
    actionSize: environment.actionSpace.size,
    seed: 1,
    shaper: noShaping(),
    warmUp: 64,
  });
  const from = performance.now();
  train({ learner, environment, budget: steps, chunkEpisodes: 10, seed: 1, validate: () => 0 });
  return (performance.now() - from) / 1000;
}

if (new URL(import.meta.url).hash === "#worker") {
  trainSeconds("simd", 960);
  const seconds = trainSeconds("simd", 4800);
  (self as unknown as { postMessage(seconds: number): void }).postMessage(seconds);
} else {
  const first = performance.now();
  solveDay(solver, model, world.day(1));
  show("a day's linear program, first call", (performance.now() - first) / 1000, "s", "<=", 1.5);
  const programs = Array.from({ length: 9 }, (_, i) => {
    const from = performance.now();
    solveDay(solver, model, world.day(10 * i + 5));
    return (performance.now() - from) / 1000;
  });
  show("a day's linear program, slowest of 9 days", Math.max(...programs), "s", "<=", 1.5);
  show("a day's linear program, median", median(programs), "s", "<=", 1.5);

  const policy = constantPolicy(shadowLayer(model, "mean-price"));
  const layer = shadowLayer(model, "mean-price");
  const timings: number[] = [];
  const timed = {
    ...policy,
    begin: layer.begin,
    decide(view: Parameters<typeof layer.decide>[0]) {
      const from = performance.now();
      const decision = layer.decide(view, new Float64Array(layer.size));
      timings.push(performance.now() - from);
      return decision;
    },
  };
  for (let day = 1; day < 40; day++) runDay(timed, model, world, hindsight, day);
  show("a dispatch, median", median(timings), "ms", "<=", 0.5);
  show("a dispatch, 99th percentile", timings[Math.floor(0.99 * timings.length)]!, "ms", "<=", 0.5);

  trainSeconds("simd", 960);
  const simd = 4800 / median([1, 2, 3].map(() => trainSeconds("simd", 4800)));
  const plain = 960 / trainSeconds("plain", 960);
  show("environment and update steps a second", simd, "steps/s", ">=", 400);
  console.log(`  the same with the plain kernel ${plain.toFixed(0)} steps/s`);

  const inWorkers = async (count: number): Promise<number> => {
    const times = await Promise.all(Array.from({ length: count }, () => {
      const worker = new Worker(new URL(import.meta.url + "#worker"), { type: "module" });
      return new Promise<number>((resolve) => {
        worker.onmessage = ({ data }: MessageEvent<number>): void => {
          worker.terminate();
          resolve(data);
        };
      });
    }));
    return Math.max(...times);
  };
  const ratios: number[] = [];
  for (let i = 0; i < 3; i++) ratios.push(await inWorkers(2) / await inWorkers(1));
  show("two seeds on two cores, over one seed", median(ratios), "times", "<=", 1.15);

  const root = new URL("../../", import.meta.url);
  for (const name of ["small", "llm"]) {
    const from = performance.now();
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "scripts/joulebook.ts", "schedule", `datasets/scheduling/${name}.yaml`],
      cwd: fileURLToPath(root),
      stdout: "null",
      stderr: "null",
    }).output();
    if (!success) throw new Error(`schedule ${name}.yaml failed`);
    const seconds = (performance.now() - from) / 1000;
    show(`schedule datasets/scheduling/${name}.yaml`, seconds, "s", "<=", 120);
  }
}
