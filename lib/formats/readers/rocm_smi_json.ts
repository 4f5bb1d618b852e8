import type { SampledPower } from "../../power/series.ts";
import type { SeriesSpec } from "../collect.ts";
import type { Format } from "../format.ts";
import { asObject, readJsonDocuments } from "../json_documents.ts";
import { PollLog } from "../poll_log.ts";
import { rocmField } from "../rocm_field.ts";
import { sentinelReason } from "../units.ts";

/**
 * `rocm-smi --json`: `{"card0": {"Average Graphics Package Power (W)": "35.0"}}`, numbers as strings,
 * one document a poll and no time.
 */
export const format: Format = {
  id: "rocm-smi-json",
  title: "rocm-smi JSON",
  kinds: ["power", "results"],
  writtenBy: "rocm-smi --showpower --json",
  detect: ({ text }) => /\{\s*"(card\d+|system)"\s*:\s*\{/.test(text) ? 3 : 0,
  async read(source, into, { intervalS }) {
    const { documents, cut } = await readJsonDocuments(source);
    if (cut) into.losses.add("truncated-document");
    const polls = new PollLog(into, intervalS);
    let line = 0;
    for (const [poll, document] of documents.flat().entries()) {
      for (const [card, entry] of Object.entries(asObject(document) ?? {})) {
        if (!/^card\d+$/.test(card)) continue;
        for (const [name, text] of Object.entries(asObject(entry) ?? {})) {
          const field = rocmField(name);
          if (field === null) continue;
          line++;
          const value = /^\d+(\.\d+)?$/.test(String(text)) ? Number(text) : NaN;
          const spec: Omit<SeriesSpec, "clock"> = {
            device: { kind: "gpu", id: card },
            quantity: field.power ? "power" : "counter",
            reading: field.reading as SampledPower["reading"],
            column: name,
          };
          if (Number.isNaN(value)) into.losses.add(sentinelReason(String(text)), undefined, name);
          else polls.add(spec, value * field.scale, line, { poll });
        }
      }
    }
    polls.finish("rocm-smi prints no time; give --interval if the polls were regular");
  },
};
