/**
 * The claims of the paper on scheduling AIGC work (arXiv 2605.02965), one by one: holds, fails or
 * undecided, with the interval and the smallest effect the test could have seen.
 *
 *     deno run -A scripts/schedule_claims.ts [--learned FOLDER] [--out FILE]
 *
 * What parts of the system add, and what the assumed constants do, is played on
 * datasets/scheduling/hard.yaml with five seeds of arrivals and disturbances. FOLDER is the results
 * folder of datasets/scheduling/claims.yaml (joulebook schedule --out), for the claims on learning.
 * FILE takes everything the claims are decided by; what it already holds of the same configuration,
 * days and version is kept, so that the claims on learning can be added later.
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import denoConfig from "../deno.json" with { type: "json" };
import type { ImageConfig } from "../lib/scheduling/config_types.ts";
import { loadSolver, pairedTest, parseImageConfig, type Solver } from "../lib/scheduling/mod.ts";
import type { Claim, ClaimsDocument } from "./claims/document.ts";
import { type Arm, learnedClaims, readArms } from "./claims/learned.ts";
import { cheapPolicies, type Outcome, playSystem } from "./claims/play_system.ts";
import { type RunOf, runOf } from "./claims/run_of.ts";
import { assumptions, frequencyModes, removals } from "./claims/systems.ts";
import { textTable } from "./text_table.ts";

const seeds = [1, 2, 3, 4, 5];
/** Days of the claims on the system, and of the sweeps: days in a row share past optima. */
const systemDays = [5, 38, 71, 104, 137, 170, 186, 203, 236, 269, 302, 335];
const sweepDays = [80, 81];
const systemPath = "datasets/scheduling/hard.yaml";
const learningPath = "datasets/scheduling/claims.yaml";
/** The untrained policy whose utility stands beside the optimum's in claims on the system. */
const judged = "yesterday's mean price";

function systemClaims(solver: Solver, base: ImageConfig): Claim[] {
  const play = (apply: (config: ImageConfig) => ImageConfig): Outcome[] =>
    seeds.map((seed) => playSystem(solver, apply({ ...base, seed }), systemDays, [judged]));
  const plain = play((config) => config);
  const gains = (name: string, full: readonly Outcome[], less: readonly Outcome[]): Claim[] =>
    ([["optimum", (o: Outcome) => o.optimumUsd], [
      `untrained ${judged}`,
      (o: Outcome) => o.policyUsd[judged]!,
    ]] as const).map(([who, usd]) => ({
      claim: `utility gained with ${name} (${who})`,
      unit: "%",
      differences: full.map((outcome, i) => 100 * (usd(outcome) / usd(less[i]!) - 1)),
    }));
  return [
    ...removals.flatMap(({ name, apply }) => gains(name, plain, play(apply))),
    ...gains(frequencyModes.name, play(frequencyModes.apply), plain),
    {
      claim: "load runs against price (optimum)",
      unit: "-r",
      differences: plain.map((outcome) => -outcome.loadPrice),
    },
  ];
}

function sweep(solver: Solver, base: ImageConfig): ClaimsDocument["assumptions"]["rows"] {
  const play = (change: (config: ImageConfig) => ImageConfig): Outcome[] =>
    seeds.map((seed) =>
      playSystem(solver, change({ ...base, seed }), sweepDays, Object.keys(cheapPolicies))
    );
  const plain = play((config) => config);
  return assumptions.flatMap(({ constant, unit, values, assumed, at }) =>
    values.map((value) => {
      const own = Math.abs(value - assumed(base)) < 1e-12;
      const outcomes = own ? plain : play((config) => at(config, value));
      return { constant, unit, value, assumed: own, outcomes };
    })
  );
}

/** The parts an earlier run left in a file that are of the same configuration, days and version. */
function keptParts(
  path: string | undefined,
  run: RunOf,
): Partial<Pick<ClaimsDocument, "system" | "assumptions">> {
  if (path === undefined || !existsSync(path)) return {};
  const { version, system, assumptions } = JSON.parse(readFileSync(path, "utf8")) as ClaimsDocument;
  if (version !== denoConfig.version) return {};
  const same = (part: RunOf & { days: readonly number[] }, days: readonly number[]): boolean =>
    part.sha256 === run.sha256 && part.days.join() === days.join();
  return {
    ...(same(system, systemDays) && { system }),
    ...(same(assumptions, sweepDays) && { assumptions }),
  };
}

function claimsTable(claims: readonly Claim[]): string {
  return textTable(
    ["claim", "verdict", "mean effect", "95 % interval", "detectable", "seeds"],
    claims.map(({ claim, unit, differences }) => {
      const { mean, low, high, detectable, count } = pairedTest(differences);
      return [
        claim,
        low > 0 ? "holds" : high < 0 ? "fails" : "undecided",
        `${mean.toFixed(2)} ${unit}`,
        `${low.toFixed(2)} to ${high.toFixed(2)}`,
        detectable.toFixed(2),
        String(count),
      ];
    }),
  );
}

function sweepTable(rows: ClaimsDocument["assumptions"]["rows"]): string {
  const policies = Object.keys(cheapPolicies);
  return textTable(
    ["constant", "value", "steps", "moved %", ...policies.map((name) => `${name} %`)],
    rows.map(({ constant, unit, value, assumed, outcomes }) => {
      const mean = (of: (outcome: Outcome) => number): number =>
        outcomes.reduce((sum, outcome) => sum + of(outcome), 0) / outcomes.length;
      return [
        constant,
        `${value}${unit === null ? "" : ` ${unit}`}${assumed ? " (assumed)" : ""}`,
        mean((o) => o.steps).toFixed(1),
        mean((o) => 100 * o.transferred).toFixed(1),
        ...policies.map((name) => mean((o) => 100 * o.policyUsd[name]! / o.optimumUsd).toFixed(2)),
      ];
    }),
  );
}

function armsTable(arms: readonly Arm[]): string {
  const list = (values: readonly number[]): string => values.map((v) => v.toFixed(1)).join(" ");
  return textTable(
    ["policy", "% of optimum by seed", "missed % by seed"],
    arms.map(({ label, fraction, missed }) => [label, list(fraction), list(missed)]),
  );
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: { learned: { type: "string" }, out: { type: "string" } },
  });
  const print = (text: string): void => {
    Deno.stdout.writeSync(new TextEncoder().encode(text));
  };
  const solver = await loadSolver();
  const base = parseImageConfig(readFileSync(systemPath, "utf8"), systemPath);
  const arms = values.learned === undefined ? null : readArms(values.learned);
  const run = { ...runOf(systemPath), seeds };
  const kept = keptParts(values.out, run);
  const document: ClaimsDocument = {
    about:
      "Simulated by scripts/schedule_claims.ts: what the claims of arXiv 2605.02965 are decided by. Utilities are US dollars a day, fractions and missed jobs percent.",
    simulated: true,
    version: denoConfig.version,
    system: kept.system ??
      { ...run, days: systemDays, claims: systemClaims(solver, base) },
    assumptions: kept.assumptions ?? { ...run, days: sweepDays, rows: sweep(solver, base) },
    learning: arms && { ...runOf(learningPath), arms, claims: learnedClaims(arms) },
  };
  print(`simulated; seeds ${seeds.join(", ")}; days ${systemDays.join(", ")}\n\n`);
  print(claimsTable(document.system.claims));
  print(`\nWhat the assumed constants do; days ${sweepDays.join(", ")}; % of the optimum\n`);
  print(sweepTable(document.assumptions.rows));
  if (document.learning !== null) {
    print(`\n${armsTable(document.learning.arms)}\n${claimsTable(document.learning.claims)}`);
  }
  if (values.out !== undefined) {
    mkdirSync(dirname(values.out), { recursive: true });
    writeFileSync(values.out, JSON.stringify(document, null, 1) + "\n");
  }
}
