import { InputError } from "../../errors.ts";
import type { Format } from "../format.ts";
import { hasJsonKeys } from "../head.ts";
import { isObject, type JsonObject, notThis, readJsonValue, scalarsOf } from "../json_value.ts";
import { ResultRows } from "../result_rows.ts";
import { unitOfName } from "../result_units.ts";

/**
 * TokenPowerBench's results: the legacy files (an object of models, each a list of records), v0.2
 * and its fork (an object of `batch_N` records) and v0.2 on several nodes (results, performance
 * metrics, configuration and energy metrics). Values stand as the file has them, the zeros that its
 * old versions write for what they could not measure included.
 */
export const format: Format = {
  id: "tokenpowerbench",
  title: "TokenPowerBench results JSON (legacy, v0.2, fork)",
  kinds: ["results"],
  writtenBy: "TokenPowerBench",
  detect(head) {
    if (hasJsonKeys(head, "total_output_tokens", "gpu_energy_per_second")) return 3;
    if (hasJsonKeys(head, "total_output_tokens", "gpu_mj_per_token")) return 3;
    if (hasJsonKeys(head, "tokens_generated", "processing_time_s")) return 3;
    // One published run wrote no record.
    return head.complete && /^\s*\{\s*\}\s*$/.test(head.text) ? 1 : 0;
  },
  async read(source, into) {
    const document = await readJsonValue(source);
    if (!isObject(document)) {
      throw notThis(source, "this is a list", "an object of models or batches");
    }
    if (Object.keys(document).length === 0) {
      throw new InputError({
        code: "empty",
        path: source.path,
        problem: "an empty JSON object: the run wrote no record",
        advice: "leave it out, or run it again",
      });
    }
    const passedOver = new Set<string>();
    const add = (rows: ResultRows, name: string, record: unknown): void => {
      if (!isObject(record)) throw notThis(source, `${name} is not a record`, "an object");
      const cells = new Map(scalarsOf(record, passedOver));
      // Rows of the legacy files name their model themselves.
      if (!cells.has("model") && !cells.has("batch_size")) cells.set("name", name);
      for (const key of [...cells.keys()]) {
        if (/_?formatted(_output)?$/.test(key)) cells.delete(key);
      }
      rows.add(cells);
    };
    const { results, performance_metrics, configuration, energy_metrics } = document;
    if (Array.isArray(results)) {
      const requests = new ResultRows();
      for (const record of results) {
        if (!isObject(record)) throw notThis(source, "a result is not a record", "an object");
        const { prompt: _prompt, response: _response, ...rest } = record as JsonObject & {
          prompt?: unknown;
          response?: unknown;
        };
        requests.add(scalarsOf(rest, passedOver));
      }
      const run = new ResultRows();
      add(run, "run", {
        ...(isObject(configuration) ? configuration : {}),
        ...(isObject(performance_metrics) ? performance_metrics : {}),
        ...(isObject(energy_metrics) ? energy_metrics : {}),
      });
      into.results.push(run.table("runs", unitOf));
      if (requests.length > 0) into.results.push(requests.table("requests", unitOf));
      into.notes.push("Requests have durations and no start times: they are a table.");
    } else {
      const runs = new ResultRows();
      for (const [name, records] of Object.entries(document)) {
        if (Array.isArray(records)) { for (const record of records) add(runs, name, record); }
        else add(runs, name, records);
      }
      if (runs.length > 0) into.results.push(runs.table("runs", unitOf));
    }
    if (passedOver.size > 0) into.notes.push(`Passed over: ${[...passedOver].join(", ")}.`);
  },
};

/** Units of the legacy keys, which carry none, and of the newer ones, which do. */
function unitOf(key: string): string | undefined {
  if (key === "duration") return "s";
  if (/_avg_power$/.test(key) || /^per_gpu_power_w\.|_power_watts$/.test(key)) return "W";
  if (/^cpu_domain_power\./.test(key)) return "W";
  if (/^(gpu|cpu|dram|total)_energy$/.test(key)) return "J";
  if (/(^|_)energy_per_token$/.test(key)) return "J/token";
  if (/_energy_per_token_mj$/.test(key)) return "mJ/token";
  if (/_energy_per_response$/.test(key)) return "J/response";
  if (/_energy_per_second$/.test(key)) return "W";
  if (/_mj_per_token$/.test(key)) return "mJ/token";
  if (/_tokens$/.test(key)) return "tok";
  return unitOfName(key);
}
