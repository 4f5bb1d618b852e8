import {
  accuracy,
  crossConformal,
  type EnergaizerCase,
  energaizerCases,
  evaluateLeaderboard,
  loadLeaderboardRows,
  type Quantities,
} from "@joulebook/joulebook/prediction";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compareHeldOut } from "../../lib/prediction/evaluation/compare.ts";
import { mainOperators } from "../../lib/prediction/main_operators.ts";
import { heldOutFamilies } from "../../lib/prediction/evaluation/energaizer_protocol.ts";
import { mirrorTest } from "../mirror.ts";

function rows(dir: string) {
  const base = join(dir, "prediction/energaizer");
  const folder = join(base, "workloads/all");
  const workloads = new Map(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
  return energaizerCases(readFileSync(join(base, "energaizer_measured.csv"), "utf8"), workloads);
}

function mape(
  scored: readonly { run: EnergaizerCase; predicted: Quantities }[],
  set: string,
): number[] {
  return (["timeS", "powerW", "energyJ"] as const).map((key) =>
    accuracy(
      scored.filter(({ run }) => run.set === set)
        .map(({ run, predicted }) => ({ predicted: predicted[key], measured: run[key] })),
    ).mape
  );
}

mirrorTest("the roofline rule drops the 13 broken rows of EnergAIzer's table", (dir) => {
  const { runs, left } = rows(dir);
  assert.equal(left["faster than the roofline"], 13);
  assert.equal(runs.filter(({ set }) => set === "a100").length, 83);
  assert.equal(runs.filter(({ set }) => set === "a10").length, 69);
  assert.equal(runs.filter(({ set }) => set === "dvfs").length, 163);
});

mirrorTest("held-out families are predicted better than by EnergAIzer in every quantity", (dir) => {
  const { runs } = rows(dir);
  const ours = heldOutFamilies(runs), theirs = compareHeldOut("energaizer", runs);
  for (const set of ["a100", "a10", "dvfs"]) {
    const a = mape(ours, set), b = mape(theirs, set);
    a.forEach((error, i) => assert.ok(error < b[i]!, `${set} ${i}: ${error} against ${b[i]}`));
  }
});

mirrorTest("one run at 900 MHz brings the other clocks within 5.5, 4 and 4.5 %", (dir) => {
  const [latency, power, energy] = mape(
    heldOutFamilies(rows(dir).runs, { oneMeasurement: true }),
    "dvfs",
  );
  assert.ok(latency! < 5.5 && power! < 4 && energy! < 4.5, `${latency} ${power} ${energy}`);
});

mirrorTest("serving rows: intervals of unseen architectures cover 85 to 95 %", (dir) => {
  const path = join(dir, "prediction/ml-energy_leaderboard/ml_energy_v3_configs.csv");
  const { splits } = evaluateLeaderboard(loadLeaderboardRows(readFileSync(path, "utf8")));
  const unseen = splits.find(({ split }) => split.startsWith("architecture"))!;
  for (const { coverage, count } of [unseen.latency, unseen.power, unseen.energy]) {
    assert.ok(coverage >= 0.85 && coverage <= 0.95, String(coverage));
    assert.ok(count > 400);
  }
  assert.ok(unseen.energy.mape < 15.5, String(unseen.energy.mape)); // a ridge reaches 37.6
  const model = splits.find(({ split }) => split.startsWith("model"))!;
  assert.ok(model.energy.mape < 14, String(model.energy.mape));
  // Both ways between Hopper and Blackwell; nothing of the device that is predicted is in the fit.
  const across = (split: string) => splits.find((s) => s.split === `device; ${split}`)!.energy;
  const there = across("h100-sxm-80 to b200-sxm-180");
  assert.ok(there.mape < 23 && there.mdape < 19, `${there.mape} ${there.mdape}`);
  assert.ok(across("b200-sxm-180 to h100-sxm-80").mape < 23.5);
  const parts = ["not held back", "held back: a lesser device is faster"]
    .map((part) => across(`h100-sxm-80 to b200-sxm-180; ${part}`));
  assert.deepEqual(parts.map(({ count }) => count), [71, 35]);
  assert.ok(parts[0]!.mape < 17.5, String(parts[0]!.mape));
});

mirrorTest(
  "intervals of kernel lists cover held-out families, also those with convolutions",
  (dir) => {
    const scored = heldOutFamilies(rows(dir).runs).filter(({ run }) => run.set !== "dvfs");
    for (const key of ["timeS", "powerW"] as const) {
      const pairs = crossConformal(scored.map(({ run, predicted }) => ({
        predicted: predicted[key],
        measured: run[key],
        group: run.family,
        regime: predicted.hostBound ? "host" : "device",
        operators: mainOperators(run.kernels, run.target, run.coreMhz),
      })));
      const pooled = accuracy(pairs).coverage;
      assert.ok(pooled >= 0.85 && pooled <= 0.955, `${key} ${pooled}`);
      for (const family of ["resnet101", "mobilevitmodel"]) {
        const { coverage } = accuracy(pairs.filter(({ group }) => group === family));
        assert.ok(coverage >= 0.85, `${key} of ${family}: ${coverage}`);
      }
    }
  },
);
