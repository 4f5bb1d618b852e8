import { InputError } from "../../errors.ts";
import type { Store, StoredSeries } from "../../formats/store/mod.ts";
import { chooseSeries } from "../../power/sum.ts";
import type { PowerSeries } from "../../power/series.ts";

/** Devices that serve the requests of one replica. */
export interface Server {
  /** Its name: that of the replica, or of the only server. */
  readonly name: string;
  /** Replica whose requests it answers; null when the log has no replicas, or none of this server. */
  readonly replica: string | null;
  /** Whether it answers requests at all. */
  readonly hasRequests: boolean;
  /** Its series, as places in the list of the store. */
  readonly series: readonly number[];
  /** What it is made of: servers of the same kind share their costs. */
  readonly kind: string;
}

/**
 * Which devices serve which replica: those on a host of its name, of its name themselves, or whose
 * name begins with it and a slash. A log without replicas is that of one server of all devices.
 *
 * @param power The store with the power series.
 * @param replicas Names of the replicas of the log.
 * @param devices Ids of the devices to take; by default all GPUs.
 * @return The servers, in the order of their names.
 * @throws {InputError} `refused` when no device can be told to serve any replica.
 */
export function serversOf(
  power: Store,
  replicas: readonly string[],
  devices?: readonly string[],
): Server[] {
  const chosen = chooseStored(power, devices);
  if (replicas.length === 0) {
    const host = power.series[chosen[0]!]!.device.host;
    return [serverOf(power, host ?? "server", null, true, chosen)];
  }
  const left = new Set(chosen);
  const servers = [...replicas].sort().map((replica) => {
    const own = chosen.filter((s) => serves(power.series[s]!, replica));
    for (const s of own) left.delete(s);
    return serverOf(power, replica, replica, true, own);
  });
  if (servers.every(({ series }) => series.length === 0)) {
    throw new InputError({
      code: "refused",
      path: power.dir,
      problem: "no device can be told to serve any replica of the log",
      expected: "devices on hosts that are called as the replicas are, or that have their names",
      found: `replicas ${replicas.slice(0, 3).join(", ")}; devices ${
        power.series.slice(0, 3).map(({ device }) => `${device.host ?? ""} ${device.id}`.trim())
          .join(", ")
      }`,
      advice: "convert each server's trace under the name of its replica",
    });
  }
  // Devices of no replica have energy all the same; it belongs to no request.
  const others = [...left].map((s) => {
    const { host, id } = power.series[s]!.device;
    return serverOf(power, host === undefined ? id : `${host}/${id}`, null, false, [s]);
  });
  return [...servers, ...others];
}

/**
 * Series of a store to be added up, by the rules for one trace.
 *
 * @param store The store.
 * @param devices Ids of the devices; by default all GPUs, or the only device.
 * @return Their places in the list of the store.
 */
export function chooseStored(store: Store, devices?: readonly string[]): number[] {
  const stubs = store.series.map((series) => stubOf(store, series));
  const places = new Map(stubs.map((stub, s) => [stub, s]));
  return chooseSeries(stubs, devices).map((stub) => places.get(stub)!);
}

function serves({ device: { host, id } }: StoredSeries, replica: string): boolean {
  return host === replica || id === replica || id.startsWith(`${replica}/`);
}

function serverOf(
  power: Store,
  name: string,
  replica: string | null,
  hasRequests: boolean,
  series: readonly number[],
): Server {
  const names = series.map((s) => power.series[s]!.device.name ?? power.series[s]!.device.kind);
  return {
    name,
    replica,
    hasRequests,
    series,
    kind: `${series.length} x ${[...new Set(names)].sort().join(", ") || "no device"}`,
  };
}

/** A series with nothing but what the choice of devices looks at. */
function stubOf(store: Store, series: StoredSeries): PowerSeries {
  const { device, clock, averagingS, column, rows } = series;
  const times = Float64Array.from(rows > 0 ? [series.startS] : []);
  const base = {
    device,
    clock,
    averagingS,
    timeS: times,
    source: { path: store.dir, format: "store", column, sourceClock: clock },
    dropped: [],
  };
  switch (series.quantity) {
    case "power":
      return {
        ...base,
        quantity: "power",
        powerW: times,
        reading: series.reading ?? "unspecified",
      };
    case "counter":
      return { ...base, quantity: "counter", energyJ: times };
    case "interval":
      return { ...base, quantity: "interval", intervalJ: times, durationS: times };
  }
}
