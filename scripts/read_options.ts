/** The options that say how to read a file, shared by all commands that read files. */

import type { ColumnMapping, ReadOptions } from "../lib/formats/format.ts";
import { UsageError } from "./command.ts";

/** For node:util's parseArgs. */
export const readOptionNames = {
  format: { type: "string" },
  columns: { type: "string" },
} as const;

/** For usage texts. */
export const readOptionUsage =
  `  --format ID        read as this format instead of detecting it (see inspect --formats)
  --columns MAPPING  read as a plain table: time=NAME,timeFormat=FORMAT,value=NAME,unit=UNIT
                     [,device=NAME][,energy=counter|interval][,clock=CLOCK][,kind=KIND]; NAME is a
                     header or a number from 1, FORMAT is s, ms, us, ns, iso or a pattern such as
                     DD.MM.YYYY HH:mm:ss.SSS, UNIT is W, mW, J, Wh, ...`;

/** Reads the options back. */
export function readOptionsOf(
  values: { readonly format?: string | undefined; readonly columns?: string | undefined },
): ReadOptions {
  return {
    ...(values.format !== undefined && { format: values.format }),
    ...(values.columns !== undefined && { columns: mappingOf(values.columns) }),
  };
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
  mapping["timeFormat"] ??= "s";
  return mapping as unknown as ColumnMapping;
}
