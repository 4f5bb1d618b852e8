import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../lib/errors.ts";
import {
  createWorld,
  exampleConfig,
  parseScheduleConfig,
  readArrivalShape,
  readHourlyCsv,
  readPlantFractions,
  readYear,
} from "../../lib/scheduling/mod.ts";
import { genTd26Shape } from "../../lib/scheduling/year.ts";
import { mirrorTest } from "../mirror.ts";

function utcRows(hours: number, startMs: number, value: (h: number) => number | string): string[] {
  return Array.from(
    { length: hours },
    (_, h) => `${new Date(startMs + h * 3_600_000).toISOString().slice(0, 19)}+00:00,${value(h)}`,
  );
}
const options = { path: "p.csv", value: /price/ };
const text = (rows: readonly string[]): string => `time,price\n${rows.join("\n")}\n`;
const start = Date.UTC(2023, 0, 1);

Deno.test("missing, repeated and unordered hours are repaired by named rules with counts", () => {
  const rows = utcRows(24 * 20, start, (h) => h);
  rows.splice(100, 2); // hours 100 and 101 are gone
  rows[50] = rows[50]!.replace(/,.*/, ","); // empty
  rows.push(rows[10]!.replace(/,.*/, ",30")); // hour 10 again, at the end
  const series = readHourlyCsv(text(rows), options);
  assert.equal(series.values.length, 480);
  assert.equal(series.values[100], 76);
  assert.equal(series.values[50], 26);
  assert.equal(series.values[10], 20);
  assert.deepEqual(series.repairs, [
    { rule: "out-of-order", count: 1 },
    { rule: "repeated-hour", count: 1 },
    { rule: "missing-hour", count: 3 },
  ]);
});

Deno.test("a back-filled start takes the next day's hours, a repeated price inside stays", () => {
  const rows = utcRows(24 * 20, start, (h) => h < 7 ? 5 : h >= 200 && h < 210 ? 9 : h);
  const series = readHourlyCsv(text(rows), options);
  assert.deepEqual([...series.values.slice(0, 7)], [24, 25, 26, 27, 28, 29, 5]);
  assert.equal(series.values[205], 9);
  assert.deepEqual(series.repairs, [{ rule: "back-filled-start", count: 6 }]);
});

Deno.test("local hours of a zone lose one in spring and keep both in autumn", () => {
  const local: string[] = [];
  const format = new Intl.DateTimeFormat("sv-SE", {
    timeZone: "Europe/Berlin",
    dateStyle: "short",
    timeStyle: "medium",
  });
  for (const first of [Date.UTC(2023, 2, 24), Date.UTC(2023, 9, 27)]) {
    local.length = 0;
    const hours = 24 * 5;
    for (let h = 0; h < hours; h++) local.push(`${format.format(first + h * 3_600_000)},${h}`);
    const series = readHourlyCsv(text(local), { ...options, zone: "Europe/Berlin" });
    assert.equal(series.startMs, first);
    assert.deepEqual([...series.values], Array.from({ length: hours }, (_, h) => h));
    const rule = first < Date.UTC(2023, 5) ? "dst-spring-gap" : "dst-autumn-repeat";
    assert.deepEqual(series.repairs, [{ rule, count: 1 }]);
  }
});

Deno.test("a price file that cannot be trusted is refused with its line", () => {
  const rows = utcRows(48, start, (h) => h);
  const bad = (change: (rows: string[]) => void, zone?: string): InputError => {
    const copy = [...rows];
    change(copy);
    try {
      readHourlyCsv(text(copy), { ...options, ...(zone !== undefined && { zone }) });
    } catch (error) {
      assert.ok(error instanceof InputError);
      return error;
    }
    throw new Error("it was accepted");
  };
  assert.match(bad((r) => r[3] = r[3]!.replace(/,.*/, ",abc")).message, /p\.csv:5:2: not a number/);
  assert.match(bad((r) => r[3] = "yesterday,4").message, /p\.csv:5:1: not a time/);
  assert.match(
    bad((r) => r[3] = r[3]!.replace("+00:00", "")).message,
    /p\.csv:5:1: the time names no zone/,
  );
  assert.match(bad((r) => r[3] = r[3]!.replace(":00:00+", ":30:00+")).message, /p\.csv:5: .*whole/);
  assert.match(bad((r) => r.splice(10, 20)).message, /20 of 48 hours would have to be repaired/);
  assert.match(bad((r) => r.length = 0).message, /no hours/);
  assert.match(
    bad((r) => r[47] = r[47]!.replace("2023", "2093")).message,
    /span \d+ hours/,
  );
});

Deno.test("plant series become fractions of their largest total and a lost period is refused", () => {
  const head = "Year,Month,Day,Period,a,b";
  const rows = Array.from(
    { length: 48 },
    (_, i) => `2020,1,${1 + Math.floor(i / 24)},${i % 24 + 1},${i},${i}`,
  );
  const fractions = readPlantFractions([head, ...rows].join("\n"), "wind.csv");
  assert.equal(fractions.length, 48);
  assert.equal(fractions[47], 1);
  rows.splice(30, 1);
  assert.throws(
    () => readPlantFractions([head, ...rows].join("\n"), "wind.csv"),
    /period is missing/,
  );
});

Deno.test("the same day of a world is the same bytes and depends on the seed", () => {
  const make = (seed: number): Float64Array =>
    createWorld(parseScheduleConfig(exampleConfig.replace("\nseed: 1", `\nseed: ${seed}`), "x"))
      .day(9)
      .arrivals;
  assert.deepEqual(make(1), make(1));
  assert.notDeepEqual(make(1), make(2));
});

Deno.test("a request log of less than a day has no daily shape, one of a week has", () => {
  const stamp = (h: number) => new Date(start + h * 3_600_000).toISOString().replace(/[TZ]/g, " ");
  const log = (hours: number): string =>
    `TIMESTAMP,ContextTokens,GeneratedTokens\n${
      Array.from({ length: hours }, (_, h) => `${stamp(h)},10,${h}`)
        .filter((_, h) => h % 24 !== 3).join("\n")
    }\nnever,1,2\n`;
  assert.throws(() => readArrivalShape(log(20), "azure.csv"), /azure\.csv: .*less than a day/);
  const { shape, skipped } = readArrivalShape(log(168), "azure.csv");
  assert.equal(skipped, 1);
  assert.equal(shape[3], 0);
  assert.equal(shape[4], 24 / 23);
});

mirrorTest("the shipped daily shape is the trace's", (dir) => {
  const path = join(dir, "scheduling/alibaba-clusterdata-genai2026/lora_request_trace.csv");
  const { shape, skipped } = readArrivalShape(readFileSync(path, "utf8"), path);
  genTd26Shape.forEach((value, h) => assert.ok(Math.abs(value - shape[(h + 12) % 24]!) < 0.006));
  assert.equal(skipped, 431);
});

mirrorTest(
  "a year of published prices, wind, sun and weather loads with its repairs counted",
  (dir) => {
    const base = "scheduling/hpe-sustain-cluster";
    const sources = (zone: string): string =>
      `    sources:
      price: [${base}/prices/${zone}_2022.csv, ${base}/prices/${zone}_2023.csv]
      carbon: ${base}/carbon/${zone}_2023.csv.gz
${
        zone === "SG" || zone === "DE-LU"
          ? ""
          : `      weather: ${base}/weather/${zone}_2023.json.gz\n`
      }      wind: scheduling/rts-gmlc/REAL_TIME_wind.csv.gz
      solar: scheduling/rts-gmlc/DAY_AHEAD_pv.csv
`;
    const zones = ["US-MIDA-PJM", "US-CAL-CISO", "DE-LU"];
    let next = 0;
    const yaml = exampleConfig.replace("source: generated", "source: files")
      .replace(/ {4}utcOffsetH: -\d\n/g, (line) => line + sources(zones[next++]!));
    const config = parseScheduleConfig(yaml, "real.yaml");
    const year = readYear(config, (path) => {
      const bytes = readFileSync(join(dir, path));
      return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
    });
    assert.equal(year.days, 729);
    assert.ok(year.repairs.some((r) => r.rule === "back-filled-start" && r.count === 10));
    for (const site of year.sites) {
      for (
        const column of [
          site.priceUsdPerMWh,
          site.carbonGPerKWh,
          site.windFraction,
          site.solarFraction,
          site.outdoorC,
        ]
      ) {
        assert.equal(column.length, 729 * 24);
        assert.ok(column.every(Number.isFinite));
      }
    }
    assert.ok(year.sites[2]!.priceUsdPerMWh.some((price) => price < 0));
    assert.equal(createWorld(config, year).day(400).priceUsdPerKWh.length, 288);
  },
);
