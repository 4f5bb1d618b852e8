/** Files named on a command line, and those in named folders. */

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** A file to read. */
export interface NamedFile {
  /** Its path. */
  readonly path: string;
  /** Whether it was named itself; false when it lies in a named folder. */
  readonly named: boolean;
}

/** The file itself, or all files in a folder and below, in the order of their names. */
export function filesUnder(path: string): NamedFile[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isDirectory()) return [{ path, named: true }];
  return readdirSync(path, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith("."))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) =>
      entry.isDirectory()
        ? filesUnder(join(path, entry.name))
        : [{ path: join(path, entry.name), named: false }]
    );
}
