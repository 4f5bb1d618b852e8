import { InputError } from "../../errors.ts";
import type { SampledPower } from "../../power/series.ts";
import type { SeriesSpec } from "../collect.ts";
import type { Format } from "../format.ts";
import { hasJsonKeys } from "../head.ts";
import { asObject, readJsonDocuments } from "../json_documents.ts";
import { PollLog } from "../poll_log.ts";
import { energyUnit, sentinelReason } from "../units.ts";

/** Levels of nesting that are followed; amd-smi writes about six. */
const deepest = 64;

/** Fields of a GPU by name: what their values mean. */
const fields: Readonly<
  Record<string, { readonly reading: SampledPower["reading"]; readonly energy?: true }>
> = {
  socket_power: { reading: "unspecified" },
  current_socket_power: { reading: "instant" },
  average_socket_power: { reading: "average" },
  power_usage: { reading: "unspecified" },
  total_energy_consumption: { reading: "unspecified", energy: true },
};

/**
 * `amd-smi metric --json` and `amd-smi monitor --json`: an array of GPUs, or documents one after
 * another when asked to watch; values with units, or bare in W and J. Seconds since the epoch stand
 * in `timestamp` when it watches.
 */
export const format: Format = {
  id: "amd-smi-json",
  title: "amd-smi metric or monitor JSON",
  kinds: ["power", "results"],
  writtenBy: "amd-smi metric --json",
  detect: (head) =>
    hasJsonKeys(head, "gpu") &&
      /"(\w*socket_power|power_usage|total_energy_consumption)"/.test(head.text)
      ? 3
      : 0,
  async read(source, into, { intervalS }) {
    const { documents, cut } = await readJsonDocuments(source);
    if (cut) into.losses.add("truncated-document");
    const polls = new PollLog(into, intervalS);
    let untimed = false;
    let seen = 0;
    const visit = (value: unknown, gpu: string | null, timeS: number, depth: number): void => {
      if (depth > deepest) {
        throw new InputError({
          code: "malformed",
          path: source.path,
          problem: `values are nested more than ${deepest} deep`,
          advice: "check that amd-smi wrote this file",
        });
      }
      if (Array.isArray(value)) {
        for (const item of value) visit(item, gpu, timeS, depth + 1);
        return;
      }
      const object = asObject(value);
      if (object === null) return;
      const id = typeof object["gpu"] === "number" || typeof object["gpu"] === "string"
        ? String(object["gpu"])
        : gpu;
      const stamp = Number(object["timestamp"] ?? NaN);
      const atS = Number.isNaN(stamp) ? timeS : stamp;
      for (const [key, entry] of Object.entries(object)) {
        const field = fields[key];
        if (field === undefined || id === null) {
          visit(entry, id, atS, depth + 1);
          continue;
        }
        seen++;
        const measured = asObject(entry);
        const text = String(measured?.["value"] ?? entry);
        const unit = energyUnit(String(measured?.["unit"] ?? (field.energy === true ? "J" : "W")));
        const number = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
        const spec: Omit<SeriesSpec, "clock"> = {
          device: { kind: "gpu", id: `gpu${id}` },
          quantity: field.energy === true ? "counter" : "power",
          reading: field.reading,
          column: key,
          coarseTime: true,
        };
        if (unit === null || unit.power !== (field.energy !== true) || Number.isNaN(number)) {
          into.losses.add(
            Number.isNaN(number) ? sentinelReason(text) : "other-unit",
            undefined,
            `${key}: ${JSON.stringify(entry)}`,
          );
        } else if (Number.isNaN(atS)) {
          untimed = true;
          polls.add(spec, number * unit.scale, seen);
        } else into.column({ ...spec, clock: "epoch" }).push(atS, number * unit.scale);
      }
    };
    visit(documents, null, NaN, 0);
    if (untimed) polls.finish("record with amd-smi metric --json -w 1, or give --interval");
  },
};
