import { refuseTime } from "./refused_time.ts";
import type { Clock } from "../clock.ts";
import { InputError } from "../errors.ts";
import type { Collector } from "./collect.ts";
import type { ColumnMapping } from "./format.ts";
import { patternTime } from "./time_pattern.ts";
import { energyUnit } from "./units.ts";
import { isoTime } from "./wall_clock.ts";

/**
 * Takes a power series out of a file of columns that another program wrote, by the mapping that the
 * caller gives.
 *
 * @param into Where the readings go.
 * @param path Path of the file.
 * @param names Names of its columns.
 * @param column Gives the values of a column.
 * @param mapping What the columns mean.
 * @throws {InputError} `bad-option` when the mapping names no column, or no unit.
 */
export function collectMapped(
  into: Collector,
  path: string,
  names: readonly string[],
  column: (name: string) => ArrayLike<unknown> | null,
  mapping: ColumnMapping,
): void {
  const find = (wanted: string | number): string => {
    const name = typeof wanted === "number" ? names[wanted - 1] : wanted;
    if (name !== undefined && names.includes(name)) return name;
    throw new InputError({
      code: "bad-option",
      path,
      problem: `there is no column ${JSON.stringify(wanted)}`,
      expected: `one of ${names.join(", ")}`,
    });
  };
  const unit = energyUnit(mapping.unit);
  if (unit === null || (!unit.power && mapping.energy === undefined)) {
    throw new InputError({
      code: "bad-option",
      path,
      problem: unit === null
        ? "this is not a unit of power or energy"
        : "energies are either a running total or amounts: give energy=counter or energy=interval",
      found: mapping.unit,
    });
  }
  const valueName = find(mapping.value);
  const times = column(find(mapping.time))!;
  const values = column(valueName)!;
  const devices = mapping.device === undefined ? null : column(find(mapping.device))!;
  const kind = mapping.kind ?? "rail";
  const lastS = new Map<string, number>();
  let clock: Clock | null = null;
  for (let i = 0; i < times.length; i++) {
    const moment = momentOf(times[i], mapping.timeFormat);
    refuseTime(path, i + 1, String(times[i]), mapping.timeFormat, moment.timeS);
    const here = moment.clock ?? mapping.clock ?? (moment.timeS > 1e9 ? "epoch" : "elapsed");
    clock ??= here;
    if (clock !== here || Number.isNaN(moment.timeS)) {
      into.losses.add(Number.isNaN(moment.timeS) ? "bad-time" : "other-clock", i + 1);
      continue;
    }
    const id = devices === null ? kind : String(devices[i] ?? kind);
    const series = into.column({
      device: { kind, id },
      clock,
      quantity: unit.power ? "power" : mapping.energy!,
      column: valueName,
    });
    const sinceS = moment.timeS - (lastS.get(id) ?? NaN);
    if (!(sinceS <= 0)) lastS.set(id, moment.timeS);
    const value = values[i];
    if (typeof value !== "number" && typeof value !== "bigint") {
      series.losses.add("not-a-number", i + 1, String(value));
    } else if (series.spec.quantity === "interval" && !(sinceS > 0)) {
      series.losses.add(
        Number.isNaN(sinceS) ? "first-interval-has-no-start" : "no-time-passed",
        i + 1,
      );
    } else series.push(moment.timeS, Number(value) * unit.scale, i + 1, sinceS);
  }
}

const perSecond: Readonly<Record<string, number>> = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 };

/** A time of a cell; its clock where the cell settles it. */
function momentOf(
  value: unknown,
  timeFormat: string,
): { readonly timeS: number; readonly clock: Clock | null } {
  if (value instanceof Date) return { timeS: value.getTime() / 1000, clock: "epoch" };
  const scale = perSecond[timeFormat];
  if (typeof value === "bigint" && scale !== undefined) {
    // Whole seconds first: a double does not hold nanoseconds since the epoch.
    const unit = BigInt(scale);
    return { timeS: Number(value / unit) + Number(value % unit) / scale, clock: null };
  }
  if (typeof value === "number" && scale !== undefined) {
    return { timeS: value / scale, clock: null };
  }
  if (typeof value !== "string" || scale !== undefined) return { timeS: NaN, clock: null };
  if (timeFormat !== "iso") return { timeS: patternTime(value, timeFormat), clock: "local" };
  const iso = isoTime(value);
  return iso === null
    ? { timeS: NaN, clock: null }
    : { timeS: iso.timeS, clock: iso.zoned ? "epoch" : "local" };
}
