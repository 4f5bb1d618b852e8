/** Files named on a command line, and those in named folders. */

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../lib/errors.ts";
import { isStore } from "../lib/formats/store/layout.ts";

/** A file to read. */
export interface NamedFile {
  /** Its path. */
  readonly path: string;
  /** Whether it was named itself; false when it lies in a named folder. */
  readonly named: boolean;
}

/**
 * The file itself, or all files in a folder and below, in the order of their names. A folder that
 * `joulebook convert` wrote is one input.
 *
 * @throws {InputError} `unreadable` for links in a circle and folders that may not be listed.
 */
export function filesUnder(path: string): NamedFile[] {
  const stat = read(path, () => statSync(path, { throwIfNoEntry: false }));
  if (stat === undefined || !stat.isDirectory() || isStore(path)) return [{ path, named: true }];
  return read(path, () => readdirSync(path, { withFileTypes: true }))
    .filter(({ name }) => !name.startsWith("."))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) =>
      entry.isDirectory()
        ? filesUnder(join(path, entry.name)).map((file) => ({ ...file, named: false }))
        : [{ path: join(path, entry.name), named: false }]
    );
}

function read<T>(path: string, what: () => T): T {
  try {
    return what();
  } catch (cause) {
    const { code } = cause as { readonly code?: string };
    throw new InputError({
      code: "unreadable",
      path,
      problem: code === "ELOOP" ? "its links lead in a circle" : `cannot be read (${code})`,
      advice: code === "ELOOP" ? "name the folder that holds the files" : "check its permissions",
      cause,
    });
  }
}
