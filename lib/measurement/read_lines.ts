import { existsSync, readFileSync } from "node:fs";

/** The values of a JSON Lines file; lines that are none, such as one that was cut, are left out. */
export function readLines<T>(path: string): T[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8").split("\n").flatMap((line) => {
    try {
      return line === "" ? [] : [JSON.parse(line) as T];
    } catch {
      return [];
    }
  });
}
