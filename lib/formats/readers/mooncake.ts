import type { Format } from "../format.ts";
import { hasJsonKeys } from "../head.ts";
import { forEachJsonLine } from "../json_line_reader.ts";
import { TraceColumns } from "../trace_csv.ts";

/**
 * Mooncake's traces: a JSON object a line with the arrival in milliseconds from the start, token
 * counts, and hashes of the prompt's blocks. What a cache would save depends on the cache, so that
 * the hashes are passed over.
 */
export const format: Format = {
  id: "mooncake",
  title: "Mooncake trace JSON Lines",
  kinds: ["requests"],
  writtenBy: "kvcache-ai/Mooncake",
  detect: (head) =>
    hasJsonKeys(head, "timestamp", "input_length", "output_length")
      ? /"hash_ids"\s*:/.test(head.text) ? 3 : 2
      : 0,
  async read(source, into) {
    const requests = new TraceColumns();
    let hashes = false;
    await forEachJsonLine(source, into.losses, (cursor, line) => {
      let timeMs = NaN;
      let input = NaN;
      let output = NaN;
      cursor.beginObject();
      for (let key = cursor.key(); key !== null; key = cursor.key()) {
        if (key === "timestamp") timeMs = cursor.number();
        else if (key === "input_length") input = cursor.number();
        else if (key === "output_length") output = cursor.number();
        else {
          hashes ||= key === "hash_ids";
          cursor.skip();
        }
      }
      if (!(timeMs >= 0)) {
        into.losses.add("bad-time", line, String(timeMs));
        return;
      }
      if (!(input >= 0 && output >= 0)) {
        into.losses.add("bad-token-count", line, `${input}, ${output}`);
      }
      requests.push(timeMs / 1000, input, output);
    });
    if (hashes) into.notes.push("Passed over: hash_ids.");
    requests.finish(into, {
      clock: "elapsed",
      source: { path: source.path, format: format.id },
    });
  },
};
