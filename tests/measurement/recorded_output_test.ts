/**
 * Samplers on what their tools really printed: every reading that the reader of such files finds must
 * come out of the sampler too, and no other.
 */

import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readInput } from "../../lib/formats/read.ts";
import type { SamplerKind } from "../../lib/measurement/settings.ts";
import { samplers } from "../../lib/measurement/samplers/table.ts";
import { valuesOf } from "../../lib/power/mod.ts";
import { mirrorTest } from "../mirror.ts";
import { contextFor, type FakeSink, script, testFolder, until } from "./fake_sink.ts";

/** Readings by device and column, as the reader of the file finds them. */
async function expectedOf(path: string): Promise<Map<string, number[]>> {
  const { series } = await readInput(path);
  return new Map(series.map((one) => {
    const values = [...valuesOf(one)];
    // Energies of intervals are handed on as a running energy.
    let sum = 0;
    return [
      `${one.device.id}:${one.source.column}`.replace(/[,\s]+/g, "_"),
      one.quantity === "interval" ? values.map((value) => sum += value) : values,
    ];
  }));
}

/** Runs a sampler on a program that prints a file, until it has given as many readings as there are. */
async function replay(
  kind: SamplerKind,
  path: string,
  { before = "", after = "" } = {},
): Promise<{ sink: FakeSink; expected: Map<string, number[]> }> {
  const folder = testFolder();
  const program = script(folder, "tool", `${before}cat '${path}'\n${after}sleep 100`);
  const context = contextFor(kind, { program }, { patienceS: 20 });
  const expected = await expectedOf(path);
  const running = await samplers[kind].start(context);
  const { sink } = context;
  try {
    await until(() =>
      [...expected].every(([id, values]) => sink.values(id).length >= values.length)
    );
  } finally {
    await running.stop();
    rmSync(folder, { recursive: true });
  }
  return { sink, expected };
}

function same({ sink, expected }: Awaited<ReturnType<typeof replay>>): void {
  assert.ok(expected.size > 0);
  assert.deepEqual([...sink.records.keys()].sort(), [...expected.keys()].sort());
  for (const [id, values] of expected) {
    const seen = sink.values(id);
    assert.equal(seen.length, values.length, id);
    values.forEach((value, i) => assert.ok(Math.abs(seen[i]! - value) < 1e-9 * value + 1e-12, id));
  }
  assert.deepEqual(sink.events, []);
}

mirrorTest("perf's recorded intervals come out as a running energy", async (dir) => {
  same(await replay("perf", join(dir, "traces/rapl_wattsup/hpl_mkl/hpl_mkl.perf")));
});

mirrorTest("nvidia-smi's recorded loop comes out row by row", async (dir) => {
  const path = join(dir, "traces/phase_gold/powertrace_sim/power.csv");
  const [uuid] = /GPU-[\w-]+/.exec(readFileSync(path, "utf8"))!;
  const found = await replay("nvidia-smi", path, {
    before: `case "$*" in *loop-ms*) ;; *) echo "0, ${uuid}, A, 80.00 W"; exit;; esac\n`,
  });
  same(found);
  assert.equal([...found.sink.records.values()][0]!.device.uuid, uuid);
});

mirrorTest("amd-smi's recorded table comes out row by row", async (dir) => {
  same(await replay("amd-smi", join(dir, "traces/amd_smi/amd-smi_metric_csv_head.csv")));
});

mirrorTest("powermetrics' recorded samples come out, each once the next begins", async (dir) => {
  const path = join(dir, "traces/powermetrics/powermetrics_macbookair10_1.txt");
  // Only the head of the next sample says that one is whole.
  const next = "*** Sampled system activity (Fri Nov 10 12:40:00 2023 +0100) (1ms elapsed) ***";
  same(await replay("powermetrics", path, { after: `echo '${next}'\n` }));
});

mirrorTest(
  "DCGM's recorded exposition comes out for all GPUs, or for those that are named",
  async (dir) => {
    const path = join(dir, "traces/dcgm/dcgm-exporter_gb200.prom.txt");
    const text = readFileSync(path, "utf8");
    const server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      () => new Response(text),
    );
    const url = `http://127.0.0.1:${(server.addr as Deno.NetAddr).port}/metrics`;
    const expected = new Map(
      [...text.matchAll(/^DCGM_FI_DEV_POWER_USAGE\{.*UUID="([^"]+)".*\} (\S+)$/gm)]
        .map(([, uuid, watts]) => [uuid!, Number(watts)]),
    );
    assert.equal(expected.size, 4);
    const [first] = expected.keys();
    for (const gpus of [undefined, [first!]]) {
      const context = contextFor("prometheus", { url, ...(gpus && { gpus }) });
      const running = await samplers.prometheus.start(context);
      const { sink } = context;
      await until(() => sink.readings.length > 0);
      await running.stop();
      const powers = [...sink.records.values()].filter(({ quantity }) => quantity === "power");
      assert.deepEqual(
        new Map(powers.map(({ id, device }) => [device.uuid!, sink.values(id)[0]!])),
        gpus === undefined ? expected : new Map([[first!, expected.get(first!)!]]),
      );
    }
    await server.shutdown();
  },
);
