import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommand } from "../../lib/measurement/run_command.ts";
import { NotHere } from "../../lib/measurement/samplers/sampler.ts";
import { nvml } from "../../lib/measurement/samplers/nvml.ts";
import { contextFor, put, testFolder, until } from "./fake_sink.ts";

const source = fileURLToPath(new URL("nvml_stand_in.c", import.meta.url));
const dir = testFolder();
const library = join(dir, "libnvidia-ml.so.1");
const built = await runCommand(["gcc", "-shared", "-fPIC", "-o", library, source], 30);

Deno.test({
  name: `NVML is called by FFI: energy counter first, power where there is none${
    built.ok ? "" : ` (needs gcc: ${built.complaint})`
  }`,
  ignore: !built.ok,
  async fn() {
    const state = join(dir, "state");
    put(state, "ok");
    Deno.env.set("JOULEBOOK_TEST_GPU", state);
    const context = contextFor("nvml", { library });
    const running = await nvml.start(context);
    const { sink } = context;
    await until(() => sink.values("gpu1").length > 3);
    assert.equal(sink.records.get("gpu0")!.quantity, "counter");
    assert.equal(sink.records.get("gpu0")!.device.uuid, "GPU-0-stand-in");
    assert.equal(sink.records.get("gpu1")!.quantity, "power");
    const energies = sink.values("gpu0");
    assert.equal(energies[1]! - energies[0]!, 2.5);
    assert.equal(sink.values("gpu1")[0], 98.765);
    put(state, "lost");
    await until(() => sink.events.some(({ detail }) => /lost/.test(detail)));
    assert.equal(sink.events[0]!.what, "disappeared");
    put(state, "ok");
    await until(() => sink.events.some(({ what }) => what === "back"));
    await running.stop();
    assert.equal(sink.values("gpu0").includes(0), false);
  },
});

Deno.test({
  name: "NVML reads only the GPUs that the run can see",
  ignore: !built.ok,
  async fn() {
    put(join(dir, "state"), "ok");
    Deno.env.set("JOULEBOOK_TEST_GPU", join(dir, "state"));
    for (const [visible, id] of [["GPU-1", "gpu1"], ["GPU-0-stand-in", "gpu0"]] as const) {
      const context = contextFor("nvml", { library }, {
        env: (name) => name === "CUDA_VISIBLE_DEVICES" ? visible : undefined,
      });
      const running = await nvml.start(context);
      await until(() => context.sink.values(id).length > 1);
      await running.stop();
      assert.deepEqual([...context.sink.records.keys()], [id]);
    }
  },
});

Deno.test({
  name: "NVML without a driver, or of another GPU, is not here",
  ignore: !built.ok,
  async fn() {
    const start = (options: Record<string, unknown>): Promise<unknown> =>
      nvml.start(contextFor("nvml", options));
    await assert.rejects(start({ library, gpus: ["GPU-9"] }), NotHere);
    Deno.env.set("JOULEBOOK_TEST_NO_DRIVER", "1");
    await assert.rejects(start({ library }), /the driver is not loaded/);
    Deno.env.delete("JOULEBOOK_TEST_NO_DRIVER");
    await assert.rejects(start({ library: join(dir, "none.so") }), /cannot be loaded/);
    rmSync(dir, { recursive: true });
  },
});
