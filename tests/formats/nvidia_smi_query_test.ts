import assert from "node:assert/strict";
import * as fc from "fast-check";
import { readInput } from "../../lib/formats/read.ts";
import { sourceOf } from "../../lib/formats/source.ts";
import { valuesOf } from "../../lib/power/series.ts";

const stamp = (ms: number): string =>
  new Date(Date.UTC(2026, 0, 31, 23, 59, 50) + ms).toISOString().slice(0, 23).replaceAll("-", "/")
    .replace("T", " ");

Deno.test("what nvidia-smi would write of any readings is read back, to the last digit", async () => {
  const readings = fc.array(
    fc.record({
      ms: fc.integer({ min: 1, max: 200_000 }),
      centiwatts: fc.integer({ min: 0, max: 120_000 }),
    }),
    { minLength: 1, maxLength: 60 },
  );
  await fc.assert(
    fc.asyncProperty(
      readings,
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      fc.boolean(),
      async (rows, gpus, units, crlf) => {
        let ms = 0;
        const times: number[] = [];
        const lines = ["timestamp, index, power.draw [W], utilization.gpu [%]"];
        for (const row of rows) {
          ms += row.ms;
          times.push(Date.UTC(2026, 0, 31, 23, 59, 50) / 1000 + ms / 1000);
          for (let gpu = 0; gpu < gpus; gpu++) {
            const watts = ((row.centiwatts + gpu) / 100).toFixed(2);
            lines.push(`${stamp(ms)}, ${gpu}, ${watts}${units ? " W" : ""}, 7${units ? " %" : ""}`);
          }
        }
        const text = lines.join(crlf ? "\r\n" : "\n") + (crlf ? "\r\n" : "\n");
        const { series } = await readInput(sourceOf(text));
        assert.equal(series.length, gpus);
        series.forEach((one, gpu) => {
          assert.equal(one.device.id, `gpu${gpu}`);
          assert.deepEqual(
            [...valuesOf(one)],
            rows.map(({ centiwatts }) => Number(((centiwatts + gpu) / 100).toFixed(2))),
          );
          one.timeS.forEach((t, i) => assert.ok(Math.abs(t - times[i]!) < 1e-6));
        });
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("a row that is cut anywhere is lost and counted, never read as another number", async () => {
  const header = "timestamp, index, power.draw [W]\n";
  const row = "2026/02/03 10:00:00.000, 0, 160.25 W";
  for (let length = 1; length < row.length; length++) {
    const text = `${header}2026/02/03 09:59:59.000, 0, 100.00 W\n${row.slice(0, length)}`;
    const { series, dropped } = await readInput(sourceOf(text));
    assert.deepEqual([...valuesOf(series[0]!)], [100], row.slice(0, length));
    const lost = [...dropped, ...series[0]!.dropped].reduce((sum, { count }) => sum + count, 0);
    assert.equal(lost, row.slice(0, length).trim() === "" ? 0 : 1, row.slice(0, length));
  }
});

Deno.test("lines longer than a read, and blocks that end inside a line, change nothing", async () => {
  const rows = Array.from(
    { length: 60_000 },
    (_, i) => `${stamp(i * 100)}, 0, ${(i % 700) + 0.5} W`,
  );
  const text = `timestamp, index, power.draw [W]\n${rows.join("\n")}\n`;
  const whole = await readInput(sourceOf(text));
  const bytes = new TextEncoder().encode(text);
  const drip = {
    ...sourceOf(bytes),
    open() {
      let at = 0;
      return {
        read(into: Uint8Array): number {
          const part = bytes.subarray(at, at + Math.min(into.length, 9973));
          into.set(part);
          at += part.length;
          return part.length;
        },
        close() {},
      };
    },
  };
  const dripped = await readInput(drip);
  assert.equal(whole.series[0]!.timeS.length, 60_000);
  assert.deepEqual(dripped.series[0]!.timeS, whole.series[0]!.timeS);
  assert.deepEqual(valuesOf(dripped.series[0]!), valuesOf(whole.series[0]!));
});

Deno.test("rows that share their times, without a column that tells GPUs apart, are refused", async () => {
  const rows = (gpus: number): string =>
    "timestamp, power.draw [W]\n" +
    Array.from({ length: 12 }, (_, i) => `${stamp(1000 * Math.floor(i / gpus))}, ${100 + i}.00 W\n`)
      .join("");
  assert.equal((await readInput(sourceOf(rows(1)))).series[0]!.timeS.length, 12);
  for (const gpus of [2, 4]) {
    await assert.rejects(() => readInput(sourceOf(rows(gpus))), /several GPUs, and no column/);
  }
});
