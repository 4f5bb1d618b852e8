import { createHash } from "node:crypto";
import { attributionTable } from "../../lib/attribution/attribution_table.ts";
import type { RequestEnergies } from "../../lib/attribution/equal_share.ts";
import { StoreWriter } from "../../lib/formats/store/store_writer.ts";
import type { RequestLog } from "../../lib/requests/log.ts";

/**
 * Writes the energies of requests into a store; those of the same log are replaced.
 *
 * @param dir The store.
 * @param path Path of the request log.
 * @param log The requests.
 * @param energies Their energies.
 */
export function saveAttribution(
  dir: string,
  path: string,
  log: RequestLog,
  energies: RequestEnergies,
): void {
  const id = createHash("sha256").update(`attribution ${path}`).digest("hex").slice(0, 16);
  const writer = new StoreWriter(dir, { id, path, format: "joulebook-attribution" });
  try {
    writer.addResults(attributionTable(log, energies));
    writer.commit();
  } catch (error) {
    writer.abort();
    throw error;
  }
}
