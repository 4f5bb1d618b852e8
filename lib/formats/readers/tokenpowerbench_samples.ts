import type { Device } from "../../power/device.ts";
import type { Collector } from "../collect.ts";
import type { Format } from "../format.ts";
import { hasJsonKeys } from "../head.ts";
import { JsonCursor } from "../json_cursor.ts";
import { raplDevice, raplRangesJ } from "../rapl_domain.ts";

/**
 * `batch_N_power_samples.json` of a TokenPowerBench v1.0 run folder: readings of GPUs in watts, of
 * RAPL counters (`intel-rapl:0:package-0`, `intel-rapl:0:0:dram`) in microjoules and of the node
 * (IPMI) in watts, each at a moment of one monotonic clock.
 */
export const format: Format = {
  id: "tokenpowerbench-samples",
  title: "TokenPowerBench v1.0 batch_N_power_samples.json",
  kinds: ["power"],
  writtenBy: "TokenPowerBench 1.0",
  detect: (head) =>
    /^\s*\{\s*"(gpu|rapl|ipmi)"\s*:\s*\[/.test(head.text) && hasJsonKeys(head, "timestamp_s")
      ? 3
      : 0,
  async read(source, into) {
    const cursor = await JsonCursor.open(source);
    try {
      cursor.beginObject();
      for (let key = cursor.key(); key !== null; key = cursor.key()) {
        if (cursor.kind() !== "array") {
          cursor.skip();
          continue;
        }
        cursor.beginArray();
        while (cursor.more()) readSample(cursor, key, into);
      }
    } finally {
      cursor.close();
    }
  },
};

function readSample(cursor: JsonCursor, sensor: string, into: Collector): void {
  const { line } = cursor;
  let timeS = NaN;
  const powers: number[] = [];
  const counters: [string, number][] = [];
  cursor.beginObject();
  for (let key = cursor.key(); key !== null; key = cursor.key()) {
    const kind = cursor.kind();
    if (key === "timestamp_s") timeS = cursor.number();
    else if (key === "power_w" && kind === "array") {
      cursor.beginArray();
      while (cursor.more()) powers.push(cursor.number());
    } else if (key === "power_w") powers.push(cursor.number());
    else if (key === "energy_uj" && kind === "object") {
      cursor.beginObject();
      for (let domain = cursor.key(); domain !== null; domain = cursor.key()) {
        counters.push([domain, cursor.number()]);
      }
    } else cursor.skip();
  }
  powers.forEach((powerW, i) => {
    const device: Device = sensor === "gpu"
      ? { kind: "gpu", id: `gpu${i}` }
      : { kind: "node", id: powers.length === 1 ? sensor : `${sensor}${i}` };
    into.column({ device, clock: "monotonic", quantity: "power", column: "power_w" })
      .push(timeS, powerW, line);
  });
  for (const [domain, energyUj] of counters) {
    const parts = /^(?:intel-rapl:(\d+)(?::\d+)*:)?([a-z]+)(?:-(\d+))?$/.exec(domain);
    const known = parts === null ? null : raplDevice(parts[2]!, parts[3] ?? parts[1]);
    into.column({
      device: known ?? { kind: "rail", id: domain },
      clock: "monotonic",
      quantity: "counter",
      column: domain,
      wrapsAtJ: raplRangesJ,
    }).push(timeS, energyUj / 1e6, line);
  }
}
