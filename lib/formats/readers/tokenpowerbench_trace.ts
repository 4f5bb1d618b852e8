import type { Format } from "../format.ts";
import { hasJsonKeys } from "../head.ts";
import { JsonCursor } from "../json_cursor.ts";
import type { SeriesColumn } from "../collect.ts";

/**
 * The power trace of a TokenPowerBench fork: `samples` of seconds since the start and, for each GPU,
 * watts. `gpus_included` says which of them served the run; all are read.
 */
export const format: Format = {
  id: "tokenpowerbench-trace",
  title: "TokenPowerBench fork power trace JSON",
  kinds: ["power"],
  writtenBy: "Denizdius/TokenPowerBench",
  detect: (head) => hasJsonKeys(head, "sample_interval_s", "samples") ? 3 : 0,
  async read(source, into) {
    const cursor = await JsonCursor.open(source);
    const columns = new Map<string, SeriesColumn>();
    try {
      cursor.beginObject();
      for (let key = cursor.key(); key !== null; key = cursor.key()) {
        if (key === "gpus_included" && cursor.kind() === "array") {
          into.notes.push(`GPUs that served the run: ${(cursor.value() as unknown[]).join(", ")}.`);
        } else if (key !== "samples") cursor.skip();
        else {
          cursor.beginArray();
          while (cursor.more()) readSample();
        }
      }
    } finally {
      cursor.close();
    }

    function readSample(): void {
      const { line } = cursor;
      let timeS = NaN;
      const powers: [string, number][] = [];
      cursor.beginObject();
      for (let key = cursor.key(); key !== null; key = cursor.key()) {
        if (key === "t_s") timeS = cursor.number();
        else if (key !== "gpus" || cursor.kind() !== "object") cursor.skip();
        else {
          cursor.beginObject();
          for (let gpu = cursor.key(); gpu !== null; gpu = cursor.key()) {
            cursor.beginObject();
            for (let field = cursor.key(); field !== null; field = cursor.key()) {
              if (field === "power_w") powers.push([gpu, cursor.number()]);
              else cursor.skip();
            }
          }
        }
      }
      for (const [gpu, powerW] of powers) {
        let column = columns.get(gpu);
        if (column === undefined) {
          column = into.column({
            device: { kind: "gpu", id: `gpu${gpu}` },
            clock: timeS > 1e9 ? "epoch" : "elapsed",
            quantity: "power",
            column: "power_w",
          });
          columns.set(gpu, column);
        }
        column.push(timeS, powerW, line);
      }
    }
  },
};
