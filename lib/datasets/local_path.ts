import { join } from "node:path";
import { InputError } from "../errors.ts";
import { pathFault } from "./path_fault.ts";

/** Where a registered path lies in a folder; refuses one that would leave it. */
export function localPath(dir: string, path: string): string {
  const fault = pathFault(path);
  if (fault !== null) {
    throw new InputError({
      code: "refused",
      problem: `a registry path is unsafe: ${fault}`,
      expected: "a relative path that stays in its folder",
      found: path,
      advice: "do not use this registry",
    });
  }
  return join(dir, ...path.split("/"));
}
