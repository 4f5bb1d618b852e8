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
    name: "mlperf",
    summary: "recompute the official MLPerf Power metric from a run folder",
    load: async () => (await import("./commands/mlperf.ts")).command,
  },
  {
    name: "lint",
    summary: "look for what is wrong with traces and published results",
    load: async () => (await import("./commands/lint.ts")).command,
  },
  {
    name: "datasets",
    summary: "list, pull and verify the registered measurements",
    load: async () => (await import("./commands/datasets.ts")).command,
  },
];
