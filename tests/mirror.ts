/** Tests on published data: they read it through the mirror and are ignored, by name, without it. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const beside = fileURLToPath(new URL("../../shared/data", import.meta.url));

/** The folder of published data, or null when this machine has none. */
export const mirrorDir: string | null = Deno.env.get("JOULEBOOK_MIRROR") ??
  (existsSync(join(beside, "SOURCES.tsv")) ? beside : null);

/**
 * Declares a test that needs the mirror.
 *
 * @param name What holds on the published data.
 * @param body The test, given the mirror's folder.
 */
export function mirrorTest(name: string, body: (dir: string) => void | Promise<void>): void {
  const dir = mirrorDir;
  if (dir === null) {
    Deno.test({ name: `${name} (needs JOULEBOOK_MIRROR)`, ignore: true, fn: () => {} });
  } else {
    Deno.test(name, () => body(dir));
  }
}
