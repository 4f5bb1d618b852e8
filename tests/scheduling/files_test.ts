import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loadRegistry } from "../../lib/datasets/mod.ts";
import { exampleConfig, parseScheduleConfig, readYear } from "../../lib/scheduling/mod.ts";
import { readScheduleFiles } from "../../scripts/schedule_files.ts";
import { mirrorTest } from "../mirror.ts";

const registered = "scheduling/hpe-sustain-cluster/prices/US-MIDA-PJM_2023.csv";
const own = "scheduling/hpe-sustain-cluster/prices/FR_2024.csv";

/** The example with one price file for all sites. */
function priced(path: string): ReturnType<typeof parseScheduleConfig> {
  return parseScheduleConfig(
    exampleConfig.replace("source: generated", "source: files")
      .replaceAll(/ {4}utcOffsetH: /g, `    sources: { price: [${path}] }\n$&`),
    "prices.yaml",
  );
}

function hours(days: number): string {
  const rows = Array.from(
    { length: 24 * days },
    (_, h) => `${new Date(Date.UTC(2024, 0, 1, h)).toISOString()},${20 + h % 24}`,
  );
  return `time,price\n${rows.join("\n")}\n`;
}

async function withFiles(
  files: Readonly<Record<string, string>>,
  body: (dir: string) => Promise<void>,
): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "joulebook-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), text);
    }
    await body(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

Deno.test("a registered file with other bytes is refused, in the mirror and beside the configuration", async () => {
  await withFiles({ [registered]: hours(20) }, async (dir) => {
    const config = priced(registered);
    for (const [configPath, mirrorDir] of [["elsewhere/a.yaml", dir], [join(dir, "a.yaml"), ""]]) {
      await assert.rejects(readScheduleFiles(config, configPath!, mirrorDir), {
        name: "InputError",
        code: "checksum",
      });
    }
  });
});

Deno.test("a file that the registry does not have is read from its path and named as unchecked", async () => {
  await withFiles({ [own]: hours(20) }, async (dir) => {
    const config = priced(own);
    for (const [configPath, mirrorDir] of [["elsewhere/a.yaml", dir], [join(dir, "a.yaml"), ""]]) {
      const { texts, unchecked } = await readScheduleFiles(config, configPath!, mirrorDir);
      assert.deepEqual(unchecked, [own]);
      assert.equal(readYear(config, (path) => texts.get(path)!).days, 19);
    }
    await assert.rejects(readScheduleFiles(config, "elsewhere/a.yaml", join(dir, "empty")), {
      code: "not-found",
      message: /neither beside the configuration nor in the mirror/,
    });
  });
});

mirrorTest("the registered prices are read with their checksums", async (dir) => {
  const { texts, unchecked } = await readScheduleFiles(priced(registered), "a.yaml", dir);
  assert.deepEqual(unchecked, []);
  assert.equal(texts.get(registered)!.split("\n").length, 8762);
  const { files } = loadRegistry();
  const prices = files.filter(({ path }) => path.includes("sustain-cluster/prices/"));
  assert.equal(prices.length, 18);
});
