import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { openRun, type RunOptions, slurmEngine } from "../../lib/tasks/mod.ts";
import { parseAccount, parseQueue } from "../../lib/tasks/engines/slurm_client.ts";
import { slurmScript } from "../../lib/tasks/engines/slurm_script.ts";
import { commandsOn, scheduleText } from "./every_command.ts";
import { writeStore } from "./generated_store.ts";
import type { FaultyPart, FaultyUnit } from "./kinds/faulty.ts";
import { missingPrograms, SlurmCluster } from "./slurm/cluster.ts";
import { withFolder } from "./temporary.ts";

Deno.test("the script of an array names what the site wants, and quotes what has spaces", () => {
  const script = slurmScript({
    name: "joulebook-inspect",
    size: 12,
    atOnce: 4,
    logPath: "/runs/my run/%a.log",
    program: ["/bin/deno", "run", "it's.ts"],
  }, {
    partition: "gpu",
    account: "proj-1",
    time: "01:00:00",
    lines: ["#SBATCH --qos=normal", "module load deno"],
  });
  assert.equal(
    script,
    `#!/bin/sh
#SBATCH --job-name=joulebook-inspect
#SBATCH --array=0-11%4
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --output="/runs/my run/%a.log"
#SBATCH --open-mode=append
#SBATCH --mem=1500M
#SBATCH --partition=gpu
#SBATCH --account=proj-1
#SBATCH --time=01:00:00
#SBATCH --requeue
#SBATCH --qos=normal

module load deno
exec /bin/deno run 'it'\\''s.ts'
`,
  );
});

Deno.test("what squeue and sacct print is read", () => {
  assert.deepEqual([...parseQueue("0|RUNNING|None\n11|PENDING|Resources\nN/A|PENDING|None\n")], [
    [0, { state: "RUNNING", reason: "None" }],
    [11, { state: "PENDING", reason: "Resources" }],
  ]);
  assert.deepEqual([...parseAccount("7_0|COMPLETED|0:0\n7_1|CANCELLED by 0|0:15\n7|X|0:0\n")], [
    [0, { state: "COMPLETED", reason: "exit 0:0" }],
    [1, { state: "CANCELLED", reason: "exit 0:15" }],
  ]);
});

const missing = missingPrograms();

/** Runs a test on a cluster; Slurm's programs find it by the environment. */
async function withCluster(
  body: (cluster: SlurmCluster, dir: string) => Promise<void>,
): Promise<void> {
  const cluster = await SlurmCluster.start(4);
  const before = { PATH: process.env["PATH"], SLURM_CONF: process.env["SLURM_CONF"] };
  Object.assign(process.env, cluster.env);
  try {
    await withFolder((dir) => body(cluster, dir));
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await cluster.stop();
  }
}

const module = new URL("./kinds/faulty.ts", import.meta.url).href;

async function compute(
  dir: string,
  units: readonly FaultyUnit[],
  options: Partial<RunOptions> = {},
): Promise<number[]> {
  // By itself Slurm puts a job of a lost node back only after two minutes; the site's line wins.
  const engine = slurmEngine({ pollS: 0.2, memory: "200M", lines: ["#SBATCH --no-requeue"] });
  const run = openRun({ command: "test", dir: join(dir, "run"), engine, ...options });
  try {
    const list = { list: "faulty", module, options: null, places: dir, units };
    return (await run.map<FaultyPart, null, FaultyUnit>(list)).map(({ twice }) => twice);
  } finally {
    run.close();
  }
}

/** Numbers of the units that were begun on a node. */
function startedOn(dir: string, node: string): number[] {
  mkdirSync(join(dir, "started"), { recursive: true });
  return readdirSync(join(dir, "started")).filter((name) => name.includes(`-${node}-`))
    .map((name) => Number(name.split("-")[0]));
}

const waiting = (count: number): FaultyUnit[] =>
  Array.from({ length: count }, (_, n) => ({ n, does: "wait" }));
const doubled = (count: number): number[] => Array.from({ length: count }, (_, n) => 2 * n);

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Runs the command line with Slurm's programs in reach. */
async function joulebook(cluster: SlurmCluster, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "scripts/joulebook.ts", ...args],
    cwd: root,
    env: cluster.env,
  }).output();
  const text = new TextDecoder();
  assert.equal(code, 0, `${args.join(" ")}: ${text.decode(stderr)}`);
  return text.decode(stdout);
}

Deno.test({
  name: missing.length === 0
    ? "a Slurm of two nodes"
    : `a Slurm of two nodes cannot be started here: there is no ${missing.join(", ")}`,
  ignore: missing.length > 0,
  fn: (t) =>
    withCluster(async (cluster, top) => {
      const folder = (name: string): string => {
        const dir = join(top, name);
        mkdirSync(dir);
        return dir;
      };
      const notes: string[] = [];
      const onNote = (note: string): void => void notes.push(note);

      // Slurm takes half a minute to miss a node: everything else is done meanwhile.
      const lost = folder("lost");
      const losing = compute(lost, waiting(4));
      await cluster.waitFor(() => startedOn(lost, "node1").length === 4);
      cluster.killNode("node1");

      const killed = folder("killed");
      const units = doubled(4).map((_, n): FaultyUnit =>
        n === 2 ? { n, does: "kill-once" } : { n }
      );
      await t.step("a task that is killed is submitted again", async () => {
        assert.deepEqual(await compute(killed, units, { onNote }), doubled(4));
        assert.match(notes.join(), /task 2 is submitted again: job \d+_2 ended as FAILED/);
      });

      await t.step("a part that was damaged is made anew, bit by bit", async () => {
        const parts = join(killed, "run", "parts");
        const part = join(parts, readdirSync(parts)[0]!);
        const whole = readFileSync(part);
        writeFileSync(part, whole.subarray(0, whole.length - 1));
        assert.deepEqual(await compute(killed, units), doubled(4));
        assert.deepEqual(readFileSync(part), whole);
      });

      await t.step("what fails always is named, an unusable input as anywhere else", async () => {
        const failing = folder("failing");
        await assert.rejects(
          compute(failing, [{ n: 0 }, { n: 1, does: "throw" }], { attempts: 2 }),
          /1 of 2 tasks of faulty are missing: units 1 \(Error: unit 1 fails always\)/,
        );
        await assert.rejects(
          compute(failing, [{ n: 7, does: "refuse" }]),
          /unit-7: it cannot be used/,
        );
      });

      await t.step("a run whose driver is gone is found in the queue", async () => {
        const dir = folder("driver");
        const script = fileURLToPath(new URL("./slurm/driver.ts", import.meta.url));
        const driver = new Deno.Command(Deno.execPath(), {
          args: ["run", "-A", script, dir],
          env: cluster.env,
          stdout: "null",
        }).spawn();
        await cluster.waitFor(() => startedOn(dir, "node2").length === 4);
        driver.kill("SIGKILL");
        await driver.status;
        const again = compute(dir, waiting(4), { onNote });
        writeFileSync(join(dir, "open"), "");
        assert.deepEqual(await again, doubled(4));
        assert.match(notes.join(), /goes on with job \d+, which is still in the queue/);
        assert.equal(startedOn(dir, "node2").length, 4);
      });

      await t.step("a run that is stopped leaves nothing in the queue, and goes on", async () => {
        const dir = folder("stopped");
        const stop = new AbortController();
        const stopped = compute(dir, waiting(2), { signal: stop.signal });
        await cluster.waitFor(() => startedOn(dir, "node2").length === 2);
        stop.abort();
        await assert.rejects(stopped, /stopped: 0 of 2 tasks of faulty are done/);
        await cluster.waitFor(() =>
          !cluster.command("squeue", "--noheader", "--format=%N %T").includes("node2")
        );
        writeFileSync(join(dir, "open"), "");
        assert.deepEqual(await compute(dir, waiting(2)), doubled(2));
      });

      await t.step("every command gives the bytes that it gives here", async () => {
        const store = folder("store");
        writeStore(store, 2, 120);
        const schedule = join(top, "tiny.yaml");
        writeFileSync(schedule, scheduleText);
        await Promise.all(
          commandsOn(store, schedule).map(async (args) => {
            const where = ["--engine", "slurm", "--run", join(top, `run-${args[0]}`)];
            const slurm = await joulebook(cluster, [...args, ...where, "--memory", "300M"]);
            const here = await joulebook(cluster, [...args, "--jobs", "1"]);
            assert.equal(slurm, here, args[0]);
          }),
        );
      });

      await t.step("tasks of a lost node run on the other", async () => {
        writeFileSync(join(lost, "open"), "");
        assert.deepEqual(await losing, doubled(4));
        assert.equal(startedOn(lost, "node2").length, 4);
      });

      await t.step("a node that is drained in mid-run gets no more tasks", async () => {
        cluster.startNode("node1");
        await cluster.waitFor(() => cluster.stateOf("node1") === "IDLE");
        // Eight fill both nodes; the rest waits in the queue.
        const drained = folder("drained");
        const draining = compute(drained, waiting(10));
        await cluster.waitFor(() => startedOn(drained, "node1").length === 4);
        cluster.command("scontrol", "update", "nodename=node1", "state=drain", "reason=test");
        writeFileSync(join(drained, "open"), "");
        assert.deepEqual(await draining, doubled(10));
        assert.equal(startedOn(drained, "node1").length, 4);
        assert.equal(startedOn(drained, "node2").length, 6);
      });
    }),
});
