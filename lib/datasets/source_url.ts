/**
 * Where GitHub serves a file of a repository as it stood at a commit.
 *
 * @param repository `owner/name`.
 * @param commit The commit, 40 hexadecimal digits.
 * @param sourcePath Path in the repository.
 * @return The address, every part percent-encoded.
 *
 * @example
 * ```ts
 * import { sourceUrl } from "@joulebook/joulebook/datasets";
 * import assert from "node:assert/strict";
 *
 * const commit = "0123456789abcdef0123456789abcdef01234567";
 * assert.equal(
 *   sourceUrl("owner/name", commit, "data/a+b c.csv"),
 *   `https://raw.githubusercontent.com/owner/name/${commit}/data/a%2Bb%20c.csv`,
 * );
 * ```
 */
export function sourceUrl(repository: string, commit: string, sourcePath: string): string {
  const path = [repository, commit, sourcePath]
    .flatMap((part) => part.split("/"))
    .map(encodeURIComponent)
    .join("/");
  return `https://raw.githubusercontent.com/${path}`;
}
