import type { Device } from "../../power/device.ts";
import { InputError } from "../../errors.ts";
import type { Format } from "../format.ts";
import { asObject, readJsonDocuments } from "../json_documents.ts";
import { raplDevice } from "../rapl_domain.ts";
import { hasJsonKeys } from "../head.ts";

/**
 * Scaphandre's JSON exporter: a report a step, with the host's, its sockets' and their domains'
 * consumption in uW and seconds since the epoch. The consumers' shares are modelled and left out.
 */
export const format: Format = {
  id: "scaphandre-json",
  title: "Scaphandre JSON",
  kinds: ["power"],
  writtenBy: "scaphandre json",
  detect: (head) => hasJsonKeys(head, "host", "consumption", "timestamp") ? 3 : 0,
  async read(source, into) {
    const { documents, cut } = await readJsonDocuments(source);
    if (cut) into.losses.add("truncated-document");
    let shares = 0;
    let reports = 0;
    for (const entry of documents.flat()) {
      const report = asObject(entry);
      const host = asObject(report?.["host"]);
      if (report === null || host === null) {
        into.losses.add("no-host", undefined, JSON.stringify(entry)?.slice(0, 80));
        continue;
      }
      reports++;
      const atS = secondsOf(host["timestamp"]);
      const push = (device: Device, values: Readonly<Record<string, unknown>>, column: string) => {
        const uW = values["consumption"];
        const timeS = secondsOf(values["timestamp"]);
        const series = into.column({
          device,
          clock: "epoch",
          quantity: "power",
          reading: "average",
          column,
        });
        if (typeof uW !== "number") series.losses.add("not-available");
        else series.push(Number.isNaN(timeS) ? atS : timeS, uW / 1e6);
      };
      push({ kind: "node", id: "psys" }, host, "host.consumption");
      for (const item of list(report["sockets"])) {
        const socket = asObject(item);
        if (socket === null) continue;
        const id = String(socket["id"] ?? "");
        push(raplDevice("package", id)!, socket, "sockets.consumption");
        for (const part of list(socket["domains"])) {
          const domain = asObject(part);
          if (domain === null) continue;
          const name = String(domain["name"] ?? "");
          push(
            raplDevice(name, id) ?? { kind: "rail", id: `${name}-${id}`, partOf: "psys" },
            domain,
            `domains.${name}`,
          );
        }
      }
      shares += list(report["consumers"]).length;
    }
    if (reports === 0) {
      throw new InputError({
        code: "malformed",
        path: source.path,
        problem: "no element is a report with a host",
        expected: '{"host": {"consumption": ..., "timestamp": ...}, ...}',
        advice: "take the file as scaphandre json wrote it",
      });
    }
    if (shares > 0) {
      into.notes.push(
        `${shares} shares of processes are modelled, not measured: they are left out.`,
      );
    }
  },
};

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function secondsOf(value: unknown): number {
  return typeof value === "number" ? value : NaN;
}
