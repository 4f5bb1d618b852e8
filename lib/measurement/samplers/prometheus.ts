import { format } from "../../formats/readers/prometheus.ts";
import { nowS } from "../clock.ts";
import type { PowerSink } from "../power_file.ts";
import { fetchText } from "./fetch_text.ts";
import { pollSensor } from "./poll.ts";
import { BlockReader } from "./read_block.ts";
import { type Sampler, textOption } from "./sampler.ts";

/** DCGM's exporter, node-exporter, AMD's and any other endpoint of Prometheus text. */
export const prometheus: Sampler = {
  sensor: {
    basis: "measured",
    says:
      "What the exporter holds, which it renews at its own pace (dcgm-exporter: every 30 s unless " +
      "told otherwise): polling faster repeats values. Stamped in the middle of the scrape.",
  },
  async start(context) {
    const url = textOption(context, "url", "");
    const gpus = context.settings.options["gpus"] as (string | number)[] | undefined;
    const ids = new Set<string>();
    const { sink } = context;
    const noting: PowerSink = {
      series(record) {
        ids.add(record.id);
        sink.series(record);
      },
      reading: (id, timeS, value) => sink.reading(id, timeS, value),
      missing: (id, timeS, reason) => sink.missing(id, timeS, reason),
      event: (timeS, what, detail) => sink.event(timeS, what, detail),
    };
    const reader = new BlockReader(format, { ...context, sink: noting });
    const wanted = ({ id, uuid }: { id: string; uuid?: string }): boolean =>
      gpus === undefined ||
      gpus.some((gpu) => id === `gpu${gpu}` || (uuid ?? "").startsWith(String(gpu)));
    return await pollSensor(context, () => ids, async (signal) => {
      const startS = nowS();
      const text = await fetchText(url, signal);
      const stampS = (startS + nowS()) / 2;
      // The line before tells the reader when the scrape was made.
      const found = await reader.take(`# ${stampS.toFixed(6)}\n${text}\n`, stampS, wanted);
      if (found === 0) throw new Error(`${url} shows no power and no energy`);
    });
  },
};
