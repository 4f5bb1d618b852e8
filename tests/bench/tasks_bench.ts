// deno-lint-ignore-file no-console
/**
 * What tasks cost: the overhead of a task on the cores of this machine and in a Slurm of two nodes on
 * it (where Slurm is installed), two nodes against one on the same work, and the memory of a task. The
 * work is the attribution of a generated fleet: see generated_fleet.ts; `--servers N --days N` for its
 * size, `--rounds N` for repetitions.
 */

import { mkdirSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { StoreWriter } from "../../lib/formats/store/mod.ts";
import {
  attributeStore,
  type Engine,
  openRun,
  slurmEngine,
  workersEngine,
} from "../../lib/tasks/mod.ts";
import { missingPrograms, SlurmCluster } from "../tasks/slurm/cluster.ts";
import {
  type Fleet,
  gpusPerServer,
  powerOf,
  requestsOf,
  samplesPerDay,
  serverName,
} from "./generated_fleet.ts";

const { values } = parseArgs({
  options: {
    servers: { type: "string", default: "8" },
    days: { type: "string", default: "12" },
    rounds: { type: "string", default: "2" },
  },
});
const fleet: Fleet = {
  seed: 1,
  servers: Number(values.servers),
  days: Number(values.days),
  requestsPerServerDay: 700,
};
const nothing = new URL("../tasks/kinds/faulty.ts", import.meta.url).href;
const top = await Deno.makeTempDir({ prefix: "joulebook-tasks-" });
let runs = 0;

/** A folder that nobody has used. */
function fresh(): string {
  const dir = join(top, `run-${runs++}`);
  mkdirSync(dir);
  return dir;
}

/** Seconds of tasks that do nothing. */
async function idleTasks(count: number, engine: Engine, jobs: number): Promise<number> {
  const dir = fresh();
  const run = openRun({ command: "bench", dir: join(dir, "run"), engine, jobs });
  const start = performance.now();
  const units = Array.from({ length: count }, (_, n) => ({ n }));
  await run.map({ list: "nothing", module: nothing, options: null, places: dir, units });
  run.close();
  return (performance.now() - start) / 1000;
}

/** Seconds and peak of an attribution. */
async function attribute(store: string, engine: Engine, jobs?: number): Promise<[number, number]> {
  const run = openRun({
    command: "bench",
    dir: join(fresh(), "run"),
    engine,
    ...(jobs !== undefined && { jobs }),
  });
  const start = performance.now();
  await attributeStore(run, { power: store, requests: store });
  const seconds = (performance.now() - start) / 1000;
  run.close();
  return [seconds, run.peakBytes];
}

const s = (seconds: number): string => `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;

try {
  console.log(
    `${availableParallelism()} cores, load ${
      loadavg()[0]!.toFixed(1)
    } before: with a load above 0 the ` +
      "seconds are too long, ratios hold",
  );
  const one = await idleTasks(1, workersEngine, 1);
  const many = await idleTasks(200, workersEngine, 2);
  console.log(
    `workers: a task that does nothing in this process ${s(one)}; 200 on 2 processes ${s(many)}, ` +
      `their start included: ${(1000 * 2 * many / 200).toFixed(0)} ms a task`,
  );

  const store = join(top, "store");
  for (let server = 0; server < fleet.servers; server++) {
    const name = serverName(server);
    const writer = new StoreWriter(store, { id: name, path: name, format: "generated" });
    for (let gpu = 0; gpu < gpusPerServer; gpu++) {
      for (let day = 0; day < fleet.days; day++) {
        writer.addSeries(powerOf(fleet, server, day)[gpu]!);
      }
    }
    for (let day = 0; day < fleet.days; day++) writer.addRequests(requestsOf(fleet, server, day));
    writer.commit();
  }
  const readings = fleet.servers * fleet.days * gpusPerServer * samplesPerDay;
  console.log(
    `attribution of ${readings.toExponential(2)} generated readings, ${
      fleet.servers * fleet.days
    } server days`,
  );
  const [alone, peak] = await attribute(store, workersEngine, 2);
  console.log(`workers: 2 processes ${s(alone)}, peak of a process ${(peak / 1e6).toFixed(0)} MB`);

  const missing = missingPrograms();
  if (missing.length > 0) {
    console.log(`Slurm: not measured, there is no ${missing.join(", ")}`);
  } else {
    const cluster = await SlurmCluster.start(1);
    Object.assign(process.env, cluster.env);
    try {
      const engine = slurmEngine({ pollS: 0.2, memory: "1500M" });
      const quiet = await idleTasks(1, engine, 1);
      const array = await idleTasks(20, engine, 20);
      console.log(
        `Slurm: one task that does nothing ${
          s(quiet)
        } from sbatch to its part; 20 on two nodes of one ` +
          `core ${s(array)}: each further one ${s(2 * (array - quiet) / 18)} of a core`,
      );
      // Nodes in turn, so that a load that comes and goes falls on both.
      const times: number[][] = [[], []];
      for (let round = 0; round < Number(values.rounds); round++) {
        for (const nodes of [1, 2]) {
          cluster.command(
            "scontrol",
            "update",
            "nodename=node2",
            nodes === 1 ? "state=drain" : "state=resume",
            ...(nodes === 1 ? ["reason=bench"] : []),
          );
          times[nodes - 1]!.push((await attribute(store, engine))[0]);
        }
      }
      const [first, second] = times.map((all) => Math.min(...all));
      console.log(
        `Slurm: one node ${s(first!)}, two nodes ${s(second!)}: ${
          (first! / second!).toFixed(2)
        } times ` +
          `(best of ${values.rounds}, nodes of one core each)`,
      );
    } finally {
      await cluster.stop();
    }
  }
} finally {
  await Deno.remove(top, { recursive: true });
}
