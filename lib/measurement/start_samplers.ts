import { nowS } from "./clock.ts";
import type { PowerFile } from "./power_file.ts";
import type { HostClock } from "./records.ts";
import type { RunFolder } from "./run_folder.ts";
import { NotHere, type RunningSampler, type Sampler } from "./samplers/sampler.ts";
import { samplers } from "./samplers/table.ts";
import type { MeasureSettings, SamplerSettings } from "./settings.ts";

/** A sampler as it was started, or not. */
export interface SamplerStart {
  /** Its name. */
  readonly name: string;
  /** Its kind. */
  readonly kind: string;
  /** Seconds between readings wanted. */
  readonly periodS: number;
  /** Host that it reads; null for this machine. */
  readonly host: string | null;
  /** Whether it reads a sensor or works out a power. */
  readonly basis: "measured" | "modelled";
  /** What its numbers mean. */
  readonly sensor: string;
  /** Whether it gives readings. */
  readonly isHere: boolean;
  /** Why not. */
  readonly reason: string | null;
}

/** Samplers that were asked to start. */
export interface Samplers {
  /** Each of them. */
  readonly starts: readonly SamplerStart[];
  /** Files of those that give readings. */
  readonly files: readonly PowerFile[];
  /** Stops them all. */
  stop(): Promise<void>;
}

/** What starting samplers needs. */
export interface SamplerOptions {
  /** The run folder. */
  readonly folder: Pick<RunFolder, "powerFile">;
  /** Clocks of the hosts. */
  readonly clocks: readonly HostClock[];
  /** Reads a variable of the environment. */
  readonly env: (name: string) => string | undefined;
}

/** Starts all samplers of a configuration at the same time; one that is not there says why. */
export async function startSamplers(
  settings: MeasureSettings,
  { folder, clocks, env }: SamplerOptions,
): Promise<Samplers> {
  const running: RunningSampler[] = [];
  const files: PowerFile[] = [];
  const startOne = async (one: SamplerSettings): Promise<SamplerStart> => {
    const sampler: Sampler = samplers[one.kind];
    const base = {
      name: one.name,
      kind: one.kind,
      periodS: one.periodS,
      host: one.host,
      basis: sampler.sensor.basis,
      sensor: sampler.sensor.says,
    };
    const clock = clocks.find(({ host }) => host === one.host);
    const file = folder.powerFile(one.name, base);
    try {
      if (clock !== undefined && clock.offsetS === null) {
        throw new NotHere(`the clock of ${one.host} cannot be read: ${clock.reason}`);
      }
      running.push(
        await sampler.start({
          settings: one,
          host: settings.hosts.find(({ name }) => name === one.host) ?? null,
          hostOffsetS: clock?.offsetS ?? 0,
          sink: file,
          env,
          patienceS: Math.max(5, 10 * one.periodS),
        }),
      );
      files.push(file);
      return { ...base, isHere: true, reason: null };
    } catch (error) {
      if (!(error instanceof NotHere)) throw error;
      file.event(nowS(), "not-here", error.message);
      return { ...base, isHere: false, reason: error.message };
    }
  };
  const starts = await Promise.all(settings.samplers.map(startOne));
  return {
    starts,
    files,
    stop: async () => void await Promise.all(running.map((sampler) => sampler.stop())),
  };
}

/** Watts at present over the devices that a person means: GPUs, or else the whole, or processors. */
export function powerNow(
  files: readonly PowerFile[],
): { readonly powerW: number; readonly isModelled: boolean } | null {
  const all = files.flatMap((file) =>
    file.records.flatMap((record) => {
      const powerW = file.latestW.get(record.id);
      return powerW === undefined ? [] : [{ record, powerW }];
    })
  );
  for (const basis of ["measured", "modelled"] as const) {
    for (const kind of ["gpu", "wall", "node", "soc", "cpu", "rail"] as const) {
      const chosen = new Map(
        all.filter(({ record }) => record.basis === basis && record.device.kind === kind).map(
          ({ record, powerW }) => [`${record.device.host ?? ""}/${record.device.id}`, powerW],
        ),
      );
      if (chosen.size === 0) continue;
      const powerW = [...chosen.values()].reduce((sum, watts) => sum + watts, 0);
      return { powerW, isModelled: basis === "modelled" };
    }
  }
  return null;
}
