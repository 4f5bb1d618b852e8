import type { Format } from "../format.ts";
import { hasJsonKeys } from "../head.ts";
import { isObject, notThis, readJsonValue, scalarsOf } from "../json_value.ts";
import { ResultRows } from "../result_rows.ts";
import { unitOfName } from "../result_units.ts";

/**
 * InferenceX (InferenceMAX) rows: one object (`agg_*.json`), an array of them (`agg_bmk.json`), or
 * the rows of its web service with their numbers under `metrics`. Latencies that the benchmark had
 * in milliseconds are in seconds here, without a suffix; `intvty` is tokens a second for one user.
 * Energy by role in disaggregated serving is over the whole window, not by phase.
 */
export const format: Format = {
  id: "inferencex",
  title: "InferenceX (InferenceMAX) result rows JSON",
  kinds: ["results"],
  writtenBy: "SemiAnalysisAI/InferenceX",
  detect(head) {
    if (hasJsonKeys(head, "infmax_model_prefix") || hasJsonKeys(head, "tput_per_gpu")) return 3;
    return hasJsonKeys(head, "scenario_type", "request_accounting") ? 3 : 0;
  },
  async read(source, into) {
    const document = await readJsonValue(source);
    const rows = new ResultRows();
    const passedOver = new Set<string>();
    for (const record of Array.isArray(document) ? document : [document]) {
      if (!isObject(record)) throw notThis(source, "a row is not an object", "an object");
      const cells = scalarsOf(record, passedOver).map(([key, cell]) =>
        [key.replace(/^metrics\./, ""), cell] as const
      );
      if (cells.length === 0) throw notThis(source, "a row is empty", "a result");
      const failed = cells.find(([key]) => key === "num_requests_successful")?.[1] === 0;
      if (failed) {
        into.losses.add("no-successful-request", undefined, String(record["model"] ?? ""));
      } else rows.add(cells);
    }
    if (passedOver.size > 0) into.notes.push(`Passed over: ${[...passedOver].join(", ")}.`);
    if (rows.length > 0) into.results.push(rows.table("runs", unitOf));
  },
};

function unitOf(key: string): string | undefined {
  const name = key.slice(key.lastIndexOf(".") + 1);
  if (/^(mean|median|std|min|max|p\d+(\.\d+)?)_(ttft|tpot|itl|e2el)$/.test(name)) return "s";
  if (/(^|_)intvty$/.test(name)) return "tok/s/user";
  if (/(^|_)tput_per_gpu$/.test(name)) return "tok/s/GPU";
  const joulesPer = /(?:^|_)joules_per_(?:(?:successful|input|output|total)_)?(query|token)$/.exec(
    name,
  );
  if (joulesPer !== null) return joulesPer[1] === "query" ? "J/request" : "J/token";
  return unitOfName(name);
}
