import type { Device } from "../../power/device.ts";
import type { Format } from "../format.ts";
import { hasJsonKeys } from "../head.ts";
import type { JsonCursor } from "../json_cursor.ts";
import { forEachJsonLine } from "../json_line_reader.ts";

/** Fields of `telemetry_data`: watts, and counters that AIPerf scales to megajoules. */
const powerFields: ReadonlySet<string> = new Set(["gpu_power_usage", "amd_power"]);
const energyFields: ReadonlySet<string> = new Set(["energy_consumption", "amd_energy_consumption"]);

/**
 * AIPerf's `gpu_telemetry_export.jsonl`: a record for each GPU and scrape, at nanoseconds since the
 * epoch, with watts and the energy counter in megajoules.
 */
export const format: Format = {
  id: "aiperf-telemetry",
  title: "AIPerf gpu_telemetry_export.jsonl",
  kinds: ["power"],
  writtenBy: "aiperf profile --gpu-telemetry",
  detect: (head) => hasJsonKeys(head, "timestamp_ns", "telemetry_data") ? 3 : 0,
  async read(source, into) {
    await forEachJsonLine(source, into.losses, (cursor, line) => {
      let timeS = NaN;
      let index = "";
      let host: string | null = null;
      let url: string | null = null;
      let uuid: string | null = null;
      let name: string | null = null;
      const readings: [string, number][] = [];
      cursor.beginObject();
      for (let key = cursor.key(); key !== null; key = cursor.key()) {
        const kind = cursor.kind();
        if (key === "timestamp_ns" && kind === "number") {
          timeS = cursor.nanoseconds();
        } else if (key === "gpu_index" && kind === "number") index = String(cursor.number());
        else if (key === "telemetry_data" && kind === "object") readData(cursor, readings);
        else if (kind !== "string") cursor.skip();
        else if (key === "hostname") host = cursor.string();
        else if (key === "dcgm_url") url = cursor.string();
        else if (key === "gpu_uuid") uuid = cursor.string();
        else if (key === "gpu_model_name") name = cursor.string();
        else cursor.skip();
      }
      if (index === "" && uuid === null) {
        into.losses.add("no-device", line);
        return;
      }
      if (readings.length === 0) into.losses.add("not-available", line);
      const where = host ?? url;
      const device: Device = {
        kind: "gpu",
        id: index === "" ? uuid! : `gpu${index}`,
        ...(uuid !== null && { uuid }),
        ...(name !== null && { name }),
        ...(where !== null && { host: where }),
      };
      for (const [field, value] of readings) {
        const isPower = powerFields.has(field);
        into.column({
          device,
          clock: "epoch",
          quantity: isPower ? "power" : "counter",
          column: field,
        }).push(timeS, isPower ? value : value * 1e6, line);
      }
    });
  },
};

function readData(cursor: JsonCursor, readings: [string, number][]): void {
  cursor.beginObject();
  for (let field = cursor.key(); field !== null; field = cursor.key()) {
    const wanted = powerFields.has(field) || energyFields.has(field);
    if (wanted && cursor.kind() === "number") readings.push([field, cursor.number()]);
    else cursor.skip();
  }
}
