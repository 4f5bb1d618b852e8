// deno-lint-ignore-file no-console
/** One stage of the fleet study, as a process of its own: what to do in, figures out, both as JSON. */

import { readFileSync, writeFileSync } from "node:fs";
import { resourceUsage } from "node:process";
import { join } from "node:path";
import { attributeEqualShare } from "../../lib/attribution/equal_share.ts";
import {
  convertInputs,
  openStore,
  readStoredRequests,
  readStoredSeries,
  StoreWriter,
} from "../../lib/formats/store/mod.ts";
import { createIntegrator } from "../../lib/power/integrate.ts";
import { sumIntegrators } from "../../lib/power/sum.ts";
import { type Fleet, powerOf, requestsOf, serverName, startS } from "./generated_fleet.ts";

/** What a stage is asked to do. */
export interface StageJob {
  readonly stage: "write" | "convert" | "attribute";
  readonly fleet: Fleet;
  readonly dir: string;
  /** Servers from one to before another. */
  readonly servers: readonly [number, number];
}

/** What it took, and what came out. */
export interface StageFigures {
  /** Seconds in the stage proper, without the generation of its input. */
  readonly wallS: number;
  readonly cpuS: number;
  /** Peak of the resident memory of the process. */
  readonly peakMb: number;
  readonly samples: number;
  readonly requests: number;
  readonly totalJ: number;
  readonly requestJ: number;
  readonly idleJ: number;
  readonly unattributedJ: number;
}

let wallS = 0;
let cpuS = 0;

async function timed<T>(work: () => T | Promise<T>): Promise<T> {
  const cpu = (): number => (resourceUsage().userCPUTime + resourceUsage().systemCPUTime) / 1e6;
  const [wall0, cpu0] = [performance.now(), cpu()];
  const result = await work();
  wallS += (performance.now() - wall0) / 1000;
  cpuS += cpu() - cpu0;
  return result;
}

const sums = { samples: 0, requests: 0, totalJ: 0, requestJ: 0, idleJ: 0, unattributedJ: 0 };

async function write({ fleet, dir }: StageJob, server: number): Promise<void> {
  // A source a server, as a node that is converted when the month is over.
  const writer = new StoreWriter(dir, {
    id: serverName(server),
    path: serverName(server),
    format: "generated",
  });
  const pushes: ReturnType<StoreWriter["beginSeries"]>[] = [];
  for (let day = 0; day < fleet.days; day++) {
    const power = powerOf(fleet, server, day);
    await timed(() =>
      power.forEach((series, gpu) => {
        pushes[gpu] ??= writer.beginSeries(series);
        pushes[gpu]!([series.timeS, series.powerW], series.timeS.length);
        sums.samples += series.timeS.length;
      })
    );
    const log = requestsOf(fleet, server, day);
    sums.requests += log.submitS.length;
    await timed(() => writer.addRequests(log));
  }
  await timed(() => writer.commit());
}

async function convert({ fleet, dir }: StageJob, server: number): Promise<void> {
  const host = serverName(server);
  const path = join(dir, `${host}.csv`);
  for (let day = 0; day < fleet.days; day++) {
    const power = powerOf(fleet, server, day);
    const lines = ["timestamp,gpu,power"];
    for (let i = 0; i < power[0]!.timeS.length; i++) {
      power.forEach(({ timeS, powerW }, gpu) =>
        lines.push(`${timeS[i]!.toFixed(3)},gpu${gpu},${powerW[i]!.toFixed(2)}`)
      );
    }
    writeFileSync(path, lines.join("\n") + "\n");
    await timed(async () => {
      const columns = {
        time: "timestamp",
        timeFormat: "s",
        value: "power",
        unit: "W",
        device: "gpu",
        kind: "gpu",
      } as const;
      for await (const { source } of convertInputs([path], join(dir, "store"), { columns, host })) {
        for (const part of source.parts) sums.samples += part.to;
      }
    });
    Deno.removeSync(path);
  }
}

async function attribute(
  { fleet, dir }: StageJob,
  servers: readonly [number, number],
): Promise<void> {
  const store = await timed(() => openStore(dir));
  for (let server = servers[0]; server < servers[1]; server++) {
    const host = serverName(server);
    const devices = store.series.filter(({ device }) => device.host === host);
    for (let day = 0; day < fleet.days; day++) {
      await timed(async () => {
        // From midnight to midnight where there are readings on both sides of it.
        const fromS = day === 0 ? startS + 1 : startS + day * 86_400;
        const toS = day === fleet.days - 1
          ? startS + (day + 1) * 86_400 - 0.02
          : startS + (day + 1) * 86_400;
        const span = { fromS: fromS - 120, toS: toS + 120 };
        const power = [];
        for (const series of devices) power.push(await readStoredSeries(store, series, span));
        const log = await readStoredRequests(store, { fromS, toS, replica: host });
        const integrator = sumIntegrators(
          power.map((series) => createIntegrator(series, { minSamples: 0, maxGapS: 5 })),
        );
        const clipped = {
          ...integrator,
          startS: fromS,
          endS: toS,
          totalJ: integrator.cumulativeJ(toS) - integrator.cumulativeJ(fromS),
          cumulativeJ: (at: number) =>
            integrator.cumulativeJ(Math.min(Math.max(at, fromS), toS)) -
            integrator.cumulativeJ(fromS),
        };
        sums.totalJ += clipped.totalJ;
        for (const series of power) {
          for (const at of series.timeS) {
            if (at >= startS + day * 86_400 && at < startS + (day + 1) * 86_400) sums.samples++;
          }
        }
        if (log === null) return;
        const inside = clip(log, fromS, toS);
        const result = attributeEqualShare(clipped, inside);
        sums.requests += log.submitS.filter((at) => at >= startS + day * 86_400).length;
        for (const energyJ of result.requests.energyJ) sums.requestJ += energyJ || 0;
        sums.idleJ += result.idleJ;
        sums.unattributedJ += result.unattributedJ;
      });
    }
  }
}

/** The part of each request that lies in a span: the other part is another task's. */
function clip(
  log: NonNullable<Awaited<ReturnType<typeof readStoredRequests>>>,
  fromS: number,
  toS: number,
): typeof log {
  const within = (times: Float64Array): Float64Array =>
    times.map((at) => Math.min(Math.max(at, fromS), toS));
  return {
    ...log,
    submitS: within(log.submitS),
    firstTokenS: within(log.firstTokenS),
    endS: within(log.endS),
  };
}

const job = JSON.parse(Deno.args[0]!) as StageJob;
if (job.stage === "attribute") await attribute(job, job.servers);
else {
  for (let server = job.servers[0]; server < job.servers[1]; server++) {
    await (job.stage === "write" ? write(job, server) : convert(job, server));
  }
}
const peakKb = Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))![1]);
console.log(JSON.stringify({ wallS, cpuS, peakMb: peakKb / 1024, ...sums }));
