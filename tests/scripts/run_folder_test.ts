/** The commands on a run folder: the bundled one, whose power is modelled. */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommand } from "./run_command.ts";

const dir = fileURLToPath(new URL("../../datasets/smollm2_cpu/run", import.meta.url));

Deno.test("attribute takes a run folder: cells add up, and modelled power is named", async () => {
  const { status, out } = await runCommand("attribute", dir, "--json");
  assert.equal(status, 0);
  const found = JSON.parse(out);
  assert.equal(found.basis, "modelled");
  assert.equal(found.cells.length, 6);
  assert.equal(found.requests.length, 54);
  assert.ok(found.conservationError < 1e-9);
  const sumJ = found.idleJ + found.prefillJ + found.decodeJ + found.unattributedJ;
  assert.ok(Math.abs(sumJ / found.totalJ - 1) < 1e-9);
  const cellsJ = found.cells.reduce(
    (sum: number, cell: { totalJ: number }) => sum + cell.totalJ,
    found.outsideJ,
  );
  assert.ok(Math.abs(cellsJ / found.totalJ - 1) < 1e-9);
  assert.deepEqual(
    new Set(found.cells.map(({ method }: { method: string }) => method)),
    new Set(["regression", "serial", "one-at-a-time"]),
  );
  // Of requests that wait, the energy is that from the end of the one before.
  type Row = { cell: string; startS: number; workFromS: number; endS: number };
  const rows: Row[] = found.requests.filter(({ cell }: Row) => cell === "006-in128-out32-c4-r1");
  assert.ok(rows.some(({ startS, workFromS }) => workFromS > startS));
  const byStart = rows.toSorted((a, b) => a.workFromS - b.workFromS);
  byStart.forEach(({ workFromS }, i) => assert.ok(i === 0 || workFromS >= byStart[i - 1]!.endS));
  const text = await runCommand("attribute", dir);
  assert.match(text.out, /MODELLED from a declared power, not measured/);
  assert.match(text.out, /modelled J/);
  assert.ok(!/measured J/.test(text.out));
});

Deno.test("a file of modelled power is named as such where it is attributed without its folder", async () => {
  const files = ["--power", `${dir}/power/declared.csv`, "--requests", `${dir}/requests.jsonl`];
  for (const method of ["equal-share", "dynamic-equal-share"]) {
    const { out } = await runCommand("attribute", ...files, "--method", method);
    assert.match(out, /, modelled\)/);
    assert.match(out, /= modelled, (exactly|to )/);
    const json = await runCommand("attribute", ...files, "--method", method, "--json");
    assert.equal(JSON.parse(json.out).basis, "modelled");
  }
});

Deno.test("options that a run folder has no use for are refused", async () => {
  for (
    const more of [["--zone", "UTC"], ["--requests", "a"], ["--offset", "1"], ["--volts", "5"], [
      dir,
    ]]
  ) {
    const { status, err } = await runCommand("attribute", dir, ...more);
    assert.equal(status, 2);
    assert.match(err.join("\n"), /no use here|one run folder/);
  }
  const { status, err } = await runCommand("attribute", `${dir}/power`);
  assert.equal(status, 1);
  assert.match(err.join("\n"), /not a run folder/);
});

Deno.test("inspect tells of a run's cells and samplers", async () => {
  const { out } = await runCommand("inspect", dir, "--json");
  const [file] = JSON.parse(out).files;
  assert.equal(file.format, "joulebook-run");
  assert.equal(file.run.state, "complete");
  assert.equal(file.run.cells.length, 6);
  assert.deepEqual(
    file.run.samplers.map(({ isHere }: { isHere: boolean }) => isHere),
    [true, false],
  );
  assert.equal(file.devices[0].basis, "modelled");
  const text = await runCommand("inspect", dir);
  assert.match(text.out, /6 of 6 cells whole \(complete\)/);
  assert.match(text.out, /rapl was not here: there is no/);
});

Deno.test("lint looks at a run as a whole", async () => {
  const { status, out } = await runCommand("lint", dir, "--json");
  assert.equal(status, 0);
  const { findings, runs, unread } = JSON.parse(out);
  assert.deepEqual([runs.length, unread.length], [1, 0]);
  const rules = findings.map(({ rule }: { rule: string }) => rule);
  assert.ok(rules.includes("run-power-modelled") && rules.includes("run-driver-late"));
  const one = await runCommand("lint", dir, "--rule", "run-power-modelled", "--json");
  assert.equal(JSON.parse(one.out).findings.length, 1);
});

Deno.test("a run that was imported cannot be gone on with, and says why", async () => {
  const folder = mkdtempSync(join(tmpdir(), "joulebook-import-"));
  try {
    const at = (name: string): string =>
      fileURLToPath(new URL(`../../datasets/example/${name}`, import.meta.url));
    const run = join(folder, "run");
    const files = [
      "--power",
      at("power.csv"),
      "--requests",
      at("requests.json"),
      "--zone",
      "-07:00",
    ];
    assert.equal((await runCommand("measure", "--import", ...files, "--out", run)).status, 0);
    const { status, err } = await runCommand("measure", "--resume", run);
    assert.equal(status, 1);
    assert.match(err.join(), /this run was imported from another tool/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
