import type { ReadResult, ResultTable } from "../formats/format.ts";
import { type ClaimField, claimFields } from "./claim_fields.ts";

/** One row of published results, its quantities found by name and brought to SI units. */
export interface Claim {
  /** Path of the source. */
  readonly path: string;
  /** Id of the source's format. */
  readonly format: string;
  /** Where the row stands: path, table and row from 1. */
  readonly where: string;
  /** Row of the table, from 0. */
  readonly row: number;
  /** Table that it is a row of. */
  readonly table: ResultTable;
  /** A quantity in SI units; null when the row does not have it. */
  value(field: ClaimField): number | null;
  /** A text, such as the model's name; null when the row does not have it. */
  text(field: "model" | "device" | "engine"): string | null;
  /** Numbers of all columns whose name matches, in SI units, with the names. */
  matching(pattern: RegExp): { readonly name: string; readonly value: number }[];
}

const textFields: Readonly<Record<"model" | "device" | "engine", readonly string[]>> = {
  model: ["model", "model_name", "model_id", "modelid"],
  device: ["device", "gpu", "gpu_model", "hardware", "accelerator"],
  engine: ["engine", "backend"],
};

/** Factors to SI units, by the unit that a reader gives a column. */
const toSi: Readonly<Record<string, number>> = {
  s: 1,
  ms: 1e-3,
  us: 1e-6,
  ns: 1e-9,
  min: 60,
  h: 3600,
  J: 1,
  mJ: 1e-3,
  uJ: 1e-6,
  kJ: 1e3,
  Wh: 3600,
  kWh: 3.6e6,
  W: 1,
  mW: 1e-3,
  kW: 1e3,
  "J/token": 1,
  "mJ/token": 1e-3,
  "J/request": 1,
  "J/response": 1,
  B: 1,
  GB: 1e9,
  GiB: 2 ** 30,
  MB: 1e6,
  MiB: 2 ** 20,
};

/**
 * The rows of all result tables of an input as claims.
 *
 * @param result What the input held.
 * @return One claim for each row.
 */
export function claimsOf(result: ReadResult): Claim[] {
  return result.results.flatMap((table) => {
    const names = Object.keys(table.columns);
    const plain = new Map(names.map((name) => [plainName(name), name]));
    const length = table.columns[names[0] ?? ""]?.length ?? 0;
    const column = new Map<ClaimField, { name: string; scale: number } | null>();
    const find = (field: ClaimField): { name: string; scale: number } | null => {
      const known = column.get(field);
      if (known !== undefined) return known;
      let found: { name: string; scale: number } | null = null;
      for (const [alias, impliedScale] of claimFields[field]) {
        const name = plain.get(plainName(alias));
        if (name === undefined) continue;
        const unit = table.units[name];
        found = { name, scale: unit === undefined ? impliedScale : toSi[unit] ?? impliedScale };
        break;
      }
      column.set(field, found);
      return found;
    };
    return Array.from({ length }, (_, row): Claim => ({
      path: result.path,
      format: result.format,
      where: `${result.path}, ${table.name} row ${row + 1}`,
      row,
      table,
      value(field) {
        const found = find(field);
        const cell = found === null ? null : table.columns[found.name]![row];
        return typeof cell === "number" ? cell * found!.scale : null;
      },
      text(field) {
        for (const alias of textFields[field]) {
          const name = plain.get(plainName(alias));
          const cell = name === undefined ? null : table.columns[name]![row];
          if (typeof cell === "string" && cell !== "") return cell;
        }
        return null;
      },
      matching(pattern) {
        return names.flatMap((name) => {
          const cell = pattern.test(name) ? table.columns[name]![row] : null;
          return typeof cell === "number"
            ? [{ name, value: cell * (toSi[table.units[name] ?? ""] ?? 1) }]
            : [];
        });
      },
    }));
  });
}

/** A column's name without case and separators. */
function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9.]/g, "");
}
