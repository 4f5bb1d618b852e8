import { InputError } from "../errors.ts";
import type { RequestLog } from "../requests/log.ts";
import { readInput } from "./read.ts";

/**
 * The request log of a file.
 *
 * @param path The file.
 * @param format Its format; null for what is detected.
 * @return The first log in it, and what its reader noticed.
 * @throws {InputError} `refused` when it holds no requests, and as `readInput` does.
 */
export async function readRequests(
  path: string,
  format: string | null,
): Promise<{ readonly log: RequestLog; readonly notes: readonly string[] }> {
  const input = await readInput(path, { ...(format !== null && { format }) });
  const log = input.requests[0];
  if (log === undefined) {
    throw new InputError({
      code: "refused",
      path,
      problem: "there are no requests in this file",
      advice: `see what it holds with joulebook inspect ${path}`,
    });
  }
  return { log, notes: input.notes };
}
