import { cellNumber } from "../delimited.ts";
import type { Format } from "../format.ts";
import { forEachLine } from "../lines.ts";
import { isObject, notThis, readJsonValue, scalarsOf } from "../json_value.ts";
import { hasJsonKeys } from "../head.ts";
import { hasColumns, readResultCsv } from "../result_csv.ts";
import { ResultRows } from "../result_rows.ts";
import { unitOfName } from "../result_units.ts";

const bareNumber = /^\s*\d+(\.\d+)?([eE][+-]?\d+)?\s*$/;

/**
 * AI Energy Score: `master_results.csv`, `GPU_ENERGY_SUMMARY.json`, `GPU_ENERGY_WH.txt` (one number,
 * known by the file's name alone) and the list of models to be run, which measures nothing.
 */
export const format: Format = {
  id: "ai-energy-score",
  title: "AI Energy Score results",
  kinds: ["results"],
  writtenBy: "huggingface/AIEnergyScore",
  detect(head) {
    if (hasColumns(head, ["model_name", "gpu_energy_wh", "wh_per_1000_queries"])) return 3;
    if (hasColumns(head, ["Models to Add", "Reasoning State"])) return 3;
    if (hasJsonKeys(head, "prefill_wh", "decode_wh")) return 3;
    const isWh = /GPU_ENERGY_WH[^/]*\.txt$/.test(head.path);
    return isWh && head.complete && bareNumber.test(head.text) ? 3 : 0;
  },
  async read(source, into) {
    let first = "";
    let whole = true;
    await forEachLine(source, (text, _line, terminated) => {
      whole = terminated;
      first = text.replace(/^\uFEFF/, "").trim();
      return first === "" ? undefined : false;
    });
    const rows = new ResultRows();
    if (first.startsWith("{")) {
      const summary = await readJsonValue(source);
      if (!isObject(summary)) throw notThis(source, "this is not a summary", "a JSON object");
      rows.add(scalarsOf(summary));
      const isWh = summary["units"] === undefined || /^wh$/i.test(String(summary["units"]));
      into.results.push(
        rows.table(
          "energy",
          (key) => /_wh$/.test(key) || (key === "total" && isWh) ? "Wh" : undefined,
        ),
      );
    } else if (bareNumber.test(first)) {
      rows.add([["gpu_energy_wh", cellNumber(first)]]);
      if (!whole) into.notes.push("The number has no line end: it may be cut.");
      into.results.push(rows.table("energy", unitOfName));
    } else {
      if (first.includes("Models to Add")) {
        into.notes.push("A list of models to be run: nothing in it is measured.");
      }
      await readResultCsv(source, into, {
        table: "models",
        needs: [],
        unitOf: (column) =>
          column === "wh_per_1000_queries"
            ? "Wh/1000 requests"
            : column === "avg_energy_per_prompt_wh"
            ? "Wh/request"
            : column === "avg_total_time" || column === "avg_time_to_first_token"
            ? "s"
            : unitOfName(column),
      });
    }
  },
};
