import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { attributeEqualShare, attributionTable } from "../../../lib/attribution/mod.ts";
import type { InputError } from "../../../lib/errors.ts";
import { openStore, readStoredRequests, StoreWriter } from "../../../lib/formats/store/mod.ts";
import { loadDuckDb } from "../../../lib/formats/store/duckdb.ts";
import { openSql } from "../../../lib/formats/store/sql.ts";
import { createIntegrator } from "../../../lib/power/integrate.ts";
import { type PowerSeries, sampledPower } from "../../../lib/power/series.ts";
import { requestLog } from "../../../lib/requests/log.ts";
import { command } from "../../../scripts/commands/sql.ts";
import { inFolder } from "./temporary_folder.ts";

const home = fileURLToPath(new URL("../../../scripts/duckdb", import.meta.url));
/** DuckDB is optional; `deno task duckdb` fetches it. */
const options = { ignore: !existsSync(`${home}/node_modules`) };

const day = 1_700_006_400;
const timeS = Float64Array.from(
  { length: 4000 },
  (_, i) => day + 80_000 + 2 * i + (i > 900 ? 600 : 0),
);
const facts = (id: string, host: string): Partial<PowerSeries> & object => ({
  device: { kind: "gpu", id, host },
});

/** Each quantity, over midnight and hours, with a gap, a restart, and an id that needs quotes. */
const traces: PowerSeries[] = [
  sampledPower({ timeS, powerW: timeS.map((at) => 100 + at % 13) }, facts("gpu0", "a") as object),
  sampledPower({ timeS, powerW: timeS.map((at) => 200 + at % 7) }, facts("o'gpu*", "b") as object),
  {
    ...sampledPower({ timeS, powerW: timeS }, facts("gpu1", "a") as object),
    quantity: "counter",
    energyJ: timeS.map((_at, i) => 100 * (i < 1000 ? i : i - 1)),
    resetS: Float64Array.of(timeS[1000]!),
  },
  {
    ...sampledPower({ timeS, powerW: timeS }, facts("gpu2", "a") as object),
    quantity: "interval",
    intervalJ: timeS.map(() => 300),
    durationS: timeS.map(() => 2),
  },
];

const log = requestLog({
  submitS: Float64Array.of(timeS[10]!, timeS[20]!, timeS[30]!),
  firstTokenS: Float64Array.of(timeS[11]!, timeS[21]!, timeS[31]!),
  endS: Float64Array.of(timeS[15]!, timeS[29]!, NaN),
  outputTokens: Float64Array.of(10, 20, 30),
  model: "some/model",
  replicas: ["a"],
});

async function withStore(run: (dir: string) => Promise<void>): Promise<void> {
  await inFolder(async (dir) => {
    const writer = new StoreWriter(dir, { id: "one", path: "a.csv", format: "x" });
    for (const series of traces) writer.addSeries(series);
    writer.addRequests(log);
    writer.commit(writer.finish([{ reason: "truncated-row", count: 3 }]));
    await run(dir);
  });
}

Deno.test(
  "energies by SQL are those of the integrator, by device and by hour",
  options,
  async () => {
    await withStore(async (dir) => {
      const sql = await openSql([dir], { home });
      const devices = await sql.query("select device, energyJ, coveredS from joules_by_device");
      const hours = await sql.query(
        "select device, sum(energyJ), count(*), min(hour), max(hour) from joules_by_hour group by all",
      );
      for (const series of traces) {
        const integrator = createIntegrator(series);
        const { totalJ, gapS } = integrator;
        // Intervals begin before their first stamp; the hole before the gap is bridged by none.
        const expected = series.quantity === "interval" ? 300 * timeS.length : totalJ;
        const row = devices.rows.find(([id]) => id === series.device.id)!;
        assert.ok(Math.abs(Number(row[1]) / expected - 1) < 1e-9, `${row}: ${expected}`);
        if (series.quantity === "power") {
          assert.equal(row[2], timeS.at(-1)! - timeS[0]! - gapS);
          assert.equal(gapS, 602);
        }
        const hour = hours.rows.find(([id]) => id === series.device.id)!;
        assert.ok(Math.abs(Number(hour[1]) / expected - 1) < 1e-9);
        assert.deepEqual(hour.slice(2), [
          3,
          "2023-11-15T22:00:00.000",
          "2023-11-16T00:00:00.000",
        ]);
      }
      const [[lost]] = (await sql.query("select lost from sources")).rows as [[number]];
      assert.equal(lost, 3);
      sql.close();
    });
  },
);

Deno.test("an hour gets the part of a step that lies in it", options, async () => {
  await inFolder(async (dir) => {
    const writer = new StoreWriter(dir, { id: "one", path: "a.csv", format: "x" });
    // From 100 W to 400 W over two hours and a half, from a quarter past; one step of each length.
    writer.addSeries(sampledPower({
      timeS: Float64Array.of(900, 900 + 9000, 900 + 18_000),
      powerW: Float64Array.of(100, 400, 400),
    }));
    writer.commit();
    const sql = await openSql([dir], { home });
    const { rows } = await sql.query("select energyJ, coveredS from joules_by_hour order by hour");
    const power = (timeS: number): number => 100 + 300 * Math.min(1, (timeS - 900) / 9000);
    const ends = [900, 3600, 7200, 9900];
    const parts = [1, 2, 3].map((i) =>
      (ends[i]! - ends[i - 1]!) * (power(ends[i]!) + power(ends[i - 1]!)) / 2
    );
    const expected = [
      parts[0]!,
      parts[1]!,
      parts[2]! + 400 * 900,
      400 * 3600,
      400 * 3600,
      400 * 900,
    ];
    assert.deepEqual(rows.map(([, coveredS]) => coveredS), [2700, 3600, 3600, 3600, 3600, 900]);
    rows.forEach(([energyJ], i) =>
      assert.ok(Math.abs(Number(energyJ) - expected[i]!) < 1e-6, `${energyJ}: ${expected[i]}`)
    );
    sql.close();
  });
});

Deno.test("attributed energy by model comes from what attribute saved", options, async () => {
  await withStore(async (dir) => {
    const requests = (await readStoredRequests(openStore(dir)))!;
    const { requests: energies } = attributeEqualShare(createIntegrator(traces[0]!), requests);
    const writer = new StoreWriter(dir, {
      id: "two",
      path: "log",
      format: "joulebook-attribution",
    });
    writer.addResults(attributionTable(requests, energies));
    writer.commit();
    const sql = await openSql([dir], { home });
    const { columns, rows } = await sql.query("select * from joules_by_model");
    const energyJ = energies.energyJ[0]! + energies.energyJ[1]!;
    const row = Object.fromEntries(columns.map((name, i) => [name, rows[0]![i]]));
    assert.deepEqual([row["model"], row["requests"], row["attributed"]], ["some/model", 3, 2]);
    assert.ok(Math.abs(Number(row["energyJ"]) - energyJ) < 1e-9);
    assert.ok(Math.abs(Number(row["joulesPerOutputToken"]) - energyJ / 30) < 1e-9);
    await assert.rejects(
      sql.query("select nothing"),
      (error: InputError) =>
        error.code === "bad-option" && /DuckDB does not take/.test(error.message),
    );
    sql.close();
  });
});

Deno.test("the command prints views, tables and JSON", options, async () => {
  await withStore(async (dir) => {
    const run = async (...args: string[]): Promise<string> => {
      let printed = "";
      const io = { out: (text: string) => void (printed += text), err() {}, interactive: false };
      assert.equal(await command.run(args, io), 0);
      return printed;
    };
    assert.match(await run(dir), /joules_by_device\s+energy, covered time/);
    const query =
      "select device, count(*) as n from power where day = '2023-11-16' group by 1 order by 1";
    const { columns, rows } = JSON.parse(await run(dir, query, "--json"));
    assert.deepEqual(columns, ["device", "n"]);
    assert.deepEqual(rows.map(([device]: [string]) => device), ["gpu0", "o'gpu*"]);
    assert.match(await run(dir, "select max(stepS) as step from series"), /step\n─+\n +2\n/);
  });
});

Deno.test("without DuckDB the way to get it is said", async () => {
  await inFolder(async (dir) => {
    await assert.rejects(
      loadDuckDb(dir),
      (error: InputError) => error.code === "not-found" && /deno task duckdb/.test(error.message),
    );
  });
});

Deno.test(
  "moments keep their milliseconds and get a zone only where they have one",
  options,
  async () => {
    await withStore(async (dir) => {
      let printed = "";
      const io = {
        out: (text: string) => void (printed += text),
        err: () => {},
        interactive: false,
      };
      const query = "select 1772442054.062::double as endS, date '2026-03-02' as day, " +
        "timestamp '2026-03-02 09:00:00' as hour, timestamptz '2026-03-02 09:00:00+00' as at";
      assert.equal(await command.run([dir, query], io), 0);
      assert.match(
        printed,
        /1772442054\.062 +2026-03-02 +2026-03-02T09:00:00\.000 +2026-03-02T09:00:00\.000Z\n/,
      );
    });
  },
);
