import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { parseImageConfig } from "../../lib/scheduling/mod.ts";
import type { RunOf } from "../../scripts/claims/run_of.ts";
import { runOf } from "../../scripts/claims/run_of.ts";
import { type Arm, learnedClaims } from "../../scripts/claims/learned.ts";
import { assumptions, frequencyModes, removals } from "../../scripts/claims/systems.ts";

const path = "datasets/scheduling/hard.yaml";
const config = parseImageConfig(readFileSync(path, "utf8"), path);

const rounded = (value: unknown): string =>
  JSON.stringify(value, (_key, x) => typeof x === "number" ? Number(x.toPrecision(12)) : x);

function arm(label: string, seeds: number[], fraction: number[], missed: number[]): Arm {
  return { label, seeds, fraction, missed, curves: [] };
}

Deno.test("every swept constant has the assumed value among its values, and it changes nothing", () => {
  for (const { constant, values, assumed, at } of assumptions) {
    const own = values.filter((value) => Math.abs(value - assumed(config)) < 1e-12);
    assert.equal(own.length, 1, constant);
    assert.equal(rounded(at(config, own[0]!)), rounded(config), constant);
    for (const value of values) {
      if (value !== own[0]) assert.notDeepEqual(at(config, value), config, `${constant} ${value}`);
    }
  }
});

Deno.test("what is taken away is gone, and the configuration is left as it was", () => {
  const before = JSON.stringify(config);
  const [transfer, steps, renewables, batteries] = removals.map(({ apply }) => apply(config));
  assert.deepEqual(transfer!.transfer.links, []);
  assert.deepEqual(steps!.steps, [30]);
  assert.ok(renewables!.sites.every(({ solarKW, windKW }) => solarKW + windKW === 0));
  assert.ok(batteries!.sites.every(({ battery }) => battery.capacityKWh === 0));
  assert.ok(
    frequencyModes.apply(config).sites.every(({ frequencies }) => frequencies.length === 3),
  );
  assert.equal(JSON.stringify(config), before);
});

Deno.test("a claim is paired by seed, and fewer missed deadlines count as better", () => {
  const claims = learnedClaims([
    arm("sac none", [1, 2], [50, 60], [5, 4]),
    arm("sac diffusion-corrected", [1, 2], [53, 61], [2, 6]),
    arm("sac rnd", [1, 3], [40, 40], [9, 9]),
  ]);
  const of = (name: string) => claims.find(({ claim }) => claim === name)?.differences;
  assert.deepEqual(of("diffusion shaping beats none"), [3, 1]);
  assert.deepEqual(of("diffusion misses fewer deadlines than none"), [3, -2]);
  assert.equal(of("RND beats none"), undefined, "the seeds differ");
});

Deno.test("the results that are shipped are simulated, and of the configurations as they are", () => {
  const folder = "datasets/scheduling/results";
  const check = (run: RunOf): void => assert.deepEqual(runOf(run.config).sha256, run.sha256);
  for (const name of readdirSync(folder)) {
    const document = JSON.parse(readFileSync(`${folder}/${name}`, "utf8"));
    assert.equal(document.simulated, true, name);
    if (name === "claims.json") {
      [document.system, document.assumptions, document.learning].forEach(check);
    } else check(document);
  }
});
