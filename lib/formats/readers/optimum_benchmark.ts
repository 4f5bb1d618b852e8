import { InputError } from "../../errors.ts";
import { forEachLine } from "../lines.ts";
import type { Format } from "../format.ts";
import { isObject, type JsonObject, notThis, readJsonValue, scalarsOf } from "../json_value.ts";
import { type Cell, ResultRows } from "../result_rows.ts";
import type { ByteSource } from "../source.ts";

const phases =
  /"(load_dataset|preprocess_dataset|load_model|first_generate|prefill|generate|decode|per_token|forward|first_forward|call|train|warmup)"\s*:\s*\{/;

/**
 * optimum-benchmark's `benchmark_report.json`, the `benchmark.json` that holds it beside its
 * configuration, and the same report as text, where numbers are rounded. A row is a phase; decode
 * is generate minus prefill, two separate runs.
 */
export const format: Format = {
  id: "optimum-benchmark",
  title: "optimum-benchmark report",
  kinds: ["results"],
  writtenBy: "optimum-benchmark",
  detect(head) {
    if (/^\s*\{/.test(head.text)) {
      if (/"_target_"\s*:\s*"optimum_benchmark\./.test(head.text)) {
        return /^\s*\{\s*"config"/.test(head.text) ? 3 : 0;
      }
      return phases.test(head.text) && /"(energy|latency|memory)"\s*:/.test(head.text) ? 2 : 0;
    }
    return /^\+ \w+:\s*\n\t\+ (energy|latency|memory|throughput):/.test(head.text) ? 3 : 0;
  },
  async read(source, into) {
    const rows = new ResultRows();
    const report = await reportOf(source);
    const units = new Map<string, string>();
    for (const [phase, measured] of Object.entries(report)) {
      if (!isObject(measured)) continue;
      const row: [string, Cell | boolean][] = [["phase", phase]];
      for (const [quantity, values] of Object.entries(measured)) {
        if (!isObject(values)) continue;
        const unit = typeof values["unit"] === "string" ? values["unit"] : "";
        for (const [key, cell] of scalarsOf(values)) {
          // The single values are summed up beside them.
          if (key === "unit" || key === "values") continue;
          const column = key === "value" ? quantity : `${quantity}_${key}`;
          row.push([column, cell]);
          // Efficiency and throughput count samples in one phase and tokens in another.
          if (key === "value") row.push([`${column}_unit`, unit]);
          else if (key !== "count") setUnit(units, column, unit, source);
        }
      }
      if (row.length > 1) rows.add(row);
    }
    if (rows.length === 0) {
      throw notThis(source, "no phase has a measurement", "prefill, decode, ...");
    }
    into.results.push(rows.table("phases", (column) => units.get(column)));
  },
};

function setUnit(
  units: Map<string, string>,
  column: string,
  unit: string,
  source: ByteSource,
): void {
  const known = units.get(column);
  if (known !== undefined && known !== unit) {
    throw new InputError({
      code: "refused",
      path: source.path,
      problem: `${column} is in ${known} in one phase and in ${unit} in another`,
      expected: "one unit for each quantity",
      advice: "take the report as the benchmark wrote it",
    });
  }
  if (unit !== "") units.set(column, unit);
}

async function reportOf(source: ByteSource): Promise<JsonObject> {
  let isJson = false;
  let isText = false;
  await forEachLine(source, (text) => {
    isJson = /^\uFEFF?\s*[{[]/.test(text);
    isText = /^\+ \w+:/.test(text);
    return text.trim() === "" ? undefined : false;
  });
  if (isText) return await textReport(source);
  if (!isJson) throw notThis(source, "this is neither JSON nor a report", "+ prefill: or {");
  const document = await readJsonValue(source);
  if (!isObject(document)) throw notThis(source, "this is a list", "an object of phases");
  return isObject(document["report"]) ? document["report"] : document;
}

/** The report as a tree of lines: `+ phase:`, `+ quantity:`, `+ part: value (unit)`. */
async function textReport(source: ByteSource): Promise<JsonObject> {
  const report: Record<string, Record<string, Record<string, Cell>>> = {};
  let phase = "";
  let quantity = "";
  await forEachLine(source, (text) => {
    const match = /^(\t*)\+ ([^:]+):\s*(?:([-+.\deE]+)\s*\(([^)]*)\))?\s*$/.exec(text);
    if (match === null) return;
    const [, tabs, name, value, unit] = match;
    if (tabs === "") {
      phase = name!;
      report[phase] = {};
    } else if (value === undefined) {
      quantity = name!;
      (report[phase] ??= {})[quantity] = {};
    } else {
      const values = ((report[phase] ??= {})[quantity] ??= {});
      values[name === quantity ? "value" : name!.replaceAll(" ", "_")] = Number(value);
      values["unit"] = unit!;
    }
  });
  return report;
}
