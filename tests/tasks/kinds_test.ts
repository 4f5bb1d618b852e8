import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import fc from "fast-check";
import { findHardware } from "../../lib/hardware/mod.ts";
import { shippedModel } from "../../lib/models/mod.ts";
import { evaluationParts } from "../../lib/prediction/evaluation/published.ts";
import { sweepUnits } from "../../lib/prediction/sweep.ts";
import { rules } from "../../lib/plausibility/mod.ts";
import { experimentTasks, parseScheduleConfig } from "../../lib/scheduling/mod.ts";
import {
  encodeValue,
  evaluateKindUrl,
  inspectKindUrl,
  lintKindUrl,
  openRun,
  replayKindUrl,
  scheduleKindUrl,
  sweepKindUrl,
  type UnitList,
} from "../../lib/tasks/mod.ts";
import { mirrorDir } from "../mirror.ts";
import { scheduleText } from "./every_command.ts";

const files = readdirSync("datasets/example").map((name) => `datasets/example/${name}`)
  .filter((path) => Deno.statSync(path).isFile)
  .map((path) => ({ path, bytes: 1, content: path }));
const models = [shippedModel("meta-llama/Llama-3.1-8B")];
const hardware = ["h100-sxm-80", "l4"].map((name) => findHardware(name));
const sweep = { models, hardware, batch: [1, 8], inputTokens: [512], outputTokens: [64] };

const lists: UnitList<unknown, unknown>[] = [
  { list: "inspect", module: inspectKindUrl, options: {}, units: files },
  {
    list: "lint",
    module: lintKindUrl,
    options: { read: {}, rules: rules.map(({ id }) => id) },
    units: files,
  },
  {
    list: "sweep",
    module: sweepKindUrl,
    options: { models, hardware },
    units: sweepUnits({ ...sweep, tensorParallel: [1, 2] }),
  },
  {
    list: "replay",
    module: replayKindUrl,
    options: {
      file: { path: "datasets/example/requests.json", bytes: 1, content: "requests" },
      format: null,
      model: models[0],
      target: null,
    },
    units: hardware.flatMap((device) =>
      [1, 2].map((replicas) => ({ hardware: device, options: { replicas } }))
    ),
  },
  {
    list: "schedule",
    module: scheduleKindUrl,
    options: { text: scheduleText, files: {}, serving: null },
    places: { path: "tiny.yaml" },
    units: experimentTasks(parseScheduleConfig(scheduleText, "tiny.yaml").experiment!),
  },
  {
    list: "evaluate",
    module: evaluateKindUrl,
    options: { repair: true },
    places: { dir: mirrorDir },
    units: ["elana", "zeus"].flatMap((set) => evaluationParts(set)),
  },
];

for (const list of lists) {
  const ignore = list.list === "evaluate" && !mirrorDir;
  Deno.test(
    { name: `parts of ${list.list} are the same bytes for every cut`, ignore },
    async () => {
      const partsOf = async (starts: readonly number[]): Promise<Uint8Array> => {
        const run = openRun({ command: list.list, jobs: 1, cut: () => [...starts] });
        try {
          return encodeValue(await run.map(list));
        } finally {
          run.close();
        }
      };
      const count = list.units.length;
      assert.ok(count > 1);
      const whole = await partsOf([0]);
      await fc.assert(
        fc.asyncProperty(fc.subarray([...Array(count).keys()].slice(1)), async (cuts) => {
          assert.deepEqual(await partsOf([0, ...cuts]), whole);
        }),
        { numRuns: 2, seed: 1 },
      );
    },
  );
}
