import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { InputError } from "../../lib/errors.ts";
import { cutEvenly, openRun, type RunOptions } from "../../lib/tasks/mod.ts";
import type { FaultyPart, FaultyUnit } from "./kinds/faulty.ts";
import { withFolder } from "./temporary.ts";

const module = new URL("./kinds/faulty.ts", import.meta.url).href;
const numbers = (count: number): FaultyUnit[] => Array.from({ length: count }, (_, n) => ({ n }));

/** Computes units in a run, and closes it. */
async function compute(
  dir: string,
  units: readonly FaultyUnit[],
  options: Partial<RunOptions> = {},
): Promise<number[]> {
  const run = openRun({ command: "test", dir: join(dir, "run"), jobs: 2, ...options });
  try {
    const list = { list: "faulty", module, options: null, places: dir, units };
    const parts = await run.map<FaultyPart, null, FaultyUnit>(list);
    return parts.map(({ twice }) => twice);
  } finally {
    run.close();
  }
}

const started = (dir: string): number => readdirSync(join(dir, "started")).length;
const partsOf = (dir: string): string[] => readdirSync(join(dir, "run", "parts"));

Deno.test("whatever the cut and the number of processes, parts come in the order of the units", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 1, max: 11 }), { maxLength: 8 }),
      fc.integer({ min: 1, max: 3 }),
      (cuts, jobs) =>
        withFolder(async (dir) => {
          const starts = [0, ...cuts.sort((a, b) => a - b)];
          const doubled = await compute(dir, numbers(12), { jobs, cut: () => starts });
          assert.deepEqual(doubled, numbers(12).map(({ n }) => 2 * n));
          assert.equal(partsOf(dir).length, starts.length);
        }),
    ),
    { numRuns: 4, seed: 2 },
  );
});

Deno.test("an even cut keeps all units, and tasks of about equal weight", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 200 }),
      fc.integer({ min: 1, max: 50 }),
      (weights, most) => {
        const starts = cutEvenly(weights, { mostTasks: most });
        assert.equal(starts[0], 0);
        assert.ok(starts.length <= Math.max(most, 1) || weights.length <= most);
        assert.ok(starts.every((s, i) => i === 0 || s > starts[i - 1]!));
        const total = weights.reduce((a, b) => a + b, 0);
        const heaviest = Math.max(
          ...starts.map((from, i) => weights.slice(from, starts[i + 1]).reduce((a, b) => a + b, 0)),
        );
        assert.ok(heaviest <= 2 * total / most + Math.max(...weights));
      },
    ),
  );
});

Deno.test("what is done is never done again, and another input is another task", () =>
  withFolder(async (dir) => {
    await compute(dir, numbers(4));
    assert.equal(started(dir), 4);
    await compute(dir, numbers(4), { jobs: 1 });
    assert.equal(started(dir), 4);
    assert.deepEqual(await compute(dir, [...numbers(4), { n: 9 }], { jobs: 1 }), [0, 2, 4, 6, 18]);
    assert.equal(started(dir), 5);
  }));

Deno.test("a task whose process is killed is tried again, and the result is the same", () =>
  withFolder(async (dir) => {
    const notes: string[] = [];
    const units = numbers(6).map((unit): FaultyUnit =>
      unit.n === 3 ? { ...unit, does: "kill-once" } : unit
    );
    const doubled = await compute(dir, units, { onNote: (note) => notes.push(note) });
    assert.deepEqual(doubled, [0, 2, 4, 6, 8, 10]);
    assert.match(notes.join(), /tried again: its process ended with SIGKILL/);
  }));

Deno.test("a task that fails always is named with its reason; the others are kept", () =>
  withFolder(async (dir) => {
    const units = numbers(4).map((unit): FaultyUnit =>
      unit.n === 2 ? { ...unit, does: "throw" } : unit
    );
    await assert.rejects(compute(dir, units), {
      code: "refused",
      message: /1 of 4 tasks of faulty are missing: units 2 \(Error: unit 2 fails always\)/,
    });
    assert.equal(partsOf(dir).length, 3);
    assert.equal(
      readdirSync(join(dir, "started")).filter((name) => name.startsWith("2-")).length > 0,
      true,
    );
  }));

Deno.test("an input that cannot be used is told as one process would tell it, and not tried again", () =>
  withFolder(async (dir) => {
    const units = numbers(3).map((unit): FaultyUnit => ({ ...unit, does: "refuse" }));
    for (const jobs of [1, 2]) {
      await assert.rejects(compute(dir, units, { jobs }), {
        name: "InputError",
        code: "refused",
        message: "unit-0: it cannot be used.",
      });
    }
  }));

Deno.test("a part that was damaged is noticed and made anew", () =>
  withFolder(async (dir) => {
    const before = await compute(dir, numbers(3), { jobs: 1 });
    const paths = partsOf(dir).map((name) => join(dir, "run", "parts", name));
    const whole = paths.map((path) => readFileSync(path));
    truncateSync(paths[0]!, whole[0]!.length - 3);
    const flipped = Uint8Array.from(whole[1]!);
    flipped[flipped.length - 1]! ^= 1;
    writeFileSync(paths[1]!, flipped);
    writeFileSync(paths[2]!, "");
    writeFileSync(`${paths[0]}.1-2.tmp`, "the half of a part");
    const notes: string[] = [];
    assert.deepEqual(
      await compute(dir, numbers(3), { jobs: 1, onNote: (note) => notes.push(note) }),
      before,
    );
    assert.equal(notes.filter((note) => /is damaged and is made anew/.test(note)).length, 3);
    assert.deepEqual(paths.map((path) => readFileSync(path)), whole);
    assert.equal(partsOf(dir).length, 3);
  }));

Deno.test("a run that is stopped keeps what is done, and goes on", () =>
  withFolder(async (dir) => {
    const stop = new AbortController();
    const units = numbers(4).map((unit): FaultyUnit =>
      unit.n === 3 ? { ...unit, does: "wait" } : unit
    );
    const stopped = compute(dir, units, {
      signal: stop.signal,
      onProgress: ({ done }) => done === 3 && stop.abort(),
    });
    await assert.rejects(stopped, { message: /stopped: 3 of 4 tasks of faulty are done.*--run/ });
    writeFileSync(join(dir, "open"), "");
    assert.deepEqual(await compute(dir, units), [0, 2, 4, 6]);
    assert.equal(
      readdirSync(join(dir, "started")).filter((name) => /^[012]-/.test(name)).length,
      3,
    );
  }));

Deno.test("a folder is of one command, and of one process at a time", () =>
  withFolder(async (dir) => {
    const path = join(dir, "run");
    const run = openRun({ command: "test", dir: path });
    assert.throws(
      () => openRun({ command: "test", dir: path }),
      /another process works on this run/,
    );
    run.close();
    assert.throws(() => openRun({ command: "other", dir: path }), /a run of another command/);
    writeFileSync(join(path, "lock"), `999999999 ${Deno.hostname()}\n`);
    assert.deepEqual(await compute(dir, numbers(1)), [0]);
  }));

Deno.test("progress counts what is done, runs and failed", () =>
  withFolder(async (dir) => {
    const lines: string[] = [];
    await compute(dir, numbers(3), {
      jobs: 1,
      onProgress: ({ done, running, failed, tasks }) =>
        lines.push(`${done}/${tasks} ${running} ${failed}`),
    });
    assert.deepEqual(lines.slice(0, 3), ["0/3 0 0", "0/3 1 0", "1/3 0 0"]);
    assert.equal(lines.at(-1), "3/3 0 0");
  }));

/** Whether a small file system can be mounted here. */
function canMount(): boolean {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  const dir = Deno.makeTempDirSync();
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", dir]);
  if (status === 0) spawnSync("umount", [dir]);
  Deno.removeSync(dir);
  return status === 0;
}

Deno.test({
  name: "a full disk is told as such; with space the run goes on and gives the same",
  ignore: !canMount(),
  fn: () =>
    withFolder(async (dir) => {
      const path = join(dir, "run");
      mkdirSync(path);
      spawnSync("mount", ["-t", "tmpfs", "-o", "size=300k", "tmpfs", path]);
      try {
        const units = numbers(4).map((unit): FaultyUnit => ({ ...unit, bytes: 100_000 }));
        for (const jobs of [1, 2]) {
          await assert.rejects(compute(dir, units, { jobs }), (error: unknown) => {
            assert.ok(error instanceof InputError);
            assert.match(error.message, /tasks of faulty are missing: units \d .*the disk is full/);
            assert.match(error.message, /go on with --run/);
            return true;
          });
        }
        const left = readdirSync(join(path, "parts"));
        assert.ok(left.every((name) => name.endsWith(".part")), "a half of a file was left");
        spawnSync("mount", ["-o", "remount,size=2m", path]);
        assert.deepEqual(await compute(dir, units), [0, 2, 4, 6]);
      } finally {
        spawnSync("umount", [path]);
      }
    }),
});
