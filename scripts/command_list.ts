/** The commands; each is loaded only when it is run, so that starting stays quick. */

import type { Command } from "./command.ts";

/** A command that is not loaded yet. */
export interface CommandEntry {
  /** The word after `joulebook`. */
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** Loads it. */
  load(): Promise<Command>;
}

/** All commands, in the order in which a person meets them. */
export const commandList: readonly CommandEntry[] = [
  {
    name: "inspect",
    summary: "say what files hold: format, devices, samples, mean power, what was dropped",
    load: async () => (await import("./commands/inspect.ts")).command,
  },
  {
    name: "attribute",
    summary: "divide the energy of a trace among requests and phases, or among named windows",
    load: async () => (await import("./commands/attribute.ts")).command,
  },
  {
    name: "lint",
    summary: "look for what is wrong with traces and published results",
    load: async () => (await import("./commands/lint.ts")).command,
  },
  {
    name: "mlperf",
    summary: "recompute the official MLPerf Power metric from a run folder",
    load: async () => (await import("./commands/mlperf.ts")).command,
  },
  {
    name: "measure",
    summary: "run a declared benchmark against an endpoint, with power sampled beside it",
    load: async () => (await import("./commands/measure.ts")).command,
  },
  {
    name: "report",
    summary: "one HTML page with figures and tables of a run or an attribution",
    load: async () => (await import("./commands/report.ts")).command,
  },
  {
    name: "profile",
    summary: "size, KV cache, FLOPs and bytes of a language model, in closed form",
    load: async () => (await import("./commands/profile.ts")).command,
  },
  {
    name: "predict",
    summary:
      "time, power and energy of a model on hardware, with intervals; sweeps and their Pareto front",
    load: async () => (await import("./commands/predict.ts")).command,
  },
  {
    name: "replay",
    summary: "a request trace on a model and hardware: latency, power, J per request, GPUs needed",
    load: async () => (await import("./commands/replay.ts")).command,
  },
  {
    name: "evaluate",
    summary: "fit and test predictors on held-out hardware and models of published rows",
    load: async () => (await import("./commands/evaluate.ts")).command,
  },
  {
    name: "forecast",
    summary: "energy, cost and carbon of a traffic mix over months, with what-if comparisons",
    load: async () => (await import("./commands/forecast.ts")).command,
  },
  {
    name: "schedule",
    summary: "run policies in the data-centre simulation, against the optimum",
    load: async () => (await import("./commands/schedule.ts")).command,
  },
  {
    name: "convert",
    summary: "write inputs as a folder of Parquet by device and day, or as one file",
    load: async () => (await import("./commands/convert.ts")).command,
  },
  {
    name: "sql",
    summary: "SQL over folders that convert wrote, larger than memory, by DuckDB",
    load: async () => (await import("./commands/sql.ts")).command,
  },
  {
    name: "datasets",
    summary: "list, pull and verify the registered measurements",
    load: async () => (await import("./commands/datasets.ts")).command,
  },
];
