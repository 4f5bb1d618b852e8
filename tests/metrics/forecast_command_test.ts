import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { command } from "../../scripts/commands/forecast.ts";
import type { CommandIo } from "../../scripts/command.ts";

const example = fileURLToPath(new URL("../../datasets/example/forecast.yaml", import.meta.url));

async function run(...args: string[]): Promise<{ status: number; out: string }> {
  let out = "";
  const io: CommandIo = { out: (text) => out += text, err: () => {}, interactive: false };
  return { status: await command.run(args, io), out };
}

Deno.test("forecast prints months, a total and its alternatives", async () => {
  const { status, out } = await run(example);
  assert.equal(status, 0);
  assert.equal([...out.matchAll(/^ {2}2026-\d\d /gm)].length, 12);
  assert.match(out, /2026-03 {2}743\.0/);
  assert.match(out, /^ {2}total .*\[.*\]/m);
  assert.match(out, /what if: free cooling in Sweden/);
  assert.match(out, /basis +generated/);
  assert.match(out, /note: carbon of Germany, mean of 2023: lifecycle CO2e/);
  assert.equal([...out.matchAll(/meter's peak will be higher/g)].length, 1);
});

Deno.test("forecast --json is one document with intervals, inputs and differences", async () => {
  const { out } = await run(example, "--json");
  const result = JSON.parse(out);
  assert.deepEqual(Object.keys(result), [
    "name",
    "zone",
    "currency",
    "method",
    "months",
    "total",
    "classes",
    "perRequest",
    "inputs",
    "notices",
    "alternatives",
  ]);
  const { value, low, high, unit, basis } = result.months[0].facilityKwh;
  assert.ok(low < value && value < high);
  assert.deepEqual([unit, basis], ["kWh", "generated"]);
  assert.equal(result.total.gridWaterL.value, null);
  assert.equal(result.total.gridWaterL.reason, "no-grid-intensity");
  const carbon = result.inputs.find(({ name }: { name: string }) => name.startsWith("carbon"));
  assert.match(carbon.source, /Ember/);
  assert.equal(result.alternatives[1].differences[0].metric, "requests");
});

Deno.test("forecast reads tables beside its configuration and names what it cannot read", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const config = join(dir, "case.yaml");
    const text = `
name: market
start: 2026-02
months: 1
zone: UTC
currency: EUR
classes:
  chat: {requests: 3600 /h, energy: {scope: node, basis: measured, perRequest: 1000 J}}
pue: 1
tariff: {series: {file: prices.csv, time: hour, value: price, unit: EUR/MWh, use: month-hour}}
`;
    await Deno.writeTextFile(config, text);
    await assert.rejects(run(config), /prices\.csv: the file cannot be read/);
    const rows = Array.from(
      { length: 28 * 24 },
      (_, h) => `${new Date(Date.UTC(2025, 1, 1, h)).toISOString()},50`,
    );
    await Deno.writeTextFile(join(dir, "prices.csv"), `hour,price\n${rows.join("\n")}\n`);
    const { total } = JSON.parse((await run(config, "--json")).out);
    // 672 h at 1 kW and 0.05 EUR/kWh.
    assert.equal(total.energyCost.value.toFixed(6), "33.600000");
    await Deno.writeTextFile(config, text.replace("price, unit", "cost, unit"));
    await assert.rejects(
      run(config),
      /prices\.csv:1: there is no column "cost"; expected one of "hour"/,
    );
    await assert.rejects(run(join(dir, "none.yaml")), /none\.yaml: the file cannot be read/);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("forecast wants exactly one configuration", async () => {
  await assert.rejects(run(), { name: "UsageError" });
  await assert.rejects(run(example, example), { name: "UsageError" });
});
