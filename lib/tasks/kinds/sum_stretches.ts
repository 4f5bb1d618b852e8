import {
  type ServerSettings,
  type StretchSums,
  sumStretch,
} from "../../attribution/partitioned/mod.ts";
import {
  type StretchOptions,
  type StretchPlaces,
  stretchReader,
} from "../attribute/read_stretch.ts";
import type { StretchUnit } from "../attribute/stretch_units.ts";
import type { TaskKind } from "../kind.ts";
import { decodeSettings, type EncodedSettings } from "../attribute/settings.ts";

/** How sums are made. */
export interface SumOptions extends StretchOptions {
  /** Parts that each stretch is divided into. */
  readonly parts: number;
}

/** A stretch with what is known of its server. */
export interface KnownStretch extends StretchUnit {
  /** What is known; null when the server has too few readings. */
  readonly settings: EncodedSettings | null;
}

/** What stretches tell of the costs, as sums that add up: a unit is a stretch. */
export const kind: TaskKind<SumOptions, KnownStretch, StretchSums> = {
  name: "sum-stretches",
  version: 1,
  async start(options, places) {
    const read = await stretchReader(places as StretchPlaces, options);
    return async (unit) => {
      const settings: ServerSettings | null = decodeSettings(unit.settings);
      return settings === null
        ? { parts: [], stretchS: 0, promptTokens: 0 }
        : sumStretch(await read(unit), settings, options.parts);
    };
  },
};
