import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { InputError } from "../../../lib/errors.ts";
import type { ReadResult } from "../../../lib/formats/format.ts";
import { openParquetFile } from "../../../lib/formats/parquet_file.ts";
import { inspectInput, readInput } from "../../../lib/formats/read.ts";
import {
  openStore,
  readStoredRequests,
  readStoredSeries,
  storedBatches,
  StoreWriter,
  type StoreWriterOptions,
} from "../../../lib/formats/store/mod.ts";
import { createIntegrator } from "../../../lib/power/integrate.ts";
import { type EnergyCounter, type PowerSeries, sampledPower } from "../../../lib/power/series.ts";
import { requestLog } from "../../../lib/requests/log.ts";
import { resultArb } from "../arbitrary_result.ts";
import { inFolder } from "./temporary_folder.ts";

function write(
  dir: string,
  result: ReadResult,
  id = "one",
  options: StoreWriterOptions = {},
): void {
  const writer = new StoreWriter(dir, { id, path: result.path, format: result.format }, options);
  for (const series of result.series) writer.addSeries(series);
  for (const log of result.requests) writer.addRequests(log);
  for (const windows of result.windows) writer.addWindows(windows);
  for (const table of result.results) writer.addResults(table);
  writer.commit(writer.finish(result.dropped, result.notes));
}

/** A result of one series or several. */
function of(...series: PowerSeries[]): ReadResult {
  return {
    path: "a.csv",
    format: "x",
    series,
    requests: [],
    windows: [],
    results: [],
    dropped: [],
    notes: [],
  };
}

function keyOf({ device, source, quantity }: PowerSeries): string {
  return JSON.stringify([quantity, device.host ?? null, device.id, source.column]);
}

/** Where a store says something else on purpose: its own path, and series in the order of their names. */
function comparable(series: readonly PowerSeries[]): unknown[] {
  return structuredClone(
    [...series].sort((a, b) => keyOf(a) < keyOf(b) ? -1 : 1).map((one) => ({
      ...one,
      source: { ...one.source, path: "", format: "" },
    })),
  );
}

Deno.test("what is put into a store reads back equal", async () => {
  await fc.assert(
    fc.asyncProperty(
      resultArb,
      fc.integer({ min: 1, max: 5 }),
      async (result, groupRows) => {
        // Two series of one device and column would overlap, which is another test.
        const names = new Set(result.series.map(({ device, source }) => device.id + source.column));
        fc.pre(names.size === result.series.length);
        await inFolder(async (dir) => {
          write(dir, result, "one", { groupRows });
          const store = openStore(dir);
          const series = [];
          for (const one of store.series) series.push(await readStoredSeries(store, one));
          assert.deepEqual(comparable(series), comparable(result.series));
          const holds = [...result.series.map((s) => s.timeS.length)].some((n) => n > 0);
          if (!holds) return;
          const back = await readInput(dir);
          assert.deepEqual(comparable(back.series), comparable(result.series));
          assert.deepEqual(structuredClone(back.requests), structuredClone(result.requests));
          assert.deepEqual(structuredClone(back.windows), structuredClone(result.windows));
          assert.deepEqual(structuredClone(back.results), structuredClone(result.results));
          assert.deepEqual(
            back.dropped.reduce((sum, { count }) => sum + count, 0),
            result.dropped.reduce((sum, { count }) => sum + count, 0),
          );
        });
      },
    ),
    { numRuns: 25 },
  );
});

/** Readings over several days, with gaps. */
const traceArb = fc.array(fc.double({ min: 0.1, max: 40_000, noNaN: true }), {
  minLength: 3,
  maxLength: 60,
}).map((steps) => {
  let t = 86_400 * 19_000 + 3600;
  const timeS = Float64Array.from(steps, (step) => t += step);
  return sampledPower({ timeS, powerW: timeS.map((at) => 100 + at % 77) });
});

Deno.test("any cuts of a stored series give back every reading once, and its energy", async () => {
  await fc.assert(
    fc.asyncProperty(
      traceArb,
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 }),
      fc.integer({ min: 1, max: 9 }),
      async (series, shares, groupRows) => {
        await inFolder(async (dir) => {
          write(dir, of(series), "one", { groupRows, bufferedRows: 4 });
          const store = openStore(dir);
          const [stored] = store.series;
          const startS = series.timeS[0]!;
          const endS = series.timeS.at(-1)!;
          const cuts = [
            -Infinity,
            ...shares.map((share) => startS + share * (endS - startS)).sort((a, b) => a - b),
            Infinity,
          ];
          const times: number[] = [];
          let energyJ = 0;
          const maxGapS = 100_000;
          const whole = createIntegrator(series, { maxGapS });
          for (let i = 1; i < cuts.length; i++) {
            const span = { fromS: cuts[i - 1]!, toS: cuts[i]! };
            const part = await readStoredSeries(store, stored!, span);
            times.push(...part.timeS);
            // With a margin on either side the step over the cut is known to both.
            const wide = await readStoredSeries(store, stored!, {
              fromS: span.fromS - 50_000,
              toS: span.toS + 50_000,
            });
            const integrator = createIntegrator(wide, { maxGapS });
            energyJ += integrator.cumulativeJ(Math.min(span.toS, endS)) -
              integrator.cumulativeJ(Math.max(span.fromS, startS));
          }
          assert.deepEqual(times, [...series.timeS]);
          assert.ok(Math.abs(energyJ - whole.totalJ) <= 1e-9 * whole.totalJ);
        });
      },
    ),
    { numRuns: 12 },
  );
});

Deno.test("days are in files of their own, and losses are told once", async () => {
  await inFolder(async (dir) => {
    const writer = new StoreWriter(dir, { id: "one", path: "a.csv", format: "x" });
    const facts = { ...sampledPower({ timeS: new Float64Array(0), powerW: new Float64Array(0) }) };
    let lost = 1;
    const push = writer.beginSeries(facts, {
      losses: () => [{ reason: "not-available", count: lost }],
      resetS: () => [],
    });
    for (let day = 0; day < 3; day++) {
      push([Float64Array.of(day * 86_400, day * 86_400 + 86_399), Float64Array.of(1, 2)], 2);
      lost += day;
    }
    writer.commit();
    const store = openStore(dir);
    assert.deepEqual(store.series[0]!.files.map(({ day, rows }) => [day, rows]), [
      ["1970-01-01", 2],
      ["1970-01-02", 2],
      ["1970-01-03", 2],
    ]);
    const losses = [];
    for (const { path } of store.series[0]!.files) {
      const { series } = await readInput(join(dir, path));
      losses.push(series[0]!.dropped.reduce((sum, { count }) => sum + count, 0));
    }
    assert.equal(losses.reduce((a, b) => a + b), lost);
    assert.equal((await readInput(dir)).series[0]!.dropped[0]!.count, lost);
  });
});

Deno.test("a clock without days is one file, with row groups that tell times apart", async () => {
  await inFolder(async (dir) => {
    const timeS = Float64Array.from({ length: 1000 }, (_, i) => i * 1000);
    write(
      dir,
      of(sampledPower({ timeS, powerW: timeS }, { clock: "elapsed" })),
      "one",
      { groupRows: 100 },
    );
    const [series] = openStore(dir).series;
    assert.deepEqual(series!.files.map(({ day }) => day), [null]);
    const file = await openParquetFile(join(dir, series!.files[0]!.path));
    assert.equal(file.groups.length, 10);
    assert.deepEqual(file.groups[3]!.range("timeS"), { min: 300_000, max: 399_000 });
    file.close();
  });
});

Deno.test("only the row groups of a window are read", async () => {
  await inFolder(async (dir) => {
    const timeS = Float64Array.from({ length: 1000 }, (_, i) => i);
    write(dir, of(sampledPower({ timeS, powerW: timeS })), "one", { groupRows: 100 });
    const store = openStore(dir);
    const path = join(dir, store.series[0]!.files[0]!.path);
    const bytes = readFileSync(path);
    // The first three tenths of the data are made unreadable.
    bytes.fill(0xff, 4, 4 + Math.floor(0.3 * bytes.length / 2));
    writeFileSync(path, bytes);
    const span = { fromS: 650, toS: 720 };
    const part = await readStoredSeries(store, store.series[0]!, span);
    assert.deepEqual([part.timeS[0], part.timeS.at(-1), part.timeS.length], [650, 719, 70]);
    await assert.rejects(readStoredSeries(store, store.series[0]!), /damaged or cut short/);
    const sizes = [];
    for await (const batch of storedBatches(store, store.series[0]!, { fromS: 350, toS: 620 })) {
      sizes.push(batch.timeS.length);
    }
    assert.deepEqual(sizes, [50, 100, 100, 20]);
  });
});

function counterOf(energyJ: number[], startS: number, resetS: number[] = []): EnergyCounter {
  return {
    ...sampledPower({ timeS: new Float64Array(0), powerW: new Float64Array(0) }),
    quantity: "counter",
    timeS: Float64Array.from(energyJ, (_, i) => startS + i),
    energyJ: Float64Array.from(energyJ),
    ...(resetS.length > 0 && { resetS: Float64Array.from(resetS) }),
  };
}

Deno.test("days that were recorded apart are one series, and a counter's restart between them a gap", async () => {
  await inFolder(async (dir) => {
    write(dir, of(counterOf([50, 60, 60, 70], 0, [2])), "b");
    write(dir, of(counterOf([5, 15, 25], 4)), "a");
    const store = openStore(dir);
    assert.equal(store.series.length, 1);
    const series = await readStoredSeries(store, store.series[0]!);
    assert.ok(series.quantity === "counter");
    assert.deepEqual([...series.energyJ], [50, 60, 60, 70, 70, 80, 90]);
    assert.deepEqual([...series.resetS!], [2, 4]);
    const { totalJ, gapS } = createIntegrator(series);
    assert.deepEqual([totalJ, gapS], [40, 2]);
    const again = await readInput(dir);
    assert.deepEqual([...(again.series[0] as EnergyCounter).resetS!], [2, 4]);
    const [device] = (await inspectInput(dir)).devices;
    assert.equal(device!.energyJ, 40);
    assert.equal(device!.meanW, 10);
  });
});

Deno.test("two sources with readings of one device at one time are not opened together", async () => {
  await inFolder((dir) => {
    write(dir, of(counterOf([50, 60], 0)), "a");
    write(dir, of(counterOf([60, 70], 1)), "b");
    assert.throws(() => openStore(dir), /both hold readings of gpu0 from 1 s to 1 s/);
  });
});

Deno.test("what is not committed is not there, and leaves nothing", async () => {
  await inFolder((dir) => {
    const writer = new StoreWriter(dir, { id: "one", path: "a.csv", format: "x" });
    writer.addSeries(sampledPower({ timeS: Float64Array.of(1), powerW: Float64Array.of(2) }));
    writer.finish();
    assert.throws(() => openStore(dir), InputError);
    assert.ok(existsSync(join(dir, ".partial-one")));
    // The next run, after this one was killed.
    write(dir, of(sampledPower({ timeS: Float64Array.of(1), powerW: Float64Array.of(2) })));
    assert.deepEqual(readdirSync(dir).sort(), ["_sources", "power"]);
    assert.equal(openStore(dir).series[0]!.rows, 1);
  });
});

Deno.test("thousands of series share the buffers, and lose nothing", async () => {
  await inFolder(async (dir) => {
    const writer = new StoreWriter(dir, { id: "one", path: "a", format: "x" }, {
      bufferedRows: 500,
    });
    const empty = sampledPower({ timeS: new Float64Array(0), powerW: new Float64Array(0) });
    const pushes = Array.from(
      { length: 300 },
      (_, i) => writer.beginSeries({ ...empty, device: { kind: "gpu", id: `gpu${i}` } }),
    );
    for (let t = 0; t < 12; t++) {
      for (const push of pushes) push([Float64Array.of(t), Float64Array.of(t * 2)], 1);
    }
    writer.commit();
    const store = openStore(dir);
    assert.equal(store.series.length, 300);
    for (const series of store.series.slice(0, 5)) {
      const read = await readStoredSeries(store, series);
      assert.deepEqual([...read.timeS], Array.from({ length: 12 }, (_, t) => t));
    }
  });
});

Deno.test("requests of a span are those in flight in it, of one server or all, known by name", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          submitS: fc.double({ min: 0, max: 300_000, noNaN: true }),
          lengthS: fc.oneof(fc.double({ min: 0, max: 90_000, noNaN: true }), fc.constant(NaN)),
          replica: fc.nat(2),
        }),
        { minLength: 1, maxLength: 30 },
      ),
      fc.double({ min: 0, max: 300_000, noNaN: true }),
      fc.double({ min: 1, max: 100_000, noNaN: true }),
      async (rows, fromS, lengthS) => {
        await inFolder(async (dir) => {
          const log = requestLog({
            submitS: Float64Array.from(rows, (row) => row.submitS),
            endS: Float64Array.from(rows, (row) => row.submitS + row.lengthS),
            replica: Uint16Array.from(rows, (row) => row.replica),
            replicas: ["a", "b", "c"],
          });
          write(dir, { ...of(), requests: [log] }, "one", { groupRows: 3 });
          const store = openStore(dir);
          const toS = fromS + lengthS;
          for (const replica of [undefined, "b"]) {
            const expected = rows.map((row, i) => ({ ...row, id: `one:${i}` })).filter((row) =>
              row.submitS < toS && !(row.submitS + row.lengthS < fromS) &&
              (replica === undefined || row.replica === 1)
            ).map(({ id }) => id).sort();
            const found = await readStoredRequests(store, {
              fromS,
              toS,
              ...(replica !== undefined && { replica }),
            });
            assert.deepEqual([...found?.ids ?? []].sort(), expected);
            if (found === null) continue;
            assert.ok(found.submitS.every((at, i) => i === 0 || at >= found.submitS[i - 1]!));
            found.ids!.forEach((id, i) => {
              const row = rows[Number(id.slice(4))]!;
              assert.equal(found.submitS[i], row.submitS);
              assert.equal(found.replicas[found.replica?.[i] ?? 0], "abc"[row.replica]);
            });
          }
        });
      },
    ),
    { numRuns: 10 },
  );
});
