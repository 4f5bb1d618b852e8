// deno-lint-ignore-file no-console
/**
 * How fast scheduling is: a day's linear program (target 1.5 s), a dispatch (0.5 ms), environment and
 * update steps a second of soft actor-critic at 64-wide layers and batch 64 (400 on one core), and two
 * seeds in two workers against one (1.15 times).
 */

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
  console.log(`a day's program, first call  ${(performance.now() - first).toFixed(0)} ms`);
  const programs = Array.from({ length: 9 }, (_, i) => {
    const from = performance.now();
    solveDay(solver, model, world.day(10 * i + 5));
    return performance.now() - from;
  });
  console.log(
    `a day's program              ${median(programs).toFixed(0)} ms (slowest ${
      Math.max(...programs).toFixed(0)
    })`,
  );

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
  console.log(
    `a dispatch                   ${median(timings).toFixed(3)} ms (99 % below ${
      timings[Math.floor(0.99 * timings.length)]!.toFixed(3)
    })`,
  );

  trainSeconds("simd", 960);
  const simd = 4800 / median([1, 2, 3].map(() => trainSeconds("simd", 4800)));
  const plain = 960 / trainSeconds("plain", 960);
  console.log(
    `environment and update       ${simd.toFixed(0)} steps/s with SIMD, ${plain.toFixed(0)} plain`,
  );

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
  console.log(`two seeds on two cores       ${median(ratios).toFixed(2)} times one`);
}
