/** Which configuration results are of. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** A configuration as it was when something was run with it. */
export interface RunOf {
  /** Its path in the repository. */
  readonly config: string;
  /** SHA-256 of its text. */
  readonly sha256: string;
}

/** The configuration at a path. */
export function runOf(path: string): RunOf {
  return { config: path, sha256: createHash("sha256").update(readFileSync(path)).digest("hex") };
}
