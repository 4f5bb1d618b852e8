import { InputError } from "../../errors.ts";
import { windows } from "../../requests/windows.ts";
import { cellNumber, delimiterOf, forEachRow } from "../delimited.ts";
import type { Format } from "../format.ts";
import { energyUnit } from "../units.ts";
import { longestHeader } from "../header_names.ts";
import { refuseTime } from "../refused_time.ts";
import { isoTime } from "../wall_clock.ts";

/**
 * A table of named windows: a name, a start and an end or a duration, and perhaps an energy that
 * the source itself measured. Headers are matched without case; units stand in brackets or
 * parentheses.
 *
 * The unit of the energy is checked against the power that it implies, since published files have
 * headers that lie: where the header's unit implies a mean power that no device under test has
 * (under 0.5 W or over 20 kW, the median over the windows) and exactly one other unit of J, mJ and
 * uJ makes it that of an accelerator (5 W to 20 kW), that one is taken and noted; where none does,
 * the energies are left out.
 */
export const format: Format = {
  id: "windows-csv",
  title: "table of named windows, CSV",
  kinds: ["windows"],
  writtenBy: "experiment scripts (a name, a start, an end or a duration)",
  detect({ lines }) {
    const first = lines[0] ?? "";
    return layoutOf(first) === null ? 0 : 2;
  },
  async read(source, into) {
    let layout: Layout | null = null;
    const names: string[] = [];
    const startS: number[] = [];
    const endS: number[] = [];
    const energy: number[] = [];
    const written: TimeKind[] = [];
    const rows: { readonly line: number; readonly text: string }[] = [];
    await forEachRow(source, await delimiterFor(source), ({ cells, line, terminated }) => {
      if (layout === null) {
        layout = layoutOf(cells.join("\u0000"), "\u0000");
        if (layout === null) {
          throw new InputError({
            code: "malformed",
            path: source.path,
            line,
            problem: "the header does not name a window, its start and its end or duration",
            found: cells.join(","),
            advice: "name columns phase, start_s and end_s or duration_s",
          });
        }
        return;
      }
      if (cells.length !== layout.width) {
        into.losses.add(terminated ? "wrong-field-count" : "truncated-row", line, cells.join(","));
        return;
      }
      const kinds = new Set<TimeKind>();
      const moment = (cell: string, scale: number): number => {
        const number = cellNumber(cell) * scale;
        if (!Number.isNaN(number)) {
          // A recording shorter than 30 years does not reach the year 2001 from its own start.
          kinds.add(number > 1e9 ? "epoch" : "elapsed");
          return number;
        }
        const iso = isoTime(cell);
        if (iso === null) return NaN;
        kinds.add(iso.zoned ? "epoch" : "local");
        return iso.timeS;
      };
      const start = moment(cells[layout.start]!, layout.startScale);
      const end = layout.end === -1
        ? start + cellNumber(cells[layout.duration]) * layout.durationScale
        : moment(cells[layout.end]!, layout.endScale);
      refuseTime(source.path, line, cells[layout.start]!, "s", start);
      refuseTime(source.path, line, cells.join(","), "s", end);
      if (!Number.isFinite(start) || !Number.isFinite(end)) {
        into.losses.add("bad-time", line, cells.join(","));
        return;
      }
      if (kinds.size > 1) {
        into.losses.add("other-clock", line, cells.join(","));
        return;
      }
      if (end < start) {
        into.losses.add("ends-before-start", line, cells.join(","));
        return;
      }
      written.push([...kinds][0]!);
      rows.push({ line, text: cells.join(",") });
      names.push(cells[layout.name]!);
      startS.push(start);
      endS.push(end);
      const energyHere = layout.energy === -1 ? NaN : cellNumber(cells[layout.energy]);
      // No window gives energy back: a counter has wrapped, or the writer says "none" so.
      energy.push(energyHere < 0 ? NaN : energyHere);
    });
    const found = layout as Layout | null;
    if (found === null || names.length === 0) return;
    const count = (kind: TimeKind): number => written.filter((other) => other === kind).length;
    const clock = [...new Set(written)].reduce((a, b) => (count(b) > count(a) ? b : a));
    for (let i = written.length - 1; i >= 0; i--) {
      if (written[i] === clock) continue;
      for (const column of [names, startS, endS, energy]) column.splice(i, 1);
    }
    written.forEach((kind, i) => {
      if (kind !== clock) into.losses.add("other-clock", rows[i]!.line, rows[i]!.text);
    });
    const reference = found.energy === -1
      ? null
      : settleUnit(found.energyName, found.energyUnit, energy, startS, endS);
    if (reference?.note !== undefined) into.notes.push(reference.note);
    into.windows.push(windows({
      clock,
      names,
      startS: Float64Array.from(startS),
      endS: Float64Array.from(endS),
      ...(reference !== null && {
        referenceJ: Float64Array.from(energy, (value) => value * reference.scale),
        reference: {
          column: found.energyName,
          unit: reference.unit,
          ...(reference.note !== undefined && { note: reference.note }),
        },
      }),
      source: { path: source.path, format: format.id },
    }));
  },
};

/** What the times of a row count from, as they are written. */
type TimeKind = "epoch" | "local" | "elapsed";

interface Layout {
  readonly width: number;
  readonly name: number;
  readonly start: number;
  readonly startScale: number;
  readonly end: number;
  readonly endScale: number;
  readonly duration: number;
  readonly durationScale: number;
  readonly energy: number;
  readonly energyName: string;
  readonly energyUnit: string | null;
}

const nameHeaders = [
  "phase",
  "window",
  "window_name",
  "name",
  "label",
  "operation",
  "stage",
  "tag",
];
const startHeaders = ["start", "start_time", "begin", "begin_time", "timestamp", "start_timestamp"];
const endHeaders = ["end", "end_time", "stop", "stop_time", "finish", "end_timestamp"];
const durationHeaders = ["duration", "runtime", "elapsed", "elapsed_time", "duration_time"];
const secondsPer: Readonly<Record<string, number>> = {
  s: 1,
  sec: 1,
  seconds: 1,
  ms: 1e-3,
  us: 1e-6,
  ns: 1e-9,
};
/** Splits `Runtime (s)`, `duration_ms` and `GPU Energy [mJ]` into a name and a unit. */
function headerOf(text: string): { readonly name: string; readonly unit: string | null } {
  if (text.length > longestHeader) return { name: "", unit: null };
  const bracketed = /^(.*?)\s*[[(]\s*([^\])]+)\s*[\])]\s*$/.exec(text.trim());
  const name = (bracketed?.[1] ?? text).trim().replace(/[\s-]+/g, "_").toLowerCase();
  if (bracketed !== null) return { name, unit: bracketed[2]! };
  const suffix = /^(.*)_(s|ms|us|ns|j|mj|uj)$/.exec(name);
  return suffix === null
    ? { name, unit: null }
    : { name: suffix[1]!, unit: suffix[2]!.replace(/j$/, "J") };
}

function layoutOf(line: string, delimiter = delimiterOf(line)): Layout | null {
  const headers = line.split(delimiter).map((cell) => headerOf(cell.replace(/^"|"$/g, "")));
  const find = (wanted: readonly string[]): number =>
    headers.findIndex(({ name }) => wanted.includes(name));
  const name = find(nameHeaders);
  const start = find(startHeaders);
  const end = find(endHeaders);
  const duration = find(durationHeaders);
  if (name === -1 || start === -1 || (end === -1 && duration === -1)) return null;
  const scale = (column: number): number =>
    column === -1 ? NaN : secondsPer[headers[column]!.unit ?? "s"] ?? NaN;
  // A GPU's energy before any other: these tables are made beside GPU traces.
  const energies = headers.flatMap((header, column) =>
    /energy/.test(header.name) && !/idle|(^|_)per_/.test(header.name) ? [column] : []
  );
  const energy = energies.find((column) => /gpu/.test(headers[column]!.name)) ?? energies[0] ?? -1;
  return {
    width: headers.length,
    name,
    start,
    startScale: scale(start),
    end,
    endScale: scale(end),
    duration,
    durationScale: scale(duration),
    energy,
    energyName: energy === -1 ? "" : line.split(delimiter)[energy]!.replace(/^"|"$/g, "").trim(),
    energyUnit: energy === -1 ? null : headers[energy]!.unit,
  };
}

async function delimiterFor(source: Parameters<typeof forEachRow>[0]): Promise<string> {
  let delimiter = ",";
  await forEachRow(source, "\u0000", ({ cells }) => {
    delimiter = delimiterOf(cells[0]!);
    return false;
  });
  return delimiter;
}

/** Settles the unit of a column of energies; a scale of NaN leaves them out. */
function settleUnit(
  column: string,
  stated: string | null,
  values: readonly number[],
  startS: readonly number[],
  endS: readonly number[],
): { readonly unit: string; readonly scale: number; readonly note?: string } {
  const perSecond = values.flatMap((value, i) =>
    value > 0 && endS[i]! > startS[i]! ? [value / (endS[i]! - startS[i]!)] : []
  ).sort((a, b) => a - b);
  const median = perSecond[perSecond.length >> 1] ?? NaN;
  const implies = (unit: string, leastW: number): boolean => {
    const powerW = median * joulesIn(unit);
    return powerW >= leastW && powerW <= 20_000;
  };
  const statedScale = stated === null || Number.isNaN(joulesIn(stated))
    ? undefined
    : joulesIn(stated);
  if (statedScale !== undefined && (implies(stated!, 0.5) || Number.isNaN(median))) {
    return { unit: stated!, scale: statedScale };
  }
  const fitting = ["J", "mJ", "uJ"].filter((unit) => implies(unit, 5));
  const says = stated === null ? "has no unit" : `says ${stated}`;
  const implied = statedScale === undefined
    ? ""
    : `, which would be ${(median * statedScale).toPrecision(2)} W at the median`;
  if (fitting.length === 1) {
    const unit = fitting[0]!;
    return {
      unit,
      scale: joulesIn(unit),
      note: `The header of "${column}" ${says}${implied}; read as ${unit} ` +
        `(${(median * joulesIn(unit)).toPrecision(3)} W).`,
    };
  }
  return {
    unit: stated ?? "unknown",
    scale: NaN,
    note:
      `The header of "${column}" ${says}${implied}; no unit makes it plausible, so it is left out.`,
  };
}

/** Joules in one of a unit; NaN when it is not a unit of energy. */
function joulesIn(unit: string): number {
  const known = energyUnit(unit);
  return known === null || known.power ? NaN : known.scale;
}
