/**
 * The claims of the paper on scheduling AIGC work (arXiv 2605.02965), one by one: holds, fails or
 * undecided, with the interval and the smallest effect the test could have seen.
 *
 *     deno run -A scripts/schedule_claims.ts CONFIG [RESULTS]
 *
 * CONFIG gives the system: what transfers, adaptive steps, frequency modes, renewables and batteries
 * add is measured on it with five seeds of arrivals and disturbances, for the clairvoyant optimum and
 * for the untrained shadow constant. RESULTS is the results folder of datasets/scheduling/claims.yaml
 * (joulebook schedule --out), for the claims on learning.
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ImageConfig } from "../lib/scheduling/config_types.ts";
import {
  constantPolicy,
  createSetup,
  loadSolver,
  type PairedTest,
  pairedTest,
  parseImageConfig,
  runDay,
  shadowLayer,
  type Solver,
  type TaskResult,
} from "../lib/scheduling/mod.ts";
import { textTable } from "./text_table.ts";

const seeds = [1, 2, 3, 4, 5];
const days = [20, 80, 141, 202, 263, 324];

/** Utility a day, US dollars, and more, of a system with a seed. */
interface Outcome {
  readonly optimumUsd: number;
  readonly shadowUsd: number;
  readonly loadPrice: number;
  readonly energyShare: number;
  readonly steps: number;
}

function playSystem(solver: Solver, config: ImageConfig): Outcome {
  const setup = createSetup(config, solver);
  const { model, source, hindsight } = setup;
  const n = model.sites.length;
  const shadow = constantPolicy(shadowLayer(model, "hindsight"));
  let [optimumUsd, shadowUsd, loadPrice, energy, revenue, steps] = [0, 0, 0, 0, 0, 0];
  for (const index of days) {
    const day = source.day(index);
    const best = hindsight.solve(day);
    optimumUsd += best.utilityUsd / days.length;
    const { totals } = best;
    energy += totals.energyUsd + totals.wearUsd - totals.storedUsd;
    revenue += totals.revenueUsd;
    steps += totals.steps / totals.made / days.length;
    shadowUsd += runDay(shadow, model, source, hindsight, index).utilityUsd / days.length;
    const { loadKWh } = hindsight.of(day);
    for (let j = 0; j < n; j++) {
      const at = (column: Float64Array): Float64Array => column.filter((_, i) => i % n === j);
      loadPrice += correlation(at(loadKWh), at(day.priceUsdPerKWh)) / n / days.length;
    }
  }
  return { optimumUsd, shadowUsd, loadPrice, energyShare: energy / revenue, steps };
}

function correlation(x: Float64Array, y: Float64Array): number {
  const mean = (a: Float64Array): number => a.reduce((s, v) => s + v, 0) / a.length;
  const [mx, my] = [mean(x), mean(y)];
  let [xy, xx, yy] = [0, 0, 0];
  x.forEach((v, i) => {
    xy += (v - mx) * (y[i]! - my);
    xx += (v - mx) ** 2;
    yy += (y[i]! - my) ** 2;
  });
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}

function verdict(test: PairedTest): string {
  return test.low > 0 ? "holds" : test.high < 0 ? "fails" : "undecided";
}

function row(claim: string, unit: string, differences: readonly number[]): string[] {
  const test = pairedTest(differences);
  const show = (x: number): string => x.toFixed(2);
  return [
    claim,
    verdict(test),
    `${show(test.mean)} ${unit}`,
    `${show(test.low)} to ${show(test.high)}`,
    show(test.detectable),
    String(test.count),
  ];
}

const head = ["claim", "verdict", "mean effect", "95 % interval", "detectable", "seeds"];

function systemClaims(solver: Solver, base: ImageConfig): string {
  // Power limits of an A40 under a training load (ML.ENERGY Zeus): 200 W against 300 W takes 1.07 of
  // the time at 179 W against 244 W; 150 W takes 1.64 at 144 W.
  const modes = [
    { name: "nominal", timeFactor: 1, energyFactor: 1 },
    { name: "limit-200W", timeFactor: 1.07, energyFactor: 1.07 * 179 / 244 },
    { name: "limit-150W", timeFactor: 1.64, energyFactor: 1.64 * 144 / 244 },
  ];
  const sites =
    (change: (site: ImageConfig["sites"][number]) => ImageConfig["sites"][number]) =>
    (config: ImageConfig): ImageConfig => ({ ...config, sites: config.sites.map(change) });
  const without: readonly [string, (config: ImageConfig) => ImageConfig][] = [
    ["job transfer", (c) => ({ ...c, transfer: { ...c.transfer, links: [] } })],
    ["adaptive steps (against 30 fixed)", (c) => ({ ...c, steps: [30] })],
    ["renewables", sites((site) => ({ ...site, solarKW: 0, windKW: 0 }))],
    [
      "batteries",
      sites((site) => ({
        ...site,
        battery: { ...site.battery, capacityKWh: 0, initialKWh: 0, minimumKWh: 0 },
      })),
    ],
  ];
  const seeded = seeds.map((seed) => ({ ...base, seed }));
  const plain = seeded.map((config) => playSystem(solver, config));
  const tuned = seeded.map((config) =>
    playSystem(solver, sites((site) => ({ ...site, frequencies: modes }))(config))
  );
  const rows: string[][] = [];
  const gain = (name: string, full: readonly Outcome[], less: readonly Outcome[]): void => {
    for (const key of ["optimumUsd", "shadowUsd"] as const) {
      rows.push(row(
        `utility gained with ${name} (${key === "optimumUsd" ? "optimum" : "untrained shadow"})`,
        "%",
        full.map((outcome, i) => 100 * (outcome[key] / less[i]![key] - 1)),
      ));
    }
  };
  for (const [name, change] of without) {
    gain(name, plain, seeded.map((config) => playSystem(solver, change(config))));
  }
  gain("GPU frequency modes", tuned, plain);
  rows.push(row(
    "load runs against price (optimum)",
    "-r",
    plain.map((outcome) => -outcome.loadPrice),
  ));
  const sweep = [0.03, 0.06, 0.12, 0.5, 2].map((usd) => {
    const outcome = playSystem(solver, { ...base, revenueUsdPerThousand: usd });
    return [
      String(usd),
      outcome.steps.toFixed(1),
      (100 * outcome.energyShare).toFixed(1),
      (-outcome.loadPrice).toFixed(3),
      (100 * outcome.shadowUsd / outcome.optimumUsd).toFixed(2),
    ];
  });
  return textTable(head, rows) +
    "\nThe revenue of an image is an assumption; sweep (seed of the configuration):\n" +
    textTable(
      [
        "$ a thousand",
        "steps",
        "energy % of revenue",
        "load-price -r",
        "untrained shadow % of optimum",
      ],
      sweep,
    );
}

/** Fraction of the optimum and share of missed jobs of every seed of a policy. */
interface Arm {
  readonly fraction: readonly number[];
  readonly violated: readonly number[];
}

function readArms(folder: string): Map<string, Arm> {
  const found = new Map<string, Map<number, TaskResult>>();
  for (const name of readdirSync(folder)) {
    if (!/^\d\d-.*\.json$/.test(name)) continue;
    const { result } = JSON.parse(readFileSync(join(folder, name), "utf8")) as {
      result: TaskResult;
    };
    const runs = found.get(result.label) ?? new Map<number, TaskResult>();
    runs.set(result.seed ?? 0, result);
    found.set(result.label, runs);
  }
  const total = (result: TaskResult, value: (day: TaskResult["days"][number]) => number): number =>
    result.days.reduce((sum, day) => sum + value(day), 0);
  return new Map([...found].map(([label, runs]) => {
    const ordered = [...runs].sort((a, b) => a[0] - b[0]).map(([, result]) => result);
    return [label, {
      fraction: ordered.map((r) =>
        100 * total(r, (d) => d.totals.utilityUsd) / total(r, (d) => d.optimumUsd)
      ),
      violated: ordered.map((r) =>
        100 * total(r, (d) => d.totals.violated) / total(r, (d) => d.totals.arrived)
      ),
    }];
  }));
}

const chosen = "sac diffusion-corrected";
/** Better, worse, and whether on utility or on fewer violations. */
const learningClaims: readonly [string, string, string, keyof Arm][] = [
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
  ["diffusion misses fewer deadlines than none", chosen, "sac none", "violated"],
  ["diffusion misses fewer than a dense network", chosen, "sac dense-network", "violated"],
  ["SAC misses fewer than TD3, both diffusion", chosen, "td3 diffusion-corrected", "violated"],
  ["eta 0.4 beats 0.1", chosen, `${chosen} eta 0.1`, "fraction"],
  ["eta 0.4 beats 1", chosen, `${chosen} eta 1`, "fraction"],
  ["W 5 beats 3", chosen, `${chosen} denoisingSteps 3`, "fraction"],
  ["W 5 beats 7", chosen, `${chosen} denoisingSteps 7`, "fraction"],
  ["M 64 beats 32", `${chosen} latent 64`, chosen, "fraction"],
  ["M 128 beats 64", `${chosen} latent 128`, `${chosen} latent 64`, "fraction"],
];

function learnedClaims(folder: string): string {
  const arms = readArms(folder);
  const list = (values: readonly number[]): string => values.map((v) => v.toFixed(1)).join(" ");
  const scores = [...arms].map(([label, arm]) => [label, list(arm.fraction), list(arm.violated)]);
  const rows = learningClaims.flatMap(([claim, better, worse, key]) => {
    const [a, b] = [arms.get(better)?.[key], arms.get(worse)?.[key]];
    if (a === undefined || b === undefined || a.length !== b.length || a.length < 2) return [];
    const sign = key === "violated" ? -1 : 1;
    return [row(claim, "points", a.map((value, i) => sign * (value - b[i]!)))];
  });
  return textTable(["policy", "% of optimum by seed", "missed % by seed"], scores) + "\n" +
    textTable(head, rows);
}

if (import.meta.main) {
  const [path, results] = Deno.args;
  const out = (text: string): void => {
    Deno.stdout.writeSync(new TextEncoder().encode(text));
  };
  if (path === undefined) {
    out("deno run -A scripts/schedule_claims.ts CONFIG [RESULTS]\n");
    Deno.exit(2);
  }
  const config = parseImageConfig(readFileSync(path, "utf8"), path);
  out(`simulated; ${days.length} days, seeds ${seeds.join(", ")}\n\n`);
  out(systemClaims(await loadSolver(), config));
  if (results !== undefined && existsSync(results)) out(`\n${learnedClaims(results)}`);
}
