import type { Clock } from "../../clock.ts";
import type { DeviceKind } from "../../power/device.ts";
import { delimiterOf } from "../delimited.ts";
import type { Format } from "../format.ts";
import { headerName, timeColumn } from "../header_names.ts";
import { cellsOf, readPowerTable, refuseTable, type TablePlan } from "../power_table.ts";
import type { ByteSource } from "../source.ts";
import { firstBytes } from "../source.ts";
import { energyUnit } from "../units.ts";

/**
 * Any delimited table whose header names a time and a power with its unit, one row a reading and
 * perhaps a column of devices: what scripts around NVML, rocm-smi and exporters write. A unit that
 * is not said is not guessed: such a table needs a column mapping.
 */
export const format: Format = {
  id: "power-csv",
  title: "table of times and powers with units in its header, CSV",
  kinds: ["power"],
  writtenBy: "scripts around NVML, rocm-smi and exporters",
  detect({ lines, binary }) {
    if (binary) return 0;
    const header = lines.find((line) => line.trim() !== "") ?? "";
    return layoutOf(cellsOf(header, delimiterOf(header).charCodeAt(0))) === null ? 0 : 1;
  },
  async read(source, into) {
    const delimiter = (await headerDelimiter(source)).charCodeAt(0);
    let layout: Layout | null = null;
    let header: readonly string[] = [];
    const plan = await readPowerTable(source, into, {
      delimiter,
      plan(cells, line): TablePlan | null {
        if (layout === null) {
          layout = layoutOf(cells);
          header = cells;
          return null;
        }
        const time = timeColumn(cells[layout.time] ?? "", layout.timeUnit);
        if (time === null) {
          throw refuseTable(
            source,
            line,
            `the times of column ${layout.time + 1} could be in any unit`,
            "seconds, milliseconds, ... since the epoch, or a date and time",
            cells[layout.time] ?? "",
            "name the columns with --columns time=...,timeFormat=...,value=...,unit=W",
          );
        }
        return planOf(layout, header, time.timeOf, time.clock, String.fromCharCode(delimiter));
      },
    });
    if (plan === null && layout === null) {
      throw refuseTable(
        source,
        1,
        "the header does not name a time and a power with its unit",
        "columns such as timestamp and power_w or Power (W)",
        header.join(","),
        "name the columns with --columns",
      );
    }
  },
};

interface Layout {
  readonly width: number;
  readonly time: number;
  readonly timeUnit: string | null;
  readonly devices: readonly number[];
  readonly values: readonly {
    readonly column: number;
    readonly name: string;
    readonly scale: number;
    readonly power: boolean;
    readonly kind: DeviceKind | null;
    readonly id: string | null;
  }[];
}

const timeNames =
  /^(timestamp|time|datetime|date_time|date|ts|epoch|unix|unix_time|time_stamp|elapsed|elapsed_time|time_relative|timestamp_system_epoch|wall_time)$/;
const deviceNames =
  /^(device|device_id|gpu|gpu_id|gpu_index|gpu_idx|index|card|gpu_uuid|uuid|hostname|host|node)$/;
const limits = /limit|cap|max|min|tdp|target|threshold|budget/;

/** Finds the columns by name; null when there is no time or no power with a unit. */
function layoutOf(cells: readonly string[]): Layout | null {
  const names = cells.map(headerName);
  const time = names.findIndex(({ name }) => timeNames.test(name));
  if (time === -1) return null;
  const values = names.flatMap(({ name, unit }, column) => {
    const measured = unit === null ? null : energyUnit(unit);
    if (measured === null || limits.test(name) || column === time) return [];
    if (!/power|energy|watt|joule|^(gpu|cpu|dram|package|pkg|node|system|total)/.test(name)) {
      return [];
    }
    // An energy may be a running total or an amount: only a name that says so is taken.
    if (!measured.power && !/total|cumul|counter|accum/.test(name)) return [];
    const kind = kindOf(name);
    return [{ column, name, scale: measured.scale, power: measured.power, ...kind }];
  });
  if (values.length === 0) return null;
  const devices = names.flatMap(({ name }, column) =>
    deviceNames.test(name) && column !== time ? [column] : []
  );
  return { width: cells.length, time, timeUnit: names[time]!.unit, devices, values };
}

/** What a column measures, from its name; null where the row's device says it. */
function kindOf(name: string): { readonly kind: DeviceKind | null; readonly id: string | null } {
  const numbered = /(?:^|_)(gpu|cpu|package|pkg|socket)_?(\d+)/.exec(name);
  if (numbered !== null) {
    const kind = numbered[1] === "gpu" ? "gpu" : "cpu";
    return { kind, id: `${kind}${numbered[2]}` };
  }
  if (/gpu/.test(name)) return { kind: "gpu", id: null };
  if (/cpu|package|pkg|socket/.test(name)) return { kind: "cpu", id: "cpu" };
  if (/dram|memory|ram/.test(name)) return { kind: "dram", id: "dram" };
  if (/node|system|total|server|platform/.test(name)) return { kind: "node", id: "node" };
  if (/wall|outlet|plug|mains/.test(name)) return { kind: "wall", id: "wall" };
  return { kind: null, id: null };
}

function planOf(
  layout: Layout,
  header: readonly string[],
  timeOf: TablePlan["timeOf"],
  clock: Clock,
  delimiter: string,
): TablePlan {
  const names = layout.devices.map((column) => headerName(header[column]!).name);
  return {
    width: layout.width,
    time: layout.time,
    timeOf,
    devices: layout.devices,
    headless: true,
    header: header.join(delimiter),
    values: layout.values.map(({ column, scale, power, kind, id }) => ({
      column,
      scale,
      spec(labels) {
        const label = (wanted: RegExp): string | undefined =>
          labels[names.findIndex((name) => wanted.test(name))];
        const host = label(/^host|^node$/);
        const uuid = label(/uuid/);
        const device = label(/^(device|device_id|gpu|gpu_id|gpu_index|gpu_idx|index|card)$/) ??
          uuid;
        const isGpu = kind === "gpu" ||
          (kind === null && names.some((name) => /gpu|card/.test(name)));
        return {
          device: {
            kind: kind ?? (isGpu || /^(card|gpu)/.test(device ?? "") ? "gpu" : "rail"),
            id: device === undefined
              ? id ?? (isGpu ? "gpu0" : "power")
              : /^\d+$/.test(device)
              ? `gpu${device}`
              : device,
            ...(uuid !== undefined && { uuid }),
            ...(host !== undefined && { host }),
          },
          clock,
          quantity: power ? "power" : "counter",
          column: header[column]!,
        };
      },
    })),
  };
}

async function headerDelimiter(source: ByteSource): Promise<string> {
  const text = new TextDecoder().decode(await firstBytes(source, 4096));
  return delimiterOf(text.split(/\r?\n/).find((line) => line.trim() !== "") ?? "");
}
