import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { publishedFigures } from "../../lib/datasets/mod.ts";
import { readInput } from "../../lib/formats/mod.ts";
import { lint } from "../../lib/plausibility/mod.ts";
import { mirrorTest } from "../mirror.ts";

const ids = ["aigc-scheduling", "elana", "mlperf", "tokenpowerbench"] as const;

Deno.test("every table has cells for all its columns, and a source", () => {
  for (const id of ids) {
    const { citation, url, read, results } = publishedFigures(id);
    assert.ok(citation.length > 20 && read.length > 20 && URL.canParse(url), id);
    const file = JSON.parse(
      readFileSync(new URL(`../../datasets/published/${id}.json`, import.meta.url), "utf8"),
    );
    for (const [i, { columns, rows }] of file.tables.entries()) {
      for (const row of rows) assert.equal(row.length, columns.length, `${id} ${row}`);
      assert.equal(new Set(columns).size, columns.length);
      for (const unit of Object.keys(file.tables[i].units)) assert.ok(columns.includes(unit));
      assert.deepEqual(Object.keys(results[i]!.columns), columns);
    }
  }
});

Deno.test("a table that is not there is refused with those that are", () => {
  assert.throws(
    () => publishedFigures("elana").table("speeds"),
    /elana\.json: there is no such table; expected models, sizes, found "speeds"/,
  );
});

Deno.test("the linter reads published figures as it reads files", () => {
  const rules = new Set(lint([publishedFigures("elana")]).map(({ rule }) => rule));
  assert.deepEqual([...rules], ["phases-add-up", "wrong-gpu-metered", "cache-size"]);
});

mirrorTest("ELANA's shipped figures are those of the mirror", async (dir) => {
  const files = { models: "elana_tables.csv", sizes: "elana_cache_table.csv" };
  for (const [name, file] of Object.entries(files)) {
    const { columns, units } = (await readInput(`${dir}/elana/${file}`)).results[0]!;
    const shipped = publishedFigures("elana").table(name);
    assert.deepEqual(shipped.columns, columns);
    assert.deepEqual(shipped.units, units);
  }
});

mirrorTest("MLPerf's shipped power results are those of the mirror", (dir) => {
  const { rows } = publishedFigures("mlperf").table("inference");
  for (const round of ["v5.1", "v4.1"]) {
    const official = JSON.parse(
      readFileSync(`${dir}/traces/mlperf_power/official_power_${round}.json`, "utf8"),
    ) as Record<string, unknown>[];
    assert.deepEqual(
      rows.filter((row) => row["round"] === round).map((row) => [row["power"], row["performance"]]),
      official.map((row) => [row["Power_Result"], row["Performance_Result"]]),
    );
  }
});
