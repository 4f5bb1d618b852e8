import { calibrateStretch, type Calibration } from "../../attribution/partitioned/mod.ts";
import {
  type StretchOptions,
  type StretchPlaces,
  stretchReader,
} from "../attribute/read_stretch.ts";
import type { StretchUnit } from "../attribute/stretch_units.ts";
import type { TaskKind } from "../kind.ts";

/** How stretches are looked at. */
export interface CalibrateOptions extends StretchOptions {
  /** Idle power of a server, in watts; null when it is to be found. */
  readonly idleW: number | null;
}

/** What stretches tell of clock, sensor, engine and idle power: a unit is a stretch. */
export const kind: TaskKind<CalibrateOptions, StretchUnit, Calibration | null> = {
  name: "calibrate-stretches",
  version: 1,
  async start(options, places) {
    const read = await stretchReader(places as StretchPlaces, options);
    return async (unit) => calibrateStretch(await read(unit), options.idleW ?? undefined);
  },
};
