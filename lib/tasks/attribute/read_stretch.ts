import type { Stretch } from "../../attribution/partitioned/mod.ts";
import { openStore, readStoredSeries } from "../../formats/store/mod.ts";
import { shiftSeries } from "../../power/shift.ts";
import type { PowerSeries } from "../../power/series.ts";
import { sumSeries } from "../../power/sum_series.ts";
import type { Clock } from "../../clock.ts";
import { openRequests } from "./requests_source.ts";
import { REQUEST_MARGIN_S, type StretchUnit } from "./stretch_units.ts";

/** Where the data lies. */
export interface StretchPlaces {
  /** Folder of the store with the readings. */
  readonly power: string;
  /** Store or file with the requests. */
  readonly requests: string;
}

/** How clocks are joined, and logs read. */
export interface StretchOptions {
  /** Seconds to add to the trace's times to reach the log's clock. */
  readonly offsetS: number;
  /** Format of the log, when detection should not decide. */
  readonly logFormat: string | null;
}

/**
 * Opens what stretches are read from, once a process.
 *
 * @param places Where it lies.
 * @param options How clocks are joined.
 * @return Reads the readings and requests of a unit, with their margins.
 */
export async function stretchReader(
  places: StretchPlaces,
  { offsetS, logFormat }: StretchOptions,
): Promise<(unit: StretchUnit) => Promise<Stretch>> {
  const store = openStore(places.power);
  const requests = await openRequests(places.requests, logFormat ?? undefined);
  return async (unit) => {
    const span = { fromS: unit.fromS - unit.marginS, toS: unit.toS + unit.marginS };
    const series: PowerSeries[] = [];
    for (const s of unit.series) series.push(await readStoredSeries(store, store.series[s]!, span));
    const isWhole = series.length > 0 && series.every(({ timeS }) => timeS.length > 1);
    const log = unit.hasRequests
      ? await requests.read(
        unit.replica,
        unit.fromS + offsetS - REQUEST_MARGIN_S,
        unit.toS + offsetS + REQUEST_MARGIN_S,
      )
      : null;
    return {
      series: isWhole ? onLogClock(sumSeries(series), offsetS, requests.clock) : null,
      log: log === null ? null : { ...log, replica: null },
      fromS: unit.fromS + offsetS,
      toS: unit.toS + offsetS,
    };
  };
}

function onLogClock(series: PowerSeries, offsetS: number, clock: Clock): PowerSeries {
  return offsetS === 0 && series.clock === clock ? series : shiftSeries(series, offsetS, clock);
}
