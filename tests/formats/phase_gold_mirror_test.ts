import assert from "node:assert/strict";
import { InputError } from "../../lib/errors.ts";
import { inspectInput, readInput } from "../../lib/formats/read.ts";
import { mirrorTest } from "../mirror.ts";

const folder = "traces/phase_gold";

mirrorTest(
  "the multi-GPU file without an index is refused, and the message says what is missing",
  async (dir) => {
    await assert.rejects(
      inspectInput(`${dir}/${folder}/grantwilkins/swing_multi_gpu_llama2-70b/nvidia-smi.csv`),
      (error) =>
        error instanceof InputError && error.code === "refused" &&
        /several GPUs, and no column tells them apart; expected an index, uuid or pci.bus_id column/
          .test(error.message),
    );
  },
);

mirrorTest("a trace that was cut in its last row loses that row and nothing else", async (dir) => {
  const summary = await inspectInput(
    `${dir}/${folder}/grantwilkins/swing_a100_llama2-7b/nvidia-smi.csv`,
  );
  assert.equal(summary.samples, 2195);
  assert.deepEqual(summary.dropped.map(({ reason, count }) => [reason, count]), [[
    "truncated-row",
    1,
  ]]);
});

mirrorTest("the A100 serving trace has the published energy and mean power", async (dir) => {
  const { devices, clock } = await inspectInput(`${dir}/${folder}/powertrace_sim/power.csv`);
  assert.equal(clock, "local");
  assert.equal(devices[0]!.samples, 378);
  assert.equal(devices[0]!.energyJ!.toFixed(2), "26039.31");
  assert.equal(devices[0]!.meanW!.toFixed(2), "275.70");
});

mirrorTest(
  "a header that says uJ over values in mJ is found out by the power it implies",
  async (dir) => {
    const path = `${dir}/${folder}/grantwilkins/swing_a100_llama2-7b/input-token-test-swing.csv`;
    const { windows, notes } = await readInput(path);
    assert.equal(windows[0]!.reference!.unit, "mJ");
    assert.match(notes[0]!, /says uJ, which would be .* read as mJ/);
  },
);

mirrorTest("an INVALID cell costs one interval of one series", async (dir) => {
  const { series } = await readInput(
    `${dir}/${folder}/grantwilkins/m1pro_llama2-7b/power_16-35-44_has_INVALID.csv`,
  );
  assert.deepEqual(series.map(({ device, dropped }) => [device.id, dropped.length]), [
    ["cpu", 0],
    ["gpu", 0],
    ["cpu-process", 1],
  ]);
});
