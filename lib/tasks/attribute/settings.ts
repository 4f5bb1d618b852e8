import type { ServerSettings } from "../../attribution/partitioned/mod.ts";

/** Settings of a server without typed arrays, as units may hold them. */
export type EncodedSettings = Omit<ServerSettings, "moved"> & {
  readonly moved: readonly (readonly number[])[];
};

/** Writes settings into a unit. */
export function encodeSettings(settings: ServerSettings | null): EncodedSettings | null {
  return settings && { ...settings, moved: settings.moved.map((one) => [...one]) };
}

/** Reads them back. */
export function decodeSettings(settings: EncodedSettings | null): ServerSettings | null {
  return settings && { ...settings, moved: settings.moved.map((one) => Float64Array.from(one)) };
}
