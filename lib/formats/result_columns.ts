import type { ResultTable } from "./format.ts";

/** Columns of a table of results; values of several kinds are JSON text. */
export function resultColumns(table: ResultTable): {
  readonly name: string;
  readonly type: "double" | "string";
  readonly json: boolean;
  readonly values: readonly (number | string | null)[];
}[] {
  return Object.entries(table.columns).map(([name, values]) => {
    const isNumber = values.every((value) => value === null || typeof value === "number");
    const isString = values.every((value) => value === null || typeof value === "string");
    const json = !isNumber && !isString;
    return {
      name,
      type: isNumber ? "double" as const : "string" as const,
      json,
      values: json ? values.map((value) => value === null ? null : JSON.stringify(value)) : values,
    };
  });
}
