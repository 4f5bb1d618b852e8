import { cellNumber, forEachRow } from "../delimited.ts";
import type { Format } from "../format.ts";
import { hasColumns, headerOf, readResultCsv } from "../result_csv.ts";
import { type Cell, ResultRows } from "../result_rows.ts";
import { unitOfName } from "../result_units.ts";

/**
 * EcoCompute's batch-size experiments: a raw table with a row a repetition, or a summary whose
 * header is three rows that pandas writes of grouped statistics (quantity, statistic, index name).
 */
export const format: Format = {
  id: "ecocompute",
  title: "EcoCompute raw and summary CSV",
  kinds: ["results"],
  writtenBy: "hongping-zh/ecocompute-dynamic-eval",
  detect: (head) =>
    hasColumns(head, ["batch_size", "throughput_tok_s", "energy_per_1k_tokens_j"]) ||
      isSummary(headerOf(head))
      ? 3
      : 0,
  async read(source, into) {
    let first: readonly string[] = [];
    await forEachRow(source, ",", ({ cells }) => {
      first = cells;
      return false;
    });
    if (!isSummary(first)) {
      await readResultCsv(source, into, {
        table: "repetitions",
        needs: ["batch_size", "throughput_tok_s"],
        unitOf: unitOfName,
      });
      return;
    }
    const rows = new ResultRows();
    const quantity = new Map<string, string>();
    let names: string[] = [];
    let index = "index";
    await forEachRow(source, ",", ({ cells, line, terminated }) => {
      if (line === 1) return;
      if (names.length === 0) {
        names = cells.map((statistic, i) => {
          const name = i === 0 ? "" : `${first[i]} ${statistic}`;
          quantity.set(name, first[i] ?? "");
          return name;
        });
        return;
      }
      if (cells.slice(1).every((cell) => cell === "")) {
        index = cells[0] === "" ? index : cells[0]!;
        return;
      }
      if (cells.length !== names.length) {
        into.losses.add(terminated ? "wrong-field-count" : "truncated-row", line, cells.join(","));
        return;
      }
      rows.add(cells.map((cell, i): [string, Cell] => {
        const value = cellNumber(cell);
        if (cell !== "" && Number.isNaN(value)) into.losses.add("not-a-number", line, cell);
        return [i === 0 ? index : names[i]!, Number.isNaN(value) ? null : value];
      }));
    });
    if (rows.length > 0) {
      into.results.push(
        rows.table("statistics", (column) => unitOfName(quantity.get(column) ?? column)),
      );
    }
  },
};

function isSummary(names: readonly string[]): boolean {
  return names[0] === "" && names.includes("energy_per_1k_tokens_j") &&
    names.indexOf("throughput_tok_s") !== names.lastIndexOf("throughput_tok_s");
}
