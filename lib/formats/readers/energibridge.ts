import type { Device } from "../../power/device.ts";
import type { Format } from "../format.ts";
import { readPowerTable, type TablePlan } from "../power_table.ts";
import { numberTime } from "../time_cell.ts";
import { energyUnit } from "../units.ts";

/**
 * EnergiBridge: `Delta,Time` in ms, then columns in the order of the alphabet. Energies are running
 * totals of RAPL. Its source (github.com/tdurieux/EnergiBridge, src/cpu and src/gpu) misspells
 * `PACAKGE_ENERGY (J)` in some versions, and writes `GPUn_POWER` as NVML gives it, in mW.
 */
export const format: Format = {
  id: "energibridge",
  title: "EnergiBridge CSV",
  kinds: ["power"],
  writtenBy: "EnergiBridge",
  detect: ({ lines }) => /^"?Delta"?,"?Time"?,/.test(lines[0] ?? "") ? 3 : 0,
  async read(source, into) {
    const plan = await readPowerTable(source, into, {
      delimiter: 44,
      plan: (cells): TablePlan => ({
        width: cells.length,
        time: cells.indexOf("Time"),
        timeOf: numberTime(1000),
        devices: [],
        values: cells.flatMap((name, column) => {
          const found = columnOf(name);
          if (found === null) return [];
          return [{
            column,
            scale: found.scale,
            spec: () => ({
              device: found.device,
              clock: "epoch" as const,
              quantity: found.power ? "power" as const : "counter" as const,
              column: name,
              // 32 bits of an energy unit of 2^-16, 2^-15 or 2^-14 J.
              ...(found.device.kind !== "gpu" && { wrapsAtJ: [65_536, 131_072, 262_144] }),
            }),
          }];
        }),
      }),
    });
    const ids = new Set(into.columns().map(({ spec }) => spec.device.id));
    if (ids.has("cpu") && ids.has("core0")) {
      into.notes.push(
        "The cores are parts of `cpu`, and siblings of one core repeat its counter: add none of them.",
      );
    }
    if (plan?.values.some(({ scale }) => scale === 1e-3) === true) {
      into.notes.push("GPU power is in mW, as NVML gives it; the header says no unit.");
    }
  },
};

function columnOf(
  name: string,
): { readonly device: Device; readonly scale: number; readonly power: boolean } | null {
  const match = /^([A-Z]+?)(\d*)_(ENERGY|POWER)(?:\s*\((\w+)\))?$/.exec(name);
  if (match === null) return null;
  const [, domain, index, what, unitText] = match;
  const bareGpu = domain === "GPU" && what === "POWER" && unitText === undefined;
  const unit = bareGpu
    ? { power: true, scale: 1e-3 }
    : unitText === undefined
    ? null
    : energyUnit(unitText);
  if (unit === null || unit.power !== (what === "POWER")) return null;
  const device = ((): Device => {
    switch (domain) {
      case "GPU":
        return { kind: "gpu", id: `gpu${index === "" ? "0" : index}` };
      case "CPU":
      case "PACKAGE":
      case "PACAKGE":
        return { kind: "cpu", id: `cpu${index}` };
      case "CORE":
        return { kind: "rail", id: `core${index}`, partOf: "cpu" };
      case "DRAM":
        return { kind: "dram", id: `dram${index}` };
      case "SYSTEM":
        return { kind: "node", id: "system" };
      default:
        // PP0 and PP1 are the power planes of the cores and of the graphics of a package.
        return { kind: "rail", id: `${domain}${index}`.toLowerCase(), partOf: "cpu" };
    }
  })();
  return { device, ...unit };
}
