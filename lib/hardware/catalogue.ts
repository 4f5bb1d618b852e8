/** The accelerators that are shipped as data. */

import data from "../../datasets/hardware.json" with { type: "json" };
import { completeEntry, type HardwareEntry } from "./entry.ts";
import type { Hardware } from "./hardware.ts";

let built: readonly Hardware[] | undefined;

/**
 * All accelerators of the catalogue, in its order.
 *
 * Dense peaks, never sparse; null is unknown. Facts and their sources stand in
 * `datasets/hardware.json`.
 *
 * @return The devices, frozen.
 *
 * @example
 * ```ts
 * import { hardwareCatalogue } from "@joulebook/joulebook/hardware";
 * import assert from "node:assert/strict";
 *
 * const hopper = hardwareCatalogue().filter((h) => h.architecture === "Hopper");
 * assert.ok(hopper.some((h) => h.id === "h100-sxm-80"));
 * ```
 */
export function hardwareCatalogue(): readonly Hardware[] {
  built ??= Object.freeze(
    (data.entries as unknown as HardwareEntry[]).map((entry) => completeEntry(entry, null)),
  );
  return built;
}
