import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  exampleConfig,
  parseScheduleConfig,
  readHourlyCsv,
  readYear,
  type Year,
} from "../../lib/scheduling/mod.ts";
import type { CommandIo } from "../../scripts/command.ts";
import { command } from "../../scripts/commands/schedule.ts";

const hourMs = 3_600_000;
const read = (text: string, zone?: string) =>
  readHourlyCsv(text, {
    path: "p.csv",
    value: /price/i,
    prefer: /usd/i,
    ...(zone !== undefined && { zone }),
  });

/** Rows at a step, stamped by a function of milliseconds. */
function rows(
  startMs: number,
  minutes: number,
  count: number,
  stamp: (ms: number) => string,
  value: (i: number) => number | string = (i) => i,
): string[] {
  return Array.from(
    { length: count },
    (_, i) => `${stamp(startMs + i * minutes * 60_000)},${value(i)}`,
  );
}
const utc = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace("T", " ");
const wall = (zone: string): (ms: number) => string => {
  const format = new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone,
    dateStyle: "short",
    timeStyle: "medium",
  });
  return (ms) => format.format(ms);
};
const table = (lines: readonly string[], head = "Datetime (UTC),Price (USD/MWh)"): string =>
  `${head}\r\n${lines.join("\r\n")}\r\n`;
const start = Date.UTC(2024, 1, 27);

/** A year of one site's files, the other two sites with the same. */
function yearOf(files: Readonly<Record<string, string>>, more = ""): Year {
  const paths = Object.keys(files).join(", ");
  const text = exampleConfig.replace("source: generated", "source: files").replaceAll(
    / {4}utcOffsetH: /g,
    `    sources: { price: [${paths}]${more} }\n$&`,
  );
  return readYear(parseScheduleConfig(text, "x.yaml"), (path) => files[path]!);
}

Deno.test("quarter hours give the mean of their hour, with a count, in a leap year too", () => {
  const series = read(table(rows(start, 15, 4 * 24 * 20, utc)));
  assert.equal(series.startMs, start);
  assert.deepEqual([...series.values.slice(0, 3)], [1.5, 5.5, 9.5]);
  assert.equal(series.values.length, 480); // over 29 February
  assert.deepEqual(series.repairs, [{ rule: "sub-hourly-mean", count: 480 }]);
});

Deno.test("a file that goes over from hours to quarter hours is read on, and lost quarters are counted", () => {
  const switched = [
    ...rows(start, 60, 240, utc),
    ...rows(start + 240 * hourMs, 15, 960, utc, (i) => 240 + Math.floor(i / 4)),
  ];
  assert.deepEqual([...read(table(switched)).values], Array.from({ length: 480 }, (_, h) => h));
  assert.deepEqual(read(table(switched)).repairs, [{ rule: "sub-hourly-mean", count: 240 }]);
  switched.splice(300, 1); // a quarter that the hour has four of
  switched.splice(400, 3); // all but one quarter of another
  assert.deepEqual(read(table(switched)).repairs, [
    { rule: "sub-hourly-mean", count: 239 },
    { rule: "partial-hour", count: 2 },
  ]);
});

Deno.test("local quarter hours keep every value across both clock changes", () => {
  for (const zone of ["Europe/Berlin", "America/New_York", "Australia/Sydney"]) {
    const springFirst = zone !== "Australia/Sydney";
    for (const first of [Date.UTC(2025, 2, 1), Date.UTC(2025, 8, 20)]) {
      const hours = 24 * 50;
      const text = table(
        rows(first, 15, 4 * hours, wall(zone), (i) => Math.floor(i / 4)),
        "time,price",
      );
      const series = read(text, zone);
      assert.equal(series.startMs, first);
      assert.deepEqual([...series.values], Array.from({ length: hours }, (_, h) => h));
      const isSpring = (first < Date.UTC(2025, 5)) === springFirst;
      assert.deepEqual(series.repairs, [
        { rule: isSpring ? "dst-spring-gap" : "dst-autumn-repeat", count: 1 },
        { rule: "sub-hourly-mean", count: hours },
      ]);
    }
  }
});

Deno.test("an hour that spring skips is left out, one that autumn loses is filled, each counted", () => {
  const zone = "Europe/Berlin";
  const spring = rows(Date.UTC(2024, 2, 29), 60, 96, (ms) => utc(ms), (i) => i);
  const ghost = read(table(spring, "time,price"), zone); // 96 wall hours with 31 March 02:00
  assert.deepEqual(ghost.repairs, [{ rule: "dst-spring-gap", count: 1 }]);
  assert.equal(ghost.values.length, 95);
  const autumn = rows(Date.UTC(2024, 9, 25), 60, 96, (ms) => utc(ms), (i) => i);
  const lost = read(table(autumn, "time,price"), zone); // 27 October has its 02:00 once
  assert.deepEqual(lost.repairs, [{ rule: "missing-hour", count: 1 }]);
  assert.equal(lost.values.length, 97);
});

Deno.test("other forms of time, delimiters and decimals are read", () => {
  const hours = 24 * 20;
  const expected = Array.from({ length: hours }, (_, i) => i + 0.5);
  const german = (ms: number): string => {
    const [date, time] = wall("Europe/Berlin")(ms).split(" ");
    return `${date!.split("-").reverse().join(".")} ${time!.slice(0, 5)}`;
  };
  const american = new Intl.DateTimeFormat("en-US", {
    timeZone: "America/New_York",
    dateStyle: "short",
    timeStyle: "medium",
  });
  const year = (ms: number): string =>
    // en-US writes two digits of the year
    american.format(ms).replace(/\/(\d\d),/, "/20$1").replaceAll("\u202f", " ");
  const range = rows(start, 60, hours, (ms) => `${german(ms)} - ${german(ms + hourMs)} (CET)`)
    .map((line, i) => `"${line.split(",")[0]}";"${i},5"`);
  const cases: readonly [string, string | undefined][] = [
    [`MTU (CET/CEST);Price\n${range.join("\n")}`, "Europe/Berlin"],
    [table(rows(start, 60, hours, year, (i) => i + 0.5), "Date,Price"), "America/New_York"],
    [
      table(rows(start, 60, hours, (ms) => String(ms / 1000), (i) => i + 0.5), "unix_time,price"),
      undefined,
    ],
    [
      table(
        rows(start, 60, hours, (ms) => new Date(ms).toISOString(), (i) => i + 0.5),
        "time,price",
      ),
      undefined,
    ],
    [
      table(rows(start, 60, hours, (ms) => utc(ms).replaceAll("-", "/"), (i) => i + 0.5)),
      undefined,
    ],
    [
      `\ufefftime (UTC)\tprice\n${
        rows(start, 60, hours, utc, (i) => i + 0.5).join("\n").replaceAll(",", "\t")
      }`,
      undefined,
    ],
  ];
  for (const [text, zone] of cases) {
    const series = read(text, zone);
    assert.deepEqual([...series.values], expected, text.slice(0, 80));
    assert.equal(series.startMs, start);
    // New York changes its clocks in these days, on 10 March.
    const gap = zone === "America/New_York" ? [{ rule: "dst-spring-gap", count: 1 }] : [];
    assert.deepEqual(series.repairs, gap);
  }
  const ambiguous = table(rows(Date.UTC(2024, 1, 1), 60, 48, (ms) => {
    const at = new Date(ms);
    return `${at.getUTCMonth() + 1}/${at.getUTCDate()}/2024 ${at.getUTCHours()}:00`;
  }));
  assert.throws(() => read(ambiguous), /p\.csv:2:1: day and month cannot be told apart/);
  assert.throws(() => read(table(["2024-02-30 00:00,1"])), /p\.csv:2:1: not a time/);
  assert.throws(
    () => read("time,price\n2024-02-01 00:00,1\n2024-02-01 01:00+01:00,2\n", "Europe/Berlin"),
    /p\.csv:3:1: only some times name an offset/,
  );
});

Deno.test("a price column is chosen by its unit, converted or refused, never guessed", () => {
  const lines = rows(start, 60, 24 * 20, utc, (i) => `${i},${2 * i}`);
  const head = "Datetime (UTC),Price (EUR/MWh),Price (USD/MWh)";
  assert.equal(read(table(lines, head)).header, "Price (USD/MWh)");
  assert.throws(
    () => read(table(lines, "time,price a,price b".replace("time", "time (UTC)"))),
    /p\.csv:1: 2 columns could be the value: price a, price b.*name it \(priceColumn\)/,
  );
  const plain = table(lines, "Datetime (UTC),price a,price b");
  assert.equal(
    yearOf({ "p.csv": plain }, ", priceColumn: price b").sites[0]!.priceUsdPerMWh[0],
    12,
  );
  const euros = table(lines, "Datetime (UTC),Price (EUR/MWh),volume");
  assert.throws(() => yearOf({ "p.csv": euros }), /p\.csv:1: the prices are in EUR.*usdPerUnit/);
  assert.equal(yearOf({ "p.csv": euros }, ", usdPerUnit: 1.1").sites[0]!.priceUsdPerMWh[10], 17.6);
  const kWh = table(lines, "Datetime (UTC),Price ($/kWh),volume");
  assert.equal(yearOf({ "p.csv": kWh }).sites[0]!.priceUsdPerMWh[0], 6000);
});

Deno.test("days begin at the stated hour whatever hour the file begins at", () => {
  for (const [first, value] of [[0, 6], [5, 1], [7, 23]] as const) {
    const year = yearOf({ "p.csv": table(rows(start + first * hourMs, 60, 24 * 12, utc)) });
    assert.equal(year.sites[0]!.priceUsdPerMWh[0], value);
    assert.equal(year.days, 11);
  }
});

Deno.test("files of a site follow one another; a lost day between them is filled and counted", () => {
  const file = (fromH: number, hours: number): string =>
    table(rows(start + fromH * hourMs, 60, hours, utc, (i) => fromH + i));
  const whole = yearOf({ "b.csv": file(240, 240), "a.csv": file(0, 240) });
  assert.equal(whole.days, 19);
  assert.deepEqual(whole.repairs, []);
  const gap = yearOf({ "a.csv": file(0, 240), "b.csv": file(264, 240) });
  assert.deepEqual(gap.repairs, [{ rule: "missing-hour", count: 24, path: "a.csv, b.csv" }]);
  assert.equal(gap.sites[0]!.priceUsdPerMWh[245 - 6], 221); // the same hour of the day before
  for (const fromH of [200, 300]) {
    assert.throws(
      () => yearOf({ "a.csv": file(0, 240), "b.csv": file(fromH, 240) }),
      /do not follow one another/,
    );
  }
});

Deno.test("the command names every repair with its file and count", async () => {
  const dir = mkdtempSync(join(tmpdir(), "joulebook-"));
  try {
    const lines = rows(start, 60, 24 * 20, utc, (i) => i < 6 ? 20 : 20 + i % 24);
    lines.push(lines[50]!); // repeated, and out of order
    lines.splice(100, 3);
    writeFileSync(join(dir, "prices.csv"), table(lines));
    writeFileSync(
      join(dir, "a.yaml"),
      exampleConfig.replace("source: generated", "source: files")
        .replaceAll(/ {4}utcOffsetH: /g, "    sources: { price: [prices.csv] }\n$&") +
        `experiment:
  seeds: [1]
  trainDays: [1]
  validationDays: [2]
  testDays: [5]
  policies: [{ kind: optimum }, { kind: greedy }]
`,
    );
    let printed = "";
    const io: CommandIo = { out: (text) => printed += text, err: () => {}, interactive: false };
    assert.equal(await command.run([join(dir, "a.yaml")], io), 0);
    for (
      const line of [
        "repaired: prices.csv: out-of-order, 1 hour\n",
        "repaired: prices.csv: repeated-hour, 1 hour\n",
        "repaired: prices.csv: back-filled-start, 5 hours",
        "repaired: prices.csv: missing-hour, 3 hours",
        "read without a checksum: prices.csv",
      ]
    ) assert.equal(printed.split(line).length, 2, line);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
