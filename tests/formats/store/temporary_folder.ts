import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Runs with a folder of its own, which is gone afterwards. */
export async function inFolder<T>(run: (dir: string) => T | Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), "joulebook-store-"));
  try {
    return await run(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}
