import { matchesGlob } from "node:path";
import type { DatasetFile, Registry } from "./registry.ts";

/**
 * The files of a registry that a pattern names. A pattern is one of: a path, a folder (everything
 * below it), a format family, or a glob over the whole path (`*` and `?` within a part, `**` across
 * parts, `{a,b}`).
 *
 * @param registry Where to look.
 * @param patterns Any of these; none at all means every file.
 * @return The files in the registry's order, each once.
 *
 * @example
 * ```ts
 * import { findFiles, loadRegistry } from "@joulebook/joulebook/datasets";
 * import assert from "node:assert/strict";
 *
 * const registry = loadRegistry();
 * const zeus = findFiles(registry, "zeus");
 * assert.deepEqual(findFiles(registry, "traces/zeus"), zeus);
 * assert.deepEqual(findFiles(registry, "traces/zeus/*.csv"), zeus);
 * assert.equal(findFiles(registry).length, registry.files.length);
 * ```
 */
export function findFiles(registry: Registry, ...patterns: string[]): DatasetFile[] {
  if (patterns.length === 0) return [...registry.files];
  return registry.files.filter((file) => patterns.some((pattern) => matches(file, pattern)));
}

function matches(file: DatasetFile, pattern: string): boolean {
  const folder = pattern.replace(/\/+$/, "");
  return file.path === pattern || file.family === folder ||
    file.path.startsWith(`${folder}/`) ||
    (/[*?{[]/.test(pattern) && matchesGlob(file.path, pattern));
}
