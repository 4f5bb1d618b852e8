import { countParameters, readModelConfig } from "@joulebook/joulebook/models";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";

/** A configuration and what is published about its size. Adding a case means adding a file. */
interface Fixture {
  readonly id: string;
  readonly source: string;
  readonly config: unknown;
  readonly expect: {
    readonly total: number;
    readonly within?: number;
    readonly withMtp?: boolean;
    readonly active?: number;
    readonly activeWithoutEmbedding?: number;
  };
}

const folder = new URL("./fixtures/", import.meta.url);

Deno.test("parameter counts agree with the published ones, model by model", async (t) => {
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  assert.ok(files.length >= 140);
  for (const file of files) {
    const { id, config, expect } = JSON.parse(
      readFileSync(new URL(file, folder), "utf8"),
    ) as Fixture;
    await t.step(id, () => {
      const model = readModelConfig(config, { id, path: file });
      const count = countParameters(model);
      const total = count.total + (expect.withMtp ? count.mtp : 0);
      // Without a tolerance the figure is exact to the last digit.
      if (expect.within === undefined) assert.equal(total, expect.total);
      else assert.ok(Math.abs(total / expect.total - 1) <= expect.within, String(total));
      if (expect.active !== undefined) assert.equal(count.active, expect.active);
      if (expect.activeWithoutEmbedding !== undefined) {
        assert.equal(count.activeWithoutEmbedding, expect.activeWithoutEmbedding);
      }
      assert.deepEqual(model.uncounted, []);
      assert.deepEqual(model.notes.filter((note) => note.startsWith("not read")), []);
    });
  }
});
