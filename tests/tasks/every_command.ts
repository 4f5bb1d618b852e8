/** Every command that can be cut into tasks, on inputs that take a moment. */

import { exampleConfig } from "../../lib/scheduling/mod.ts";
import { mirrorDir } from "../mirror.ts";

/** A small experiment for `schedule`. */
export const scheduleText = `${exampleConfig}experiment:
  seeds: [1]
  trainDays: [1]
  validationDays: [2]
  testDays: [15, 16]
  workers: 2
  policies: [{ kind: optimum }, { kind: greedy }, { kind: local }]
`;

/**
 * Command lines, without where to run.
 *
 * @param store A store with power and requests.
 * @param schedule A configuration for `schedule`.
 */
export function commandsOn(store: string, schedule: string): string[][] {
  const model = ["--model", "meta-llama/Llama-3.1-8B"];
  return [
    ["inspect", "datasets/example", "--json"],
    ["lint", "datasets/example", "--json"],
    ["attribute", "--power", store, "--requests", store, "--json"],
    ["predict", "--sweep", ...model, "--hardware", "h100-sxm-80,l4", "--batch", "1,8", "--input"]
      .concat("512", "--output", "64,128", "--json"),
    ["replay", "--requests", "datasets/example/requests.json", ...model, "--hardware"]
      .concat("h100-sxm-80,l4", "--json"),
    ["schedule", schedule, "--json"],
    ...(mirrorDir ? [["evaluate", "--data", mirrorDir, "--set", "elana", "--json"]] : []),
  ];
}
