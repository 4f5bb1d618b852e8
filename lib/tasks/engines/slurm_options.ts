import { readFileSync } from "node:fs";
import { InputError } from "../../errors.ts";

/** What a site wants to be told. */
export interface SlurmOptions {
  /** Partition. */
  readonly partition?: string;
  /** Account. */
  readonly account?: string;
  /** Limit of time for the tasks that one job of the array runs, as sbatch takes it. */
  readonly time?: string;
  /** Memory of a job, as sbatch takes it; by default 1500M. */
  readonly memory?: string;
  /** Lines of the site: `#SBATCH` lines, and commands such as `module load`. */
  readonly lines?: readonly string[];
  /** Seconds between looks at the queue; by default 2. */
  readonly pollS?: number;
}

/**
 * Reads the lines of a site from a file.
 *
 * @param path The file.
 * @return Its lines without the first one of a script and without what is empty.
 * @throws {InputError} `not-found`.
 */
export function readSiteLines(path: string): string[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new InputError({
      code: "not-found",
      path,
      problem: "the file with the site's sbatch lines cannot be read",
      advice: 'write lines such as "#SBATCH --qos=normal" into it',
      cause,
    });
  }
  return text.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#!"));
}
