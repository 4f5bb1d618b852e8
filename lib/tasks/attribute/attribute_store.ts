import {
  addSums,
  type Calibration,
  type EnergySums,
  FitPool,
  type MergedRequest,
  partsOfStretch,
  poolCalibrations,
  type ServerSettings,
  type StretchEnergies,
  StretchMerger,
  type StretchSums,
} from "../../attribution/partitioned/mod.ts";
import { type CostModel, fromCoefficients } from "../../attribution/cost_model.ts";
import type { Fit } from "../../attribution/fit.ts";
import { type AttributionMethod, REGRESSION } from "../../attribution/methods.ts";
import type { AttributionWarning } from "../../attribution/warning.ts";
import { InputError } from "../../errors.ts";
import { lossesOf } from "../../formats/store/read_series.ts";
import { openStore, type Store } from "../../formats/store/mod.ts";
import type { Loss } from "../../losses.ts";
import type { CalibrateOptions } from "../kinds/calibrate_stretches.ts";
import type { DividedStretch, DivideOptions } from "../kinds/divide_stretches.ts";
import type { KnownStretch, SumOptions } from "../kinds/sum_stretches.ts";
import {
  calibrateStretchesKindUrl,
  divideStretchesKindUrl,
  sumStretchesKindUrl,
} from "../kinds/mod.ts";
import type { TaskRun } from "../run.ts";
import { type LogFile, openRequests, type RequestsSource } from "./requests_source.ts";
import { encodeSettings } from "./settings.ts";
import { type Server, serversOf } from "./servers.ts";
import {
  LEAST_READINGS,
  type StretchUnit,
  stretchUnits,
  weightOfStretch,
} from "./stretch_units.ts";
import { clockOffsetS, type ClockOptions } from "./clocks.ts";

/** Stretches of a server from which its clock, sensor and idle power are learnt. */
const CALIBRATED = 4;

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
  readonly warnings: readonly {
    readonly warning: AttributionWarning;
    readonly stretches: number;
  }[];
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
  refuseApart(store, requests, servers, offsetS, options);
  const units = servers.map((server) =>
    stretchUnits(store, requests, server, offsetS, options.stretchS)
  );
  const places = { power: options.power, requests: options.requests };
  const how = { offsetS, logFormat };

  const settings = await calibrate(run, servers, units, places, how, options.idleW);
  const known = servers.flatMap((server, s) =>
    units[s]!.map((unit): DividedStretch => ({
      ...unit,
      kind: server.kind,
      settings: encodeSettings(settings[s]!),
    }))
  );
  const fits = method.costs === null ? await fitKinds(run, known, places, how) : new Map();
  const merged = servers.map(() => ({ sums: null as EnergySums | null }));
  const warnings = new Map<string, { warning: AttributionWarning; stretches: number }>();
  const tell = (ended: readonly MergedRequest[]): void => ended.forEach(onRequest);
  let s = 0;
  let left = units[0]?.length ?? 0;
  let merger = new StretchMerger(servers[0]!.name);
  const finish = (): void => {
    tell(merger.end());
    merged[s]!.sums = merger.sums;
    for (const one of merger.warnings) addWarning(warnings, one);
  };
  const divided = run.stream<StretchEnergies, DivideOptions, DividedStretch>({
    list: "divide",
    module: divideStretchesKindUrl,
    options: { ...how, method, fits: Object.fromEntries(fits) },
    places,
    units: known,
    weights: known.map(weightOfStretch),
    leastWeight: LEAST_READINGS,
  });
  for await (const energies of divided) {
    while (left === 0) {
      finish();
      merger = new StretchMerger(servers[++s]!.name);
      left = units[s]!.length;
    }
    tell(merger.add(energies));
    left--;
  }
  for (;;) {
    finish();
    if (++s === servers.length) break;
    merger = new StretchMerger(servers[s]!.name);
  }
  const sums = addSums(merged.map((one) => one.sums!));
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
      ...merged[i]!.sums!,
    })),
    kinds: [...new Set(servers.map(({ kind }) => kind))].map((kind) => {
      const fit: Fit | undefined = fits.get(kind);
      return {
        kind,
        costs: method.costs ?? fromCoefficients(fit?.costs ?? new Float64Array(6)),
        fit: fit === undefined ? null : { r2: fit.r2, misfit: fit.misfit, blocks: fit.blocks },
      };
    }),
    warnings: [...warnings.values()],
  };
}

type Places = { readonly power: string; readonly requests: string };
type How = { readonly offsetS: number; readonly logFormat: string | null };

/** What a few stretches of each server tell, spread evenly over its time. */
async function calibrate(
  run: TaskRun,
  servers: readonly Server[],
  units: readonly (readonly StretchUnit[])[],
  places: Places,
  how: How,
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

/** One fit for each kind of server, over all stretches of all its servers. */
async function fitKinds(
  run: TaskRun,
  known: readonly DividedStretch[],
  places: Places,
  how: How,
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

function addWarning(
  all: Map<string, { warning: AttributionWarning; stretches: number }>,
  { warning, stretches }: { readonly warning: AttributionWarning; readonly stretches: number },
): void {
  const before = all.get(warning.code);
  all.set(warning.code, {
    warning: before === undefined || warning.value > before.warning.value
      ? warning
      : before.warning,
    stretches: stretches + (before?.stretches ?? 0),
  });
}

/** Requests without a time of sending lie in no stretch. */
function withUncounted(sums: EnergySums, rows: number): EnergySums {
  const counted = Object.values(sums.uncovered).reduce((a, b) => a + b, sums.attributed);
  return rows === counted
    ? sums
    : { ...sums, uncovered: { ...sums.uncovered, "not-placed": rows - counted } };
}

/** As for one trace: less than half of the log's time inside the trace is a mistake of clocks or files. */
function refuseApart(
  store: Store,
  requests: RequestsSource,
  servers: readonly Server[],
  offsetS: number,
  options: AttributeStoreOptions,
): void {
  let logS = 0;
  let insideS = 0;
  for (const { replica, hasRequests, series } of servers) {
    if (!hasRequests) continue;
    const log = extentOf(requests.filesOf(replica));
    const trace = extentOf(series.flatMap((s) => store.series[s]!.files));
    logS += log.endS - log.startS;
    const fromS = Math.max(log.startS, trace.startS + offsetS);
    insideS += Math.max(0, Math.min(log.endS, trace.endS + offsetS) - fromS);
  }
  if (!(insideS < 0.5 * logS)) return;
  throw new InputError({
    code: "refused",
    path: options.power,
    problem:
      `${(100 * insideS / logS).toFixed(0)} % of the time in ${options.requests} lies inside ` +
      "the traces of its servers",
    expected: "at least 50 %",
    advice:
      "check that they are of the same servers and time; --offset moves the traces by seconds",
  });
}

/** From when to when files reach; of none, a span that holds nothing. */
function extentOf(files: readonly LogFile[]): { startS: number; endS: number } {
  let first = Infinity;
  let last = -Infinity;
  for (const { startS, endS } of files) {
    if (startS === null) continue;
    first = Math.min(first, startS);
    last = Math.max(last, endS ?? startS);
  }
  return first <= last ? { startS: first, endS: last } : { startS: 0, endS: 0 };
}
