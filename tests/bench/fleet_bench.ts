// deno-lint-ignore-file no-console
/**
 * A fleet from readings to joules by request, in parts that one process can hold: written as a store of
 * Parquet by device and day, then attributed by server and day: by equal share here, and with `--tasks`
 * by the command line's tasks too (regression, one fit over all). By default 1e7 generated readings and
 * 1e4 requests; `--samples 1e8,1e9 --requests 1e5,1e6` for more, `--jobs N` for tasks at once, `--keep`
 * to keep the files, `--dir DIR` to say where they go. The truth is known: see generated_fleet.ts.
 */

import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { openStore } from "../../lib/formats/store/mod.ts";
import {
  type Fleet,
  fleetOf,
  gpusPerServer,
  physics,
  requestsOf,
  samplesPerDay,
  trueJoules,
} from "./generated_fleet.ts";
import type { StageFigures, StageJob } from "./fleet_stage.ts";
import { type WatchedFigures, watchProcess } from "./watched_process.ts";

const { values } = parseArgs({
  options: {
    samples: { type: "string", default: "1e7" },
    requests: { type: "string", default: "1e4" },
    dir: { type: "string" },
    tasks: { type: "boolean" },
    jobs: { type: "string", default: "1" },
    keep: { type: "boolean" },
  },
});

async function stage(job: StageJob): Promise<StageFigures> {
  const { success, stdout, stderr } = await new Deno.Command(process.execPath, {
    args: [
      "run",
      "-A",
      "--no-check",
      "--config",
      new URL("../../deno.json", import.meta.url).pathname,
      new URL("fleet_stage.ts", import.meta.url).pathname,
      JSON.stringify(job),
    ],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout)) as StageFigures;
}

/** Runs a stage over all servers, some at a time, one process after another. */
async function stages(
  job: Omit<StageJob, "servers">,
  serversAtOnce: number,
): Promise<StageFigures & { readonly processes: number }> {
  const total = {
    wallS: 0,
    cpuS: 0,
    peakMb: 0,
    samples: 0,
    requests: 0,
    totalJ: 0,
    requestJ: 0,
    idleJ: 0,
    unattributedJ: 0,
    processes: 0,
  };
  for (let from = 0; from < job.fleet.servers; from += serversAtOnce) {
    const figures = await stage({
      ...job,
      servers: [from, Math.min(job.fleet.servers, from + serversAtOnce)],
    });
    for (const key of Object.keys(figures) as (keyof StageFigures)[]) {
      if (key === "peakMb") total.peakMb = Math.max(total.peakMb, figures.peakMb);
      else total[key] += figures[key];
    }
    total.processes++;
  }
  return total;
}

function show(
  what: string,
  { wallS, cpuS, peakMb, samples, processes }:
    & Pick<StageFigures, "wallS" | "cpuS" | "peakMb" | "samples">
    & { readonly processes: number },
): void {
  console.log(
    `  ${what.padEnd(26)}${cpuS.toFixed(1).padStart(8)} s processor ${
      wallS.toFixed(1).padStart(8)
    } s wall ` +
      `${(cpuS / samples * 1e9).toFixed(0).padStart(5)} ns a reading  peak ${
        peakMb.toFixed(0)
      } MB ` +
      `(${processes} processes)`,
  );
}

async function study(fleet: Fleet, parent: string | undefined): Promise<void> {
  const dir = await Deno.makeTempDir({
    prefix: "joulebook-fleet-",
    ...(parent && { dir: parent }),
  });
  const store = join(dir, "store");
  try {
    const samples = sampleCount(fleet);
    console.log(
      `${samples.toExponential(2)} readings: ${fleet.servers} servers of ${gpusPerServer} GPUs, ` +
        `${fleet.days} days at 1 Hz, ${
          fleet.requestsPerServerDay * fleet.servers * fleet.days
        } requests ` +
        `(generated)`,
    );
    const written = await stages({ stage: "write", fleet, dir: store }, 8);
    show("write the store", written);
    const { series, requests } = openStore(store);
    const bytes = [...series, ...requests].flatMap(({ files }) => files).reduce(
      (sum, file) => sum + file.bytes,
      0,
    );
    console.log(
      `  ${"on disk".padEnd(26)}${(bytes / 1e6).toFixed(0).padStart(8)} MB, ${
        (bytes / samples).toFixed(2)
      } bytes a reading`,
    );
    const attributed = await stages({ stage: "attribute", fleet, dir: store }, 4);
    show("attribute by server, day", attributed);
    check(fleet, attributed);
    extend(samples, bytes, written.cpuS, attributed.cpuS, "equal share");
    if (values.tasks === true) {
      const byTasks = await attributeByTasks(fleet, store, join(dir, "run"));
      extend(samples, bytes, written.cpuS, byTasks.cpuS, "regression");
    }
  } finally {
    if (values.keep !== true) await Deno.remove(dir, { recursive: true });
    else console.log(`  kept in ${dir}`);
  }
}

/** The command line's tasks, with all processes that they take. */
async function attributeByTasks(fleet: Fleet, store: string, run: string): Promise<WatchedFigures> {
  const figures = await watchProcess(process.execPath, [
    "run",
    "-A",
    new URL("../../scripts/joulebook.ts", import.meta.url).pathname,
    "attribute",
    ...["--power", store, "--requests", store, "--engine", "workers"],
    ...["--jobs", values.jobs, "--run", run, "--json"],
  ]);
  const result = JSON.parse(figures.output) as {
    readonly prefill: { readonly energyJ: number };
    readonly decode: { readonly energyJ: number };
    readonly conservationError: number;
  };
  const truth = truthOf(fleet);
  const off = (energyJ: number, trueJ: number): string =>
    `${(100 * (energyJ / trueJ - 1)).toFixed(2)} %`;
  show(`attribute, ${values.jobs} tasks at once`, { ...figures, samples: sampleCount(fleet) });
  console.log(
    `  prefill ${off(result.prefill.energyJ, truth.prefillJ)} and decode ` +
      `${off(result.decode.energyJ, truth.decodeJ)} from the truth, parts add up to ` +
      `${result.conservationError.toExponential(0)}`,
  );
  return figures;
}

/** A month of 10,000 GPUs, if time and disk go on growing as the readings do. */
function extend(
  samples: number,
  bytes: number,
  writeS: number,
  attributeS: number,
  method: string,
): void {
  const month = 10_000 * 30 * samplesPerDay;
  const scale = month / samples;
  const hours = (cores: number): string => (attributeS * scale / 3600 / cores).toFixed(2);
  console.log(
    `  extended to ${month.toExponential(1)} readings (not measured): ${
      (bytes * scale / 1e9).toFixed(0)
    } GB, ` +
      `write ${(writeS * scale / 3600).toFixed(1)} core hours, attribute by ${method} ${
        hours(1)
      } core hours ` +
      `(${hours(64)} h on 64 cores, ${hours(1024)} h on 1024)`,
  );
}

function sampleCount(fleet: Fleet): number {
  return fleet.servers * gpusPerServer * fleet.days * samplesPerDay;
}

function truthOf(fleet: Fleet): { prefillJ: number; decodeJ: number } {
  const sum = { prefillJ: 0, decodeJ: 0 };
  for (let server = 0; server < fleet.servers; server++) {
    for (let day = 0; day < fleet.days; day++) {
      const { prefillJ, decodeJ } = trueJoules(requestsOf(fleet, server, day));
      sum.prefillJ += prefillJ;
      sum.decodeJ += decodeJ;
    }
  }
  return sum;
}

/** What came out against what went in. */
function check(fleet: Fleet, figures: StageFigures): void {
  const { prefillJ, decodeJ } = truthOf(fleet);
  const work = prefillJ + decodeJ;
  const { totalJ, requestJ, idleJ, unattributedJ } = figures;
  const idle = physics.idleW * gpusPerServer * fleet.servers * fleet.days * 86_400;
  const conservation = Math.abs(requestJ + idleJ + unattributedJ - totalJ) / totalJ;
  console.log(
    `  measured ${totalJ.toExponential(4)} J, truth ${(idle + work).toExponential(4)} J ` +
      `(${(100 * (totalJ / (idle + work) - 1)).toFixed(3)} %), parts add up to ${
        conservation.toExponential(0)
      }`,
  );
  if (!(conservation < 1e-9)) throw new Error(`energy is lost: ${conservation}`);
}

const requests = values.requests.split(",");
for (const [i, samples] of values.samples.split(",").entries()) {
  await study(fleetOf(Number(samples), Number(requests[i] ?? requests.at(-1))), values.dir);
}
