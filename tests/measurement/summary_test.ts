import assert from "node:assert/strict";
import { parseMeasureConfig, summarise } from "../../lib/measurement/mod.ts";
import { ONE_SECOND_SENSOR } from "../../lib/requests/mod.ts";
import { generateRun } from "./generated_run.ts";

const settings = parseMeasureConfig(
  '{name: a, model: m, endpoint: {url: "http://127.0.0.1:9/v1"}}',
  "a.yaml",
);

Deno.test("the energy of a cell is that of its load, although the sensor stamps a second's mean at its end", () => {
  const { run, truth, idleW } = generateRun([1, 4, 16], ONE_SECOND_SENSOR);

  const { cells } = summarise(run, settings);
  cells.forEach(({ energyJ, lowJ, highJ, durationS }, c) => {
    const trueJ = truth[c]!.prefillJ + truth[c]!.decodeJ + idleW * durationS!;
    assert.ok(Math.abs(energyJ! / trueJ - 1) < 0.01, `${energyJ} J for ${trueJ} J`);
    assert.ok(lowJ! < trueJ && trueJ < highJ!);
  });
});
