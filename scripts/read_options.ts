/** The options that say how to read a file, shared by all commands that read files. */

import type { ColumnMapping, ReadOptions } from "../lib/formats/format.ts";
import type { DeviceKind } from "../lib/power/device.ts";
import { energyUnit } from "../lib/formats/units.ts";
import { UsageError } from "./command.ts";

/** For node:util's parseArgs. */
export const readOptionNames = {
  format: { type: "string" },
  columns: { type: "string" },
  interval: { type: "string" },
  "watts-per-unit": { type: "string" },
  volts: { type: "string" },
  days: { type: "string" },
} as const;

/** For usage texts. */
export const readOptionUsage =
  `  --format ID        read as this format instead of detecting it (see inspect --formats)
  --columns MAPPING  read as a plain table: time=NAME,value=NAME,unit=UNIT
                     [,timeFormat=FORMAT][,device=NAME][,energy=counter|interval][,clock=CLOCK][,kind=KIND]; NAME is a
                     header or a number from 1, FORMAT is s, ms, us, ns, iso or a pattern such as
                     DD.MM.YYYY HH:mm:ss.SSS (iso unless given), UNIT is W, mW, J, Wh, ...
  --interval S       seconds between readings, for logs whose rows carry no time
  --watts-per-unit N watts for one unit of a raw converter channel; N,N,... for several channels
  --volts V          supply voltage, for meters that record only a current
  --days FROM[..TO]  of a folder that convert wrote, the power of these days only: 2024-03-29..2024-03-31`;

/** Reads the options back. */
export function readOptionsOf(
  values: { readonly [name in keyof typeof readOptionNames]?: string | undefined },
): ReadOptions {
  const watts = values["watts-per-unit"]?.split(",").map((n) => positive("watts-per-unit", n));
  return {
    ...(values.interval !== undefined && { intervalS: positive("interval", values.interval) }),
    ...(values.volts !== undefined && { volts: positive("volts", values.volts) }),
    ...(watts !== undefined && { wattsPerUnit: watts.length === 1 ? watts[0]! : watts }),
    ...(values.format !== undefined && { format: values.format }),
    ...(values.columns !== undefined && { columns: mappingOf(values.columns) }),
    ...(values.days !== undefined && daysOf(values.days)),
  };
}

/** The span of time of some days, on the clock that a store has: UTC, or the wall clock. */
function daysOf(text: string): { readonly fromS: number; readonly toS: number } {
  const [first = "", last = first, ...more] = text.split("..");
  const startS = (day: string): number =>
    /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00Z`) / 1000 : NaN;
  const span = { fromS: startS(first), toS: startS(last) + 86_400 };
  if (!(span.fromS < span.toS) || more.length > 0) {
    throw new UsageError(`--days is a day or two, the later one last, not ${JSON.stringify(text)}`);
  }
  return span;
}

/** A positive number of an option. */
export function positive(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0 && value < Infinity)) {
    throw new UsageError(`--${name} must be a positive number, not ${JSON.stringify(text)}`);
  }
  return value;
}

const keys = [
  "time",
  "timeFormat",
  "value",
  "unit",
  "device",
  "energy",
  "clock",
  "kind",
  "delimiter",
];

const deviceKinds: readonly DeviceKind[] = ["gpu", "cpu", "dram", "soc", "rail", "node", "wall"];

function oneOf(
  mapping: Readonly<Record<string, string | number>>,
  key: string,
  allowed: readonly string[],
): void {
  const value = mapping[key];
  if (value !== undefined && !allowed.includes(String(value))) {
    throw new UsageError(`--columns: ${key}= is one of ${allowed.join(", ")}, not ${value}`);
  }
}

function mappingOf(text: string): ColumnMapping {
  const entries = text.split(",").map((part): [string, string] => {
    const at = part.indexOf("=");
    if (at === -1) throw new UsageError(`--columns: ${JSON.stringify(part)} is not KEY=VALUE`);
    return [part.slice(0, at).trim(), part.slice(at + 1).trim()];
  });
  const mapping: Record<string, string | number> = {};
  for (const [key, value] of entries) {
    if (!keys.includes(key)) {
      throw new UsageError(`--columns: there is no key ${key}; there are ${keys.join(", ")}`);
    }
    const isColumn = key === "time" || key === "value" || key === "device";
    mapping[key] = isColumn && /^\d+$/.test(value) ? Number(value) : value;
  }
  for (const needed of ["time", "value", "unit"]) {
    if (mapping[needed] === undefined) throw new UsageError(`--columns lacks ${needed}=`);
  }
  oneOf(mapping, "energy", ["counter", "interval"]);
  oneOf(mapping, "clock", ["epoch", "monotonic", "elapsed"]);
  oneOf(mapping, "kind", deviceKinds);
  const unit = energyUnit(String(mapping["unit"]));
  if (unit?.power === true && mapping["energy"] !== undefined) {
    throw new UsageError(
      `--columns: energy= goes with a unit of energy, not with ${mapping["unit"]}`,
    );
  }
  // Only dates tell by themselves how they are written: the readers refuse bare numbers then.
  mapping["timeFormat"] ??= "iso";
  return mapping as unknown as ColumnMapping;
}
