import type { Device } from "../power/device.ts";

/**
 * The device of a RAPL domain. A package contains its cores and its graphics (`uncore`, `gpu`), not
 * its memory; the platform (`psys`) contains all of them (Linux, Documentation/power/powercap).
 * Integrated graphics are a rail: they are not what a question about GPUs means.
 *
 * @param domain The domain as the tools spell it: `pkg`, `package`, `cores`, `core`, `pp0`, `ram`,
 *   `dram`, `gpu`, `uncore`, `pp1`, `psys`, `platform`.
 * @param socket Socket, where the source says it.
 * @param host Host, where the source says it.
 * @return The device; null for another domain.
 */
export function raplDevice(domain: string, socket?: string, host?: string): Device | null {
  const number = socket === undefined || socket === "" ? "" : `-${socket}`;
  const at = host === undefined ? {} : { host };
  switch (domain.toLowerCase()) {
    case "pkg":
    case "package":
      return { kind: "cpu", id: `package${number}`, partOf: "psys", ...at };
    case "core":
    case "cores":
    case "pp0":
      return { kind: "rail", id: `cores${number}`, partOf: `package${number}`, ...at };
    case "gpu":
    case "uncore":
    case "pp1":
      return { kind: "rail", id: `graphics${number}`, partOf: `package${number}`, ...at };
    case "ram":
    case "dram":
      return { kind: "dram", id: `dram${number}`, partOf: "psys", ...at };
    case "psys":
    case "platform":
      return { kind: "node", id: "psys", ...at };
    default:
      return null;
  }
}

/** Joules at which Linux's counters start over: `max_energy_range_uj` of the common energy units. */
export const raplRangesJ: readonly number[] = [65_532.610987, 65_712.999613, 262_143.32885];
