import type { Device } from "../power/device.ts";
import type { SampledPower } from "../power/series.ts";
import { raplDevice, raplRangesJ } from "./rapl_domain.ts";
import { energyUnit } from "./units.ts";

/** What a metric measures. */
export interface MetricRule {
  /** `power` or `counter`. */
  readonly quantity: "power" | "counter";
  /** Watts or joules in one of it. */
  readonly scale: number;
  /** What a power means. */
  readonly reading: SampledPower["reading"];
  /** Joules at which the counter starts over, where known. */
  readonly wrapsAtJ?: readonly number[];
  /** The device, from the labels. */
  device(labels: ReadonlyMap<string, string>): Device;
}

/**
 * Metrics whose names do not carry their unit. DCGM: power in W, energy in mJ (DCGM API reference,
 * fields 155 to 157). AMD's exporter: watts, and microjoules.
 */
const named: ReadonlyMap<string, Pick<MetricRule, "quantity" | "scale" | "reading">> = new Map([
  ["DCGM_FI_DEV_POWER_USAGE", { quantity: "power", scale: 1, reading: "unspecified" }],
  ["DCGM_FI_DEV_POWER_USAGE_INSTANT", { quantity: "power", scale: 1, reading: "instant" }],
  ["DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", {
    quantity: "counter",
    scale: 1e-3,
    reading: "unspecified",
  }],
  ["dcgm_power_usage", { quantity: "power", scale: 1, reading: "unspecified" }],
  ["dcgm_total_energy_consumption", {
    quantity: "counter",
    scale: 1e-3,
    reading: "unspecified",
  }],
  ["gpu_package_power", { quantity: "power", scale: 1, reading: "instant" }],
  ["gpu_average_package_power", { quantity: "power", scale: 1, reading: "average" }],
  ["gpu_power_usage", { quantity: "power", scale: 1, reading: "unspecified" }],
  ["gpu_energy_consumed", { quantity: "counter", scale: 1e-6, reading: "unspecified" }],
]);

const limits = /limit|_cap_|_cap$|max|min|crit|threshold|budget|interval|tdp|default|target/;
/** Shares that a model gives to processes, containers and machines: not measured. */
const shares = /process|container|_pod|_vm_|_vm$/;

/**
 * What a metric measures, from its name: a known one, or one that ends in its unit as the Prometheus
 * naming rules ask (`_watts`, `_joules_total`).
 *
 * @param name The metric's name.
 * @return Its rule; null when it is neither power nor energy.
 */
export function metricRule(name: string): MetricRule | null {
  const known = named.get(name) ?? named.get(name.replace(/^amd_/, ""));
  if (known !== undefined) return { ...known, device: gpuOf };
  const suffix = /_((?:milli|micro|nano|kilo)?(?:watts?|joules?))(_total)?$/.exec(name);
  if (suffix === null || limits.test(name) || shares.test(name)) return null;
  const unit = energyUnit(suffix[1]!)!;
  // A gauge of joules may be an amount of any interval: only counters are taken.
  if (!unit.power && suffix[2] === undefined && !/energy/.test(name)) return null;
  return {
    quantity: unit.power ? "power" : "counter",
    scale: unit.scale,
    reading: /instant/.test(name) ? "instant" : /average/.test(name) ? "average" : "unspecified",
    ...(/rapl|scaph|kepler/.test(name) && { wrapsAtJ: raplRangesJ }),
    device: (labels) => deviceOf(name, labels),
  };
}

function hostOf(labels: ReadonlyMap<string, string>): { readonly host?: string } {
  for (const key of ["Hostname", "hostname", "host", "node_name", "nodename", "instance"]) {
    const host = labels.get(key);
    if (host !== undefined && host !== "") return { host };
  }
  return {};
}

function gpuOf(labels: ReadonlyMap<string, string>): Device {
  const first = (...keys: string[]): string | undefined =>
    keys.map((key) => labels.get(key)).find((value) => value !== undefined && value !== "");
  const index = first("gpu", "gpu_id", "gpu_index", "index", "minor_number", "minor");
  const uuid = first("UUID", "uuid", "gpu_uuid", "GPU_UUID");
  const name = first("modelName", "model_name", "gpu_name", "card_model", "card_series", "name");
  return {
    kind: "gpu",
    id: index === undefined
      ? uuid ?? first("device", "card") ?? "gpu0"
      : /^\d+$/.test(index)
      ? `gpu${index}`
      : index,
    ...(uuid !== undefined && { uuid }),
    ...(name !== undefined && { name }),
    ...hostOf(labels),
  };
}

function deviceOf(name: string, labels: ReadonlyMap<string, string>): Device {
  const host = hostOf(labels);
  const rapl = /^node_rapl_(\w+?)_joules_total$/.exec(name)?.[1];
  const domain = rapl ?? labels.get("zone") ?? labels.get("domain_name");
  if (domain !== undefined) {
    // The name may number its packages itself: package-0.
    const match = /^([a-z]+)(?:-(\d+))?$/i.exec(domain);
    const socket = labels.get("index") ?? labels.get("socket_id") ?? match?.[2];
    const device = match === null ? null : raplDevice(match[1]!, socket, host.host);
    if (device !== null) return device;
  }
  if (/gpu|nvidia|dcgm|cuda/.test(name)) return gpuOf(labels);
  const socket = labels.get("socket_id");
  if (socket !== undefined) return raplDevice("package", socket, host.host)!;
  const chip = labels.get("chip");
  if (chip !== undefined) {
    return { kind: "rail", id: `${chip}/${labels.get("sensor") ?? "power"}`, ...host };
  }
  const label = [...labels].filter(([key]) => !/^(job|instance|host|hostname|Hostname)$/.test(key))
    .map(([, value]) => value).join("/");
  const kind = /ipmi|dcmi|host|platform|chassis|system/.test(name)
    ? "node"
    : /cpu|package|socket/.test(name)
    ? "cpu"
    : /dram|memory/.test(name)
    ? "dram"
    : "rail";
  return { kind, id: label === "" ? kind : label, ...host };
}
