/** The claims on learning, from the results folder of `joulebook schedule --out`. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TaskResult } from "../../lib/scheduling/mod.ts";
import type { Claim } from "./document.ts";

/** What the seeds of a policy reached. */
export interface Arm {
  /** The policy. */
  readonly label: string;
  /** Seeds, in order; empty for a policy that draws nothing. */
  readonly seeds: readonly number[];
  /** Utility over the optimum's on the test days, percent, by seed. */
  readonly fraction: readonly number[];
  /** Jobs that missed their deadline, percent, by seed. */
  readonly missed: readonly number[];
  /** Learning curve of each seed: environment steps and percent of the optimum on validation days. */
  readonly curves: readonly (readonly (readonly [number, number])[])[];
}

/** Reads what a folder holds. */
export function readArms(folder: string): Arm[] {
  const found = new Map<string, TaskResult[]>();
  for (const name of readdirSync(folder).sort()) {
    if (!/^\d\d-.*\.json$/.test(name)) continue;
    const { result } = JSON.parse(readFileSync(join(folder, name), "utf8")) as {
      result: TaskResult;
    };
    found.set(result.label, [...found.get(result.label) ?? [], result]);
  }
  const round = (x: number): number => Number(x.toFixed(4));
  const share = (
    result: TaskResult,
    top: (day: TaskResult["days"][number]) => number,
    bottom: (day: TaskResult["days"][number]) => number,
  ): number => {
    const sum = (of: typeof top): number => result.days.reduce((total, day) => total + of(day), 0);
    return round(100 * sum(top) / sum(bottom));
  };
  return [...found].map(([label, runs]) => {
    runs.sort((a, b) => (a.seed ?? 0) - (b.seed ?? 0));
    return {
      label,
      seeds: runs.flatMap((run) => run.seed ?? []),
      fraction: runs.map((run) =>
        share(run, (day) => day.totals.utilityUsd, (day) => day.optimumUsd)
      ),
      missed: runs.map((run) => share(run, (day) => day.totals.violated, (d) => d.totals.arrived)),
      curves: runs.map((run) =>
        run.curve.map(({ steps, score }) => [steps, round(100 * score)] as const)
      ),
    };
  });
}

const chosen = "sac diffusion-corrected";
/** Better, worse, and whether on utility or on fewer violations. */
const comparisons: readonly [string, string, string, "fraction" | "missed"][] = [
  ["diffusion shaping beats none", chosen, "sac none", "fraction"],
  ["diffusion as published beats none", "sac diffusion-published", "sac none", "fraction"],
  ["diffusion corrected beats published", chosen, "sac diffusion-published", "fraction"],
  ["diffusion beats a dense network", chosen, "sac dense-network", "fraction"],
  ["diffusion beats a constant bonus", chosen, "sac constant", "fraction"],
  ["diffusion beats noise", chosen, "sac noise", "fraction"],
  ["a dense network beats none", "sac dense-network", "sac none", "fraction"],
  ["SAC beats TD3, both with diffusion", chosen, "td3 diffusion-corrected", "fraction"],
  ["diffusion helps TD3", "td3 diffusion-corrected", "td3 none", "fraction"],
  ["potentials beat none", "sac potential", "sac none", "fraction"],
  ["potentials from duals beat none", "sac dual-potential", "sac none", "fraction"],
  ["RND beats none", "sac rnd", "sac none", "fraction"],
  ["SASR beats none", "sac sasr", "sac none", "fraction"],
  ["diffusion misses fewer deadlines than none", chosen, "sac none", "missed"],
  ["diffusion misses fewer than a dense network", chosen, "sac dense-network", "missed"],
  ["SAC misses fewer than TD3, both diffusion", chosen, "td3 diffusion-corrected", "missed"],
  ["eta 0.4 beats 0.1", chosen, `${chosen} eta 0.1`, "fraction"],
  ["eta 0.4 beats 1", chosen, `${chosen} eta 1`, "fraction"],
  ["W 5 beats 3", chosen, `${chosen} denoisingSteps 3`, "fraction"],
  ["W 5 beats 7", chosen, `${chosen} denoisingSteps 7`, "fraction"],
  ["M 64 beats 32", `${chosen} latent 64`, chosen, "fraction"],
  ["M 128 beats 64", `${chosen} latent 128`, `${chosen} latent 64`, "fraction"],
  ["M 128 beats 256", `${chosen} latent 128`, `${chosen} latent 256`, "fraction"],
];

/** The paired differences of every comparison whose two sides have the same two or more seeds. */
export function learnedClaims(arms: readonly Arm[]): Claim[] {
  const byLabel = new Map(arms.map((arm) => [arm.label, arm]));
  return comparisons.flatMap(([claim, better, worse, key]) => {
    const [a, b] = [byLabel.get(better), byLabel.get(worse)];
    if (a === undefined || b === undefined || a.seeds.length < 2) return [];
    if (a.seeds.join() !== b.seeds.join()) return [];
    const sign = key === "missed" ? -1 : 1;
    const differences = a[key].map((value, i) => sign * (value - b[key][i]!));
    return [{ claim, unit: "points", differences }];
  });
}
