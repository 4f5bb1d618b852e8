import { InputError } from "../errors.ts";
import type { Collector } from "./collect.ts";
import { cellNumber, delimiterOf, forEachRow } from "./delimited.ts";
import type { Format } from "./format.ts";
import type { Head } from "./head.ts";
import { type Cell, ResultRows } from "./result_rows.ts";
import { type ByteSource, firstBytes } from "./source.ts";
import { sentinelReason } from "./units.ts";

/** A delimited table of results whose columns are known by name. */
export interface ResultTableSpec {
  /** What the rows are. */
  readonly table: string;
  /** Columns that must be there; letter case does not matter. */
  readonly needs: readonly string[];
  /** Unit of a column; a column with a unit holds numbers. */
  readonly unitOf: (column: string) => string | undefined;
  /** Why a row is left out; null when it is not. */
  readonly leaveOut?: (cell: (column: string) => string | undefined) => string | null;
}

/** A format that is one such table. */
export interface ResultCsv extends ResultTableSpec {
  /** Id of the format. */
  readonly id: string;
  /** What a person calls it. */
  readonly title: string;
  /** Program that writes it. */
  readonly writtenBy: string;
}

/** A format from the description of its table. */
export function resultCsvFormat(spec: ResultCsv): Format {
  return {
    id: spec.id,
    title: spec.title,
    kinds: ["results"],
    writtenBy: spec.writtenBy,
    detect: (head) => hasColumns(head, spec.needs) ? 3 : 0,
    read: (source, into) => readResultCsv(source, into, spec),
  };
}

/** Names of the first line's cells. */
export function headerOf(head: Head): string[] {
  const first = head.lines.find((line) => line.trim() !== "") ?? "";
  return first.replace(/^\uFEFF/, "").split(delimiterOf(first))
    .map((cell) => cell.trim().replace(/^"|"$/g, ""));
}

/** Whether the first line names all the given columns. */
export function hasColumns(head: Head, needs: readonly string[]): boolean {
  if (head.binary) return false;
  const names = headerOf(head).map((name) => name.toLowerCase());
  return needs.every((name) => names.includes(name.toLowerCase()));
}

/** The delimiter of a table, from its first line that is not blank. */
export async function delimiterOfSource(source: ByteSource): Promise<string> {
  const text = new TextDecoder().decode(await firstBytes(source, 16_384));
  return delimiterOf(text.split(/\r?\n/).find((line) => line.trim() !== "") ?? "");
}

/**
 * Reads a table of results.
 *
 * @param source The input.
 * @param into Where the table goes.
 * @param spec Its columns.
 * @throws {InputError} `malformed` when a needed column is missing, `refused` when two columns have
 *   one name or numbers have decimal commas.
 */
export async function readResultCsv(
  source: ByteSource,
  into: Collector,
  spec: ResultTableSpec,
): Promise<void> {
  const delimiter = await delimiterOfSource(source);
  const rows = new ResultRows();
  let names: readonly string[] | null = null;
  let units: readonly (string | undefined)[] = [];
  let unterminated = false;
  await forEachRow(source, delimiter, ({ cells, line, terminated }) => {
    if (names === null) {
      names = columnNames(cells, source.path, line, spec);
      units = names.map(spec.unitOf);
      return;
    }
    if (cells.every((cell) => cell === "")) return;
    if (cells.length !== names.length) {
      into.losses.add(
        terminated ? "wrong-field-count" : "truncated-row",
        line,
        cells.join(delimiter),
      );
      return;
    }
    const reason = spec.leaveOut?.((column) => cells[names!.indexOf(column)]) ?? null;
    if (reason !== null) {
      into.losses.add(reason, line, cells.join(delimiter));
      return;
    }
    unterminated ||= !terminated;
    rows.add(names.map((name, column): [string, Cell] => {
      const cell = cells[column]!;
      if (cell === "") return [name, null];
      const value = cellNumber(cell);
      if (!Number.isNaN(value)) return [name, value];
      if (units[column] === undefined) return [name, cell];
      if (/^[+-]?\d+,\d+([eE][+-]?\d+)?$/.test(cell)) {
        // Whole numbers beside it would be read, the others not: better none.
        throw new InputError({
          code: "refused",
          path: source.path,
          line,
          column: column + 1,
          problem: `a number of ${name} has a comma: a decimal comma, or thousands set apart`,
          expected: "decimal points and no commas within numbers",
          found: cell,
          advice: "export the table with decimal points",
        });
      }
      into.losses.add(sentinelReason(cell), line, cell);
      return [name, null];
    }));
  });
  if (names === null) return;
  if (unterminated) into.notes.push("The last row has no line end: its last value may be cut.");
  if (rows.length > 0) into.results.push(rows.table(spec.table, spec.unitOf));
}

function columnNames(
  cells: readonly string[],
  path: string,
  line: number,
  spec: ResultTableSpec,
): string[] {
  // The first column of a pandas index has no name.
  const names = cells.map((cell, i) =>
    cell.replace(/^\uFEFF"?/, "").replace(/"$/, "") || (i === 0 ? "index" : `column ${i + 1}`)
  );
  const lower = names.map((name) => name.toLowerCase());
  const missing = spec.needs.filter((need) => need !== "" && !lower.includes(need.toLowerCase()));
  if (missing.length > 0) {
    throw new InputError({
      code: "malformed",
      path,
      line,
      problem: `the header lacks ${missing.join(", ")}`,
      found: cells.join(","),
      advice: "name another format with --format",
    });
  }
  const twice = names.findIndex((name, i) => names.indexOf(name) !== i);
  if (twice !== -1) {
    throw new InputError({
      code: "refused",
      path,
      line,
      column: twice + 1,
      problem: `two columns are named ${names[twice]}`,
      expected: "one of each",
      advice: "remove the one that does not hold",
    });
  }
  return names;
}
