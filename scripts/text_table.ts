/** Tables of plain text for a terminal. */

/** Looks of a {@linkcode textTable}. */
export interface TextTableOptions {
  /** Spaces before each line; by default 0. */
  readonly indent?: number;
  /** Rows (counted from 0) that get a rule above them. */
  readonly ruleBefore?: readonly number[];
}

/** A table with a rule under its head; columns whose cells are all numbers are set to the right. */
export function textTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { indent = 0, ruleBefore = [] }: TextTableOptions = {},
): string {
  const width = head.map((name, i) =>
    Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0))
  );
  const numeric = head.map((_, i) =>
    rows.some((row) => /\d/.test(row[i] ?? "")) &&
    rows.every((row) => /^([-+±]?[\d.]+( ?(%|±.*|to .*|\[.*\]))?|–|)$/.test(row[i] ?? ""))
  );
  const line = (cells: readonly string[]): string =>
    " ".repeat(indent) +
    cells.map((cell, i) => numeric[i] ? cell.padStart(width[i]!) : cell.padEnd(width[i]!))
      .join("  ").trimEnd();
  const rule = " ".repeat(indent) + width.map((w) => "─".repeat(w)).join("  ");
  return [
    line(head),
    rule,
    ...rows.flatMap((row, i) => ruleBefore.includes(i) ? [rule, line(row)] : [line(row)]),
  ].join("\n") + "\n";
}
