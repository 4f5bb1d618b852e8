/** The package as people import it. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Folder of the repository, with a slash at its end. */
export const root: string = fileURLToPath(new URL("../", import.meta.url));

/** Paths of all entry points of deno.json, relative to the repository. */
export function entryPoints(): string[] {
  const { exports } = JSON.parse(readFileSync(`${root}deno.json`, "utf8")) as {
    exports: Record<string, string>;
  };
  return Object.values(exports);
}
