import assert from "node:assert/strict";
import { attributeWindows, type WindowAttribution } from "../../lib/attribution/windows.ts";
import { placeTrace } from "../../lib/attribution/place.ts";
import { readInput } from "../../lib/formats/read.ts";
import { createIntegrator } from "../../lib/power/integrate.ts";
import { mirrorTest } from "../mirror.ts";

const folder = "traces/phase_gold/grantwilkins";

async function phases(dir: string, run: string, zone: string): Promise<WindowAttribution> {
  const power = await readInput(`${dir}/${folder}/${run}/nvidia-smi.csv`);
  const path = `${dir}/${folder}/${run}/phases.csv`;
  const windows = (await readInput(path)).windows[0]!;
  const placed = placeTrace(power.series, { ...windows, path }, { zone });
  return attributeWindows(createIntegrator(placed.series[0]!), windows);
}

function compare({ windows }: WindowAttribution) {
  const rows = windows.filter(({ energyJ, referenceJ }) => energyJ !== null && referenceJ !== null);
  const sum = (key: "energyJ" | "referenceJ"): number =>
    rows.reduce((total, row) => total + row[key]!, 0);
  const errors = rows.map((row) => Math.abs(row.energyJ! / row.referenceJ! - 1)).sort((a, b) =>
    a - b
  );
  return {
    count: rows.length,
    totalOff: Math.abs(sum("energyJ") / sum("referenceJ") - 1),
    medianOff: errors[errors.length >> 1]!,
    covered: rows.filter((row) => row.referenceJ! >= row.lowJ! && row.referenceJ! <= row.highJ!)
      .length / rows.length,
  };
}

mirrorTest(
  "V100: phases agree with the NVML counter, total to 0.1 %, median to 0.25 %",
  async (dir) => {
    const result = compare(await phases(dir, "palmetto_v100_llama2-7b", "-04:00"));
    assert.equal(result.count, 65);
    assert.ok(result.totalOff < 1e-3, `${result.totalOff}`);
    assert.ok(result.medianOff < 2.5e-3, `${result.medianOff}`);
  },
);

mirrorTest(
  "A100: phases agree with the counter, and intervals cover it in 90 % or more",
  async (dir) => {
    const attribution = await phases(dir, "swing_a100_llama2-7b", "America/Chicago");
    const result = compare(attribution);
    assert.equal(result.count, 64);
    assert.ok(result.totalOff < 3e-3, `${result.totalOff}`);
    assert.ok(result.medianOff < 0.04, `${result.medianOff}`);
    assert.ok(result.covered >= 0.9, `${result.covered}`);
    assert.deepEqual(
      attribution.windows.filter(({ reason }) => reason !== null).map(({ reason }) => reason),
      ["edges-not-bracketed"],
    );
  },
);

mirrorTest(
  "an hour of wrong zone is refused on both sets, and the right one named",
  async (dir) => {
    await assert.rejects(
      phases(dir, "palmetto_v100_llama2-7b", "-05:00"),
      /--zone -04:00 would bring/,
    );
    await assert.rejects(
      phases(dir, "swing_a100_llama2-7b", "-04:00"),
      /--zone -05:00 would bring/,
    );
  },
);

mirrorTest("M1 Pro: 78 of 78 phases equal the source's own CPU and GPU energies", async (dir) => {
  const { series, windows } = await readInput(`${dir}/${folder}/m1pro_llama2-7b/power.csv`);
  const summary = (await Deno.readTextFile(`${dir}/${folder}/m1pro_llama2-7b/summary.csv`))
    .split("\n").slice(1).map((line) => line.split(","));
  for (const [id, column] of [["cpu-process", 2], ["gpu", 3]] as const) {
    const power = createIntegrator(series.find(({ device }) => device.id === id)!);
    const equal = attributeWindows(power, windows[0]!).windows.filter(({ name, energyJ }) =>
      summary.some((row) => row[0] === name && Math.abs(energyJ! / Number(row[column]) - 1) < 1e-9)
    );
    assert.equal(equal.length, 78, id);
  }
});
