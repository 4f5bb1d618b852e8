import {
  addSums,
  type CountedWarning,
  type EnergySums,
  type MergedRequest,
  type ServerSettings,
  type StretchEnergies,
  StretchMerger,
  WarningTally,
} from "../../attribution/partitioned/mod.ts";
import { type CostModel, fromCoefficients } from "../../attribution/cost_model.ts";
import type { Fit } from "../../attribution/fit.ts";
import { type AttributionMethod, REGRESSION } from "../../attribution/methods.ts";
import { openStore } from "../../formats/store/mod.ts";
import { lossesOf } from "../../formats/store/read_series.ts";
import type { Loss } from "../../losses.ts";
import type { DividedStretch, DivideOptions } from "../kinds/divide_stretches.ts";
import { divideStretchesKindUrl } from "../kinds/mod.ts";
import type { TaskRun } from "../run.ts";
import { clockOffsetS, type ClockOptions } from "./clocks.ts";
import { calibrateServers, fitKinds } from "./learn.ts";
import { refuseApart } from "./overlap.ts";
import { openRequests } from "./requests_source.ts";
import { serversOf } from "./servers.ts";
import { encodeSettings } from "./settings.ts";
import { LEAST_READINGS, stretchUnits, weightOfStretch } from "./stretch_units.ts";

/** Options of {@linkcode attributeStore}. */
export interface AttributeStoreOptions extends ClockOptions {
  /** Folder of the store with the readings. */
  readonly power: string;
  /** Store or file with the requests. */
  readonly requests: string;
  /** How power above idle is divided; by default `REGRESSION`. */
  readonly method?: AttributionMethod;
  /** Idle power of each server in watts; by default what its readings without requests show. */
  readonly idleW?: number;
  /** Devices to take; by default all GPUs. */
  readonly devices?: readonly string[];
  /** Format of the log, when detection should not decide. */
  readonly logFormat?: string;
  /** Length of a stretch in seconds; by default a day, or less where a day has very many readings. */
  readonly stretchS?: number;
  /** Told every request once, in the order of servers and time. */
  readonly onRequest?: (request: MergedRequest) => void;
}

/** Energy of one server. */
export interface ServerEnergy extends EnergySums {
  /** Its name. */
  readonly server: string;
  /** Its devices. */
  readonly devices: readonly string[];
  /** What it is made of; servers of a kind share their costs. */
  readonly kind: string;
  /** Stretches of time that it was cut into. */
  readonly stretches: number;
  /** What is known of its clock, sensor and idle power; null when it has too few readings. */
  readonly settings: ServerSettings | null;
}

/** Energy of a store. */
export interface StoreAttribution extends EnergySums {
  /** Name of the method. */
  readonly method: string;
  /** Seconds that were added to the trace's times. */
  readonly offsetS: number;
  /** Its rule for the cost that the sequences of a step share. */
  readonly sharing: string;
  /** Requests in the log. */
  readonly requests: number;
  /** What the readers of traces and log left out, and why. */
  readonly dropped: readonly Loss[];
  /** Each server. */
  readonly servers: readonly ServerEnergy[];
  /** Costs by kind of server, and the quality of their fit. */
  readonly kinds: readonly {
    readonly kind: string;
    readonly costs: CostModel;
    readonly fit: { readonly r2: number; readonly misfit: number; readonly blocks: number } | null;
  }[];
  /** Doubts: the worst of each kind, and in how many stretches there is one. */
  readonly warnings: readonly CountedWarning[];
}

/**
 * Divides the energy of a store among its requests: devices and days apart, with one fit of the costs
 * over all servers of a kind.
 *
 * Three lists of tasks. Some stretches of each server tell its clock, sensor and idle power; all
 * stretches tell the costs, as sums that add up to the fit over all data; then each stretch is
 * divided by them. A request that reaches over the edge of a stretch is counted once.
 *
 * @param run The run.
 * @param options What to divide, and how.
 * @return Sums, servers, doubts; requests are told one by one.
 * @throws {InputError} `refused` when trace and log cannot be joined without a guess, or idle power is
 *   neither given nor seen.
 */
export async function attributeStore(
  run: TaskRun,
  options: AttributeStoreOptions,
): Promise<StoreAttribution> {
  const { method = REGRESSION, logFormat = null, onRequest = () => {} } = options;
  const store = openStore(options.power);
  const requests = await openRequests(options.requests, logFormat ?? undefined);
  const servers = serversOf(store, requests.replicas, options.devices);
  const used = servers.flatMap(({ series }) => series);
  const offsetS = clockOffsetS(store, used, requests.clock, options);
  refuseApart(store, requests, servers, offsetS, options.requests);
  const units = servers.map((server) =>
    stretchUnits(store, requests, server, offsetS, options.stretchS)
  );
  const places = { power: options.power, requests: options.requests };
  const how = { offsetS, logFormat };

  const settings = await calibrateServers(run, servers, units, how, places, options.idleW);
  const known = servers.flatMap((server, s) =>
    units[s]!.map((unit): DividedStretch => ({
      ...unit,
      kind: server.kind,
      settings: encodeSettings(settings[s]!),
    }))
  );
  const fits = method.costs === null ? await fitKinds(run, known, how, places) : new Map();
  const divided = run.stream<StretchEnergies, DivideOptions, DividedStretch>({
    list: "divide",
    module: divideStretchesKindUrl,
    options: { ...how, method, fits: Object.fromEntries(fits) },
    places,
    units: known,
    weights: known.map(weightOfStretch),
    leastWeight: LEAST_READINGS,
  });
  const merged: EnergySums[] = [];
  const warnings = new WarningTally();
  for (const [s, server] of servers.entries()) {
    const merger = new StretchMerger(server.name, warnings);
    for (let u = 0; u < units[s]!.length; u++) {
      const { value } = await divided.next() as IteratorYieldResult<StretchEnergies>;
      merger.add(value).forEach(onRequest);
    }
    merger.end().forEach(onRequest);
    merged.push(merger.sums);
  }
  await divided.return(undefined);
  const sums = addSums(merged);
  return {
    method: method.name,
    offsetS,
    sharing: method.sharing,
    ...withUncounted(sums, requests.rows),
    requests: requests.rows,
    dropped: [...used.flatMap((n) => lossesOf(store.series[n]!)), ...requests.dropped],
    servers: servers.map((server, i) => ({
      server: server.name,
      devices: server.series.map((n) => store.series[n]!.device.id),
      kind: server.kind,
      stretches: units[i]!.length,
      settings: settings[i]!,
      ...merged[i]!,
    })),
    kinds: [...new Set(servers.map(({ kind }) => kind))].map((kind) => {
      const fit: Fit | undefined = fits.get(kind);
      return {
        kind,
        costs: method.costs ?? fromCoefficients(fit?.costs ?? new Float64Array(6)),
        fit: fit === undefined ? null : { r2: fit.r2, misfit: fit.misfit, blocks: fit.blocks },
      };
    }),
    warnings: warnings.list,
  };
}

/** Requests without a time of sending lie in no stretch. */
function withUncounted(sums: EnergySums, rows: number): EnergySums {
  const counted = Object.values(sums.uncovered).reduce((a, b) => a + b, sums.attributed);
  return rows === counted
    ? sums
    : { ...sums, uncovered: { ...sums.uncovered, "not-placed": rows - counted } };
}
