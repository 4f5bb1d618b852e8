/** What a sampler is. */

import type { PowerSink } from "../power_file.ts";
import type { HostSettings, SamplerSettings } from "../settings.ts";

/** What is known of a kind of sensor before it is asked. */
export interface SensorModel {
  /** Whether it reads a sensor or works out a power. */
  readonly basis: "measured" | "modelled";
  /** What the numbers mean and how well the sensor follows, in a sentence or two. */
  readonly says: string;
}

/** What a sampler is started with. */
export interface SamplerContext {
  /** Its settings. */
  readonly settings: SamplerSettings;
  /** The remote machine that it reads; null for this one. */
  readonly host: HostSettings | null;
  /** What that machine's clock shows more than ours, in seconds; 0 for this machine. */
  readonly hostOffsetS: number;
  /** Takes its readings. */
  readonly sink: PowerSink;
  /** Reads a variable of the environment. */
  readonly env: (name: string) => string | undefined;
  /** Seconds without a reading after which it is taken to hang. */
  readonly patienceS: number;
}

/** A sampler that is running. */
export interface RunningSampler {
  /** Stops it; afterwards it gives no readings. */
  stop(): Promise<void>;
}

/** One kind of sampler. */
export interface Sampler {
  /** Its sensor. */
  readonly sensor: SensorModel;
  /** Starts it. Resolves once its first reading is there; throws {@linkcode NotHere} otherwise. */
  start(context: SamplerContext): Promise<RunningSampler>;
}

/** The sensor cannot be read on this machine; the message says why. */
export class NotHere extends Error {
  override readonly name = "NotHere";
}

/** An option of a sampler that is a text. */
export function textOption(context: SamplerContext, name: string, otherwise: string): string {
  const value = context.settings.options[name];
  return typeof value === "string" ? value : otherwise;
}

/** The device on the sampler's host. */
export function onHost<T extends object>(context: SamplerContext, device: T): T {
  return context.host === null ? device : { ...device, host: context.host.name };
}
