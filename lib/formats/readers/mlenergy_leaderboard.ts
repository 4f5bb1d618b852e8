import type { Format } from "../format.ts";
import { hasJsonKeys } from "../head.ts";
import { isObject, type JsonObject, notThis, readJsonValue, scalarsOf } from "../json_value.ts";
import { type Cell, ResultRows } from "../result_rows.ts";
import { unitOfName } from "../result_units.ts";

/**
 * Data of the ML.ENERGY leaderboard: the configurations of a task or a model (v3), and the single
 * results of v2, whose keys end in their unit. What holds for the whole file stands in every row.
 */
export const format: Format = {
  id: "mlenergy-leaderboard",
  title: "ML.ENERGY leaderboard JSON",
  kinds: ["results"],
  writtenBy: "ml-energy/leaderboard",
  detect(head) {
    if (hasJsonKeys(head, "configurations", "avg_power_watts", "gpu_model")) return 3;
    return /"Energy\/(req|image|video|token)[^"]*\(J\)"\s*:/.test(head.text) ? 3 : 0;
  },
  async read(source, into) {
    const document = await readJsonValue(source);
    const rows = new ResultRows();
    const passedOver = new Set<string>();
    const add = (record: unknown, common: readonly [string, Cell | boolean][]): void => {
      if (!isObject(record)) throw notThis(source, "a configuration is not an object", "an object");
      const own = scalarsOf(record, passedOver);
      const names = new Set(own.map(([name]) => name));
      rows.add([...common.filter(([name]) => !names.has(name)), ...own]);
    };
    if (Array.isArray(document)) { for (const record of document) add(record, []); }
    else if (isObject(document) && Array.isArray(document["configurations"])) {
      const { configurations, ...rest } = document as JsonObject & { configurations: unknown[] };
      const common = scalarsOf(rest, passedOver);
      for (const record of configurations) add(record, common);
    } else add(document, []);
    if (passedOver.size > 0) into.notes.push(`Passed over: ${[...passedOver].join(", ")}.`);
    if (rows.length > 0) into.results.push(rows.table("configurations", unitOf));
  },
};

function unitOf(key: string): string | undefined {
  const plain = key.replace(/^parallelization\./, "");
  if (/^(avg_output_len|max_num_seqs|avg_batch_size)$/.test(plain)) return undefined;
  // "Energy/req (J)" is per request as energy_per_request_joules is.
  const perUnit = /^Energy\/(\w+) \(J\)$/.exec(plain);
  if (perUnit !== null) return `J/${perUnit[1]!.replace(/^req$/, "request")}`;
  return unitOfName(plain);
}
