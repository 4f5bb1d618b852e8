import { InputError } from "../../errors.ts";
import type { Clock } from "../../clock.ts";
import type { SeriesColumn } from "../collect.ts";
import { cellNumber, delimiterOf, forEachRow } from "../delimited.ts";
import type { ColumnMapping, Format } from "../format.ts";
import { firstBytes } from "../source.ts";
import { refuseTime } from "../refused_time.ts";
import { energyUnit } from "../units.ts";
import { patternTime } from "../time_pattern.ts";
import { isoTime } from "../wall_clock.ts";

/** Seconds in one of a numeric time format. */
const secondsPer: Readonly<Record<string, number>> = { s: 1, ms: 1e-3, us: 1e-6, ns: 1e-9 };

/** Any delimited table, read by a mapping that the caller gives: never detected. */
export const format: Format = {
  id: "table",
  title: "any table with a time and a value column (--columns)",
  kinds: ["power"],
  writtenBy: "anything",
  detect: () => 0,
  async read(source, into, options) {
    const mapping = options.columns;
    if (mapping === undefined) {
      throw badOption("--format table needs to know the columns", undefined);
    }
    const unit = energyUnit(mapping.unit);
    if (unit === null) {
      throw badOption(
        "not a unit of power or energy, such as W, mW, J, uJ, Wh or kWh",
        mapping.unit,
      );
    }
    if (!unit.power && mapping.energy === undefined) {
      throw badOption(
        `values in ${mapping.unit} are either a running total or amounts: give energy=counter or energy=interval`,
        mapping.unit,
      );
    }
    const firstLine = new TextDecoder().decode(await firstBytes(source, 4096)).split(/\r?\n/)
      .find((line) => line.trim() !== "") ?? "";
    const delimiter = mapping.delimiter ?? delimiterOf(firstLine);
    let columns: Columns | null = null;
    const byDevice = new Map<string, { column: SeriesColumn; lastS: number }>();
    let clock: Clock | null = null;
    await forEachRow(source, delimiter, ({ cells, line, terminated }) => {
      if (columns === null) {
        columns = columnsOf(mapping, cells, source.path, line);
        if (columns.hasHeader) return;
      }
      const { time, value, device } = columns;
      if (cells.length !== columns.width) {
        into.losses.add(
          terminated ? "wrong-field-count" : "truncated-row",
          line,
          cells.join(delimiter),
        );
        return;
      }
      const moment = momentOf(cells[time]!, mapping.timeFormat);
      refuseTime(source.path, line, cells[time]!, mapping.timeFormat, moment?.timeS ?? NaN);
      if (moment === null) {
        into.losses.add("bad-time", line, cells[time]);
        return;
      }
      const here = moment.clock ?? mapping.clock ?? (moment.timeS > 1e9 ? "epoch" : "elapsed");
      clock ??= here;
      if (clock !== here) {
        into.losses.add("other-clock", line, cells[time]);
        return;
      }
      const number = cellNumber(cells[value]);
      const label = device === -1 ? "" : cells[device]!;
      let target = byDevice.get(label);
      if (target === undefined) {
        const kind = mapping.kind ?? "rail";
        target = {
          column: into.column({
            device: { kind, id: label === "" ? kind : label },
            clock,
            quantity: unit.power ? "power" : mapping.energy!,
            column: columns.valueName,
          }),
          lastS: NaN,
        };
        byDevice.set(label, target);
      }
      if (Number.isNaN(number)) {
        target.column.losses.add("not-a-number", line, cells[value]);
        return;
      }
      const since = moment.timeS - target.lastS;
      if (!(moment.timeS <= target.lastS)) target.lastS = moment.timeS;
      if (!unit.power && mapping.energy === "interval" && !(since > 0)) {
        target.column.losses.add(
          Number.isNaN(since) ? "first-interval-has-no-start" : "no-time-passed",
          line,
          cells[value],
        );
        return;
      }
      target.column.push(moment.timeS, number * unit.scale, line, since);
    });
  },
};

interface Columns {
  readonly width: number;
  readonly time: number;
  readonly value: number;
  readonly device: number;
  readonly valueName: string;
  readonly hasHeader: boolean;
}

function columnsOf(
  mapping: ColumnMapping,
  cells: readonly string[],
  path: string,
  line: number,
): Columns {
  const find = (wanted: string | number, what: string): number => {
    const index = typeof wanted === "number" ? wanted - 1 : cells.indexOf(wanted);
    if (index >= 0 && index < cells.length) return index;
    throw new InputError({
      code: "bad-option",
      path,
      line,
      problem: `there is no ${what} column ${JSON.stringify(wanted)}`,
      expected: `one of ${cells.map((cell, i) => `${i + 1} ${JSON.stringify(cell)}`).join(", ")}`,
      advice: "name a column as the first row spells it, or give its number from 1",
    });
  };
  const value = find(mapping.value, "value");
  const time = find(mapping.time, "time");
  return {
    width: cells.length,
    time,
    value,
    device: mapping.device === undefined ? -1 : find(mapping.device, "device"),
    valueName: Number.isNaN(cellNumber(cells[value])) ? cells[value]! : `column ${value + 1}`,
    hasHeader: Number.isNaN(cellNumber(cells[value])) &&
      momentOf(cells[time]!, mapping.timeFormat) === null,
  };
}

/** A time of a cell; its clock where the format settles it. */
function momentOf(
  cell: string,
  timeFormat: string,
): { readonly timeS: number; readonly clock: Clock | null } | null {
  const scale = secondsPer[timeFormat];
  if (scale !== undefined) {
    const number = cellNumber(cell);
    return Number.isNaN(number) ? null : { timeS: number * scale, clock: null };
  }
  if (timeFormat === "iso") {
    const iso = isoTime(cell);
    return iso === null ? null : { timeS: iso.timeS, clock: iso.zoned ? "epoch" : "local" };
  }
  const timeS = patternTime(cell, timeFormat);
  return Number.isNaN(timeS) ? null : { timeS, clock: "local" };
}

function badOption(problem: string, found: string | undefined): InputError {
  return new InputError({
    code: "bad-option",
    problem,
    ...(found !== undefined && { found }),
    advice: "for instance --columns time=1,timeFormat=iso,value=power,unit=W",
  });
}
