/** Small systems for the scheduling tests. */

import {
  compileModel,
  createHindsight,
  createWorld,
  type Day,
  type DaySource,
  exampleConfig,
  type Hindsight,
  loadSolver,
  parseScheduleConfig,
  type ScheduleConfig,
  type ScheduleModel,
  type Solver,
  type World,
} from "../../lib/scheduling/mod.ts";

/** The example's system with the bursts, crowds and spikes of the hard days. */
export const hardConfig: string = exampleConfig.replace(
  /difficulty:[\s\S]*/,
  `difficulty:
  dayLevelSpread: 0.15
  slotNoise: 0.1
  levels: [0.55, 0.95, 1.6]
  levelRedraw: 0.1
  flashProbability: 0.6
  flashFactor: 3
  flashHours: 1
  priceSpikes: [0, 2]
  spikeFactor: [3, 8]
  spikeHours: [0.5, 2]
`,
);

/** A configuration with everything made from it. */
export interface Setup {
  readonly config: ScheduleConfig;
  readonly model: ScheduleModel;
  readonly world: World;
  readonly hindsight: Hindsight;
  readonly solver: Solver;
}

/** Compiles a configuration text. */
export async function setUp(text: string = exampleConfig): Promise<Setup> {
  const config = parseScheduleConfig(text, "test.yaml");
  const model = compileModel(config);
  const world = createWorld(config);
  const solver = await loadSolver();
  return { config, model, world, solver, hindsight: createHindsight(solver, model, world) };
}

/** A day of constant numbers for a model. */
export function flatDay(model: ScheduleModel, numbers: {
  arrivals: number;
  priceUsdPerKWh: number;
  renewableKWh: number;
}): Day {
  const { slots } = model;
  const n = model.sites.length;
  const fill = (length: number, value: number): Float64Array =>
    new Float64Array(length).fill(value);
  return {
    index: 0,
    arrivals: fill(slots * n * model.classes.length, numbers.arrivals),
    priceUsdPerKWh: fill(slots * n, numbers.priceUsdPerKWh),
    renewableKWh: fill(slots * n, numbers.renewableKWh),
    carbonKgPerKWh: fill(slots * n, 0),
    pue: fill(slots * n, 1.25),
  };
}

/** A source whose every day, past days included, is the same. */
export function oneDay(day: Day): DaySource {
  return { day: () => day, history: (_index, count) => Array.from({ length: count }, () => day) };
}

/** One site with one class and two options, to be varied by a test. */
export function oneSiteModel(change: Partial<ScheduleModel["sites"][number]> = {}): ScheduleModel {
  return {
    slots: 96,
    slotH: 0.25,
    sellFraction: 0.8,
    carbonUsdPerKg: 0,
    transferUsd: new Float64Array(1),
    jobTypes: 1,
    classes: [{ name: "interactive", jobType: 0, share: 1, deadlineSlots: 0, penaltyUsd: 1e-3 }],
    sites: [{
      name: "only",
      capacityS: 9000,
      idleKWh: 1,
      generator: null,
      layout: { first: [0], levels: [2], frequencies: 1, mostLevels: 2 },
      options: [
        {
          jobType: 0,
          steps: 10,
          frequency: "n",
          gpuS: 1,
          dynamicKWh: 1e-4,
          revenueUsd: 6e-5,
          quality: 0.5,
        },
        {
          jobType: 0,
          steps: 30,
          frequency: "n",
          gpuS: 3,
          dynamicKWh: 3e-4,
          revenueUsd: 1e-4,
          quality: 0.9,
        },
      ],
      battery: {
        capacityKWh: 10,
        minimumKWh: 0,
        initialKWh: 0,
        chargeKWh: 2.5,
        dischargeKWh: 2.5,
        chargeEfficiency: 0.9,
        dischargeEfficiency: 0.9,
        wearUsdPerKWh: 0.002,
      },
      ...change,
    }],
  };
}
