import { divideStretch, type StretchEnergies } from "../../attribution/partitioned/mod.ts";
import type { Fit } from "../../attribution/fit.ts";
import type { AttributionMethod } from "../../attribution/methods.ts";
import {
  type StretchOptions,
  type StretchPlaces,
  stretchReader,
} from "../attribute/read_stretch.ts";
import { decodeSettings } from "../attribute/settings.ts";
import type { TaskKind } from "../kind.ts";
import type { KnownStretch } from "./sum_stretches.ts";

/** How energy is divided. */
export interface DivideOptions extends StretchOptions {
  /** The method. */
  readonly method: AttributionMethod;
  /** The fit of each kind of server; none for methods with their own costs. */
  readonly fits: Readonly<Record<string, Fit>>;
}

/** A stretch with what is known of its server, and its kind. */
export interface DividedStretch extends KnownStretch {
  /** Kind of the server: the name of its fit. */
  readonly kind: string;
}

/** Energies of stretches: a unit is a stretch. */
export const kind: TaskKind<DivideOptions, DividedStretch, StretchEnergies> = {
  name: "divide-stretches",
  version: 1,
  async start(options, places) {
    const read = await stretchReader(places as StretchPlaces, options);
    return async (unit) =>
      divideStretch(
        await read(unit),
        decodeSettings(unit.settings),
        options.method,
        options.fits[unit.kind] ?? null,
      );
  },
};
