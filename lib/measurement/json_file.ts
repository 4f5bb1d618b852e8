import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { InputError } from "../errors.ts";

/** Writes JSON so that whoever reads the file finds the old content or the new, never a part. */
export function writeJsonFile(path: string, value: unknown): void {
  const part = `${path}.part`;
  // Not synced to the disk: that can stall the driver for longer than a token takes.
  writeFileSync(part, JSON.stringify(value, null, 2) + "\n");
  renameSync(part, path);
}

/** Reads a JSON file of a run folder. */
export function readJsonFile<T>(path: string): T {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new InputError({
      code: "not-found",
      path,
      problem: "a run folder has this file, this one has not",
      advice: "check that the path is that of a folder written by joulebook measure",
      cause,
    });
  }
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new InputError({
      code: "malformed",
      path,
      problem: "this is no JSON",
      found: text.slice(0, 80),
      advice: "restore the file; it is written in one piece",
      cause,
    });
  }
}
