import { Collector } from "../collect.ts";
import type { Format } from "../format.ts";
import { headerOf, readResultCsv } from "../result_csv.ts";

/**
 * The tables of the LLM-Perf leaderboard: optimum-benchmark's configurations and reports with one
 * column a leaf (`report.decode.energy.gpu`), each quantity with its unit in a column beside it
 * (`report.decode.energy.unit`).
 */
export const format: Format = {
  id: "llm-perf",
  title: "LLM-Perf leaderboard CSV",
  kinds: ["results"],
  writtenBy: "huggingface/llm-perf-leaderboard (optimum-benchmark)",
  detect: (head) =>
    !head.binary &&
      headerOf(head).some((name) => /^report\.\w+\.(energy|latency|memory)\./.test(name))
      ? 3
      : 0,
  async read(source, into) {
    const own = new Collector();
    await readResultCsv(source, own, {
      table: "runs",
      needs: [],
      unitOf: () => undefined,
    });
    for (const { reason, count, firstLine, example } of own.losses.list()) {
      into.losses.add(reason, firstLine, example, count);
    }
    into.notes.push(...own.notes);
    for (const table of own.results) {
      const units: Record<string, string> = {};
      const mixed: string[] = [];
      for (const name of Object.keys(table.columns)) {
        const quantity = /^(report\.\w+\.\w+)\.(?!unit$|count$)\w+$/.exec(name)?.[1];
        const told = new Set(table.columns[`${quantity}.unit`]?.filter((unit) => unit !== null));
        if (told.size === 1) units[name] = String([...told][0]);
        else if (told.size > 1) mixed.push(name);
      }
      if (mixed.length > 0) {
        into.notes.push(`In more than one unit, told row by row: ${mixed.join(", ")}.`);
      }
      into.results.push({ ...table, units });
    }
  },
};
