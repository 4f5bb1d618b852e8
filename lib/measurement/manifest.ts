import { join } from "node:path";
import { hashFile } from "../datasets/hash_file.ts";
import { readJsonFile, writeJsonFile } from "./json_file.ts";
import { listRunFiles, runFiles } from "./run_files.ts";

/** Size and checksum of one file of a run. */
export interface ManifestEntry {
  /** Path in the folder. */
  readonly path: string;
  /** Size in bytes. */
  readonly bytes: number;
  /** SHA-256 in hexadecimal. */
  readonly sha256: string;
}

const unlisted: ReadonlySet<string> = new Set([runFiles.manifest, runFiles.lock]);

/** Writes the manifest of a folder to which nothing will be added. */
export async function writeManifest(dir: string): Promise<void> {
  const files: ManifestEntry[] = [];
  for (const path of listRunFiles(dir)) {
    if (unlisted.has(path)) continue;
    const digest = await hashFile(join(dir, path));
    if (digest !== null) files.push({ path, ...digest });
  }
  writeJsonFile(join(dir, runFiles.manifest), { version: 1, files });
}

/** Compares a folder with its manifest; each difference is a sentence. */
export async function checkManifest(dir: string): Promise<string[]> {
  const { files } = readJsonFile<{ files: ManifestEntry[] }>(join(dir, runFiles.manifest));
  const faults: string[] = [];
  for (const { path, bytes, sha256 } of files) {
    const digest = await hashFile(join(dir, path));
    if (digest === null) faults.push(`${path} is gone`);
    else if (digest.bytes !== bytes) faults.push(`${path} has ${digest.bytes} bytes, not ${bytes}`);
    else if (digest.sha256 !== sha256) faults.push(`${path} was changed`);
  }
  const listed = new Set(files.map(({ path }) => path));
  for (const path of listRunFiles(dir)) {
    if (!listed.has(path) && !unlisted.has(path)) faults.push(`${path} was added`);
  }
  return faults;
}
