import { InputError } from "../../errors.ts";
import type { Format } from "../format.ts";
import { hasJsonKeys } from "../head.ts";
import { forEachJsonLine } from "../json_line_reader.ts";
import { TraceColumns } from "../trace_csv.ts";

/**
 * Traces of prompt-cache studies: a JSON object a line with an arrival, token counts, and hashes of
 * the prompt's blocks. Mooncake writes milliseconds from the start; Bailian, whose lines name a chat,
 * writes seconds. What a cache would save depends on the cache, so that the hashes are passed over.
 */
export const format: Format = {
  id: "mooncake",
  title: "Mooncake and Bailian trace JSON Lines",
  kinds: ["requests"],
  writtenBy: "kvcache-ai/Mooncake, alibaba-edu/qwen-bailian-usagetraces-anon",
  detect: (head) =>
    hasJsonKeys(head, "timestamp", "input_length", "output_length")
      ? /"(hash_ids|chat_id)"\s*:/.test(head.text) ? 3 : 2
      : 0,
  async read(source, into) {
    const requests = new TraceColumns();
    const passedOver = new Set<string>();
    let perSecond = 0;
    await forEachJsonLine(source, into.losses, (cursor, line) => {
      let time = NaN;
      let input = NaN;
      let output = NaN;
      let isChat = false;
      cursor.beginObject();
      for (let key = cursor.key(); key !== null; key = cursor.key()) {
        if (key === "timestamp") time = cursor.number();
        else if (key === "input_length") input = cursor.number();
        else if (key === "output_length") output = cursor.number();
        else {
          isChat ||= key === "chat_id";
          passedOver.add(key);
          cursor.skip();
        }
      }
      if (!(time >= 0)) {
        into.losses.add("bad-time", line, String(time));
        return;
      }
      const unit = isChat ? 1 : 1000;
      if (perSecond !== 0 && perSecond !== unit) {
        throw new InputError({
          code: "refused",
          path: source.path,
          line,
          problem: "some lines name a chat (seconds) and some do not (milliseconds)",
          expected: "lines of one trace",
          advice: "do not join traces of Mooncake and Bailian in one file",
        });
      }
      perSecond = unit;
      if (!(input >= 0 && output >= 0)) {
        into.losses.add("bad-token-count", line, `${input}, ${output}`);
      }
      requests.push(time / unit, input, output);
    });
    if (passedOver.size > 0) into.notes.push(`Passed over: ${[...passedOver].join(", ")}.`);
    requests.finish(into, {
      clock: "elapsed",
      source: { path: source.path, format: format.id },
    });
  },
};
