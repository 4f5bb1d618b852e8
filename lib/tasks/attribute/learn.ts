import {
  type Calibration,
  FitPool,
  partsOfStretch,
  poolCalibrations,
  type ServerSettings,
  type StretchSums,
} from "../../attribution/partitioned/mod.ts";
import type { Fit } from "../../attribution/fit.ts";
import type { CalibrateOptions } from "../kinds/calibrate_stretches.ts";
import type { DividedStretch } from "../kinds/divide_stretches.ts";
import { calibrateStretchesKindUrl, sumStretchesKindUrl } from "../kinds/mod.ts";
import type { KnownStretch, SumOptions } from "../kinds/sum_stretches.ts";
import type { TaskRun } from "../run.ts";
import type { StretchOptions, StretchPlaces } from "./read_stretch.ts";
import type { Server } from "./servers.ts";
import { LEAST_READINGS, type StretchUnit, weightOfStretch } from "./stretch_units.ts";

/** Stretches of a server from which its clock, sensor and idle power are learnt. */
const CALIBRATED = 4;

/**
 * What a few stretches of each server tell of its clock, sensor and idle power, spread evenly over its
 * time.
 *
 * @param run The run.
 * @param servers The servers.
 * @param units Stretches of each.
 * @param how How clocks are joined.
 * @param places Where the data lies.
 * @param idleW Idle power of a server, where it is given.
 * @return Settings of each server; null for one with too few readings.
 */
export async function calibrateServers(
  run: TaskRun,
  servers: readonly Server[],
  units: readonly (readonly StretchUnit[])[],
  how: StretchOptions,
  places: StretchPlaces,
  idleW: number | undefined,
): Promise<(ServerSettings | null)[]> {
  const looked = units.map((own) => {
    const full = own.filter(({ rows }) => rows >= 10);
    const count = Math.min(CALIBRATED, full.length);
    return Array.from(
      { length: count },
      (_, i) => full[Math.floor((i + 0.5) * full.length / count)]!,
    );
  });
  const all = looked.flat();
  const told = await run.map<Calibration | null, CalibrateOptions, StretchUnit>({
    list: "calibrate",
    module: calibrateStretchesKindUrl,
    options: { ...how, idleW: idleW ?? null },
    places,
    units: all,
    weights: all.map(weightOfStretch),
    leastWeight: LEAST_READINGS,
  });
  let at = 0;
  return servers.map((server, s) => {
    const own = told.slice(at, at + looked[s]!.length);
    at += own.length;
    return poolCalibrations(own, server.name, idleW);
  });
}

/**
 * One fit for each kind of server, over all stretches of all its servers.
 *
 * @param run The run.
 * @param known The stretches with what is known of their servers.
 * @param how How clocks are joined.
 * @param places Where the data lies.
 * @return The fits by kind.
 */
export async function fitKinds(
  run: TaskRun,
  known: readonly DividedStretch[],
  how: StretchOptions,
  places: StretchPlaces,
): Promise<Map<string, Fit>> {
  const units = known.map(({ kind: _kind, ...unit }): KnownStretch => unit);
  const counts = new Map<string, number>();
  for (const { kind } of known) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const pools = new Map([...counts].map(([kind, count]) => [kind, new FitPool(count)]));
  const sums = run.stream<StretchSums, SumOptions, KnownStretch>({
    list: "costs",
    module: sumStretchesKindUrl,
    options: { ...how, parts: partsOfStretch(Math.min(...counts.values())) },
    places,
    units,
    weights: units.map(weightOfStretch),
    leastWeight: LEAST_READINGS,
  });
  let i = 0;
  for await (const part of sums) pools.get(known[i++]!.kind)!.add(part);
  const fits = new Map<string, Fit>();
  for (const [kind, pool] of pools) {
    const fit = pool.solve();
    if (fit !== null) fits.set(kind, fit);
  }
  return fits;
}
