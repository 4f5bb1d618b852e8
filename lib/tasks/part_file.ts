/** Parts of a result as files that tell whether they are whole. */

import { createHash } from "node:crypto";
import { readIfThere, writeWhole } from "./run_folder.ts";
import { decodeValue, encodeValue } from "./value_codec.ts";

const magic = "joulebook part 1 ";
const headLength = magic.length + 64 + 1;

/**
 * Writes the parts of a task: a line with the SHA-256 of what follows, then the value.
 *
 * @param path Where; the file appears whole or not at all.
 * @param taskId The task.
 * @param parts One a unit.
 */
export function writeParts(path: string, taskId: string, parts: readonly unknown[]): void {
  const body = encodeValue({ taskId, parts });
  const head = new TextEncoder().encode(`${magic}${sha256(body)}\n`);
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  writeWhole(path, bytes);
}

/**
 * Reads the parts of a task.
 *
 * @param path The file.
 * @param taskId The task it should be of.
 * @return The parts; null when there is no file, `corrupt` when it is not what was written.
 */
export function readParts(path: string, taskId: string): readonly unknown[] | "corrupt" | null {
  const bytes = readIfThere(path);
  if (bytes === null) return null;
  const body = wholeBody(bytes);
  if (body === null) return "corrupt";
  const value = decodeValue(body) as { taskId: string; parts: readonly unknown[] };
  return value.taskId === taskId ? value.parts : "corrupt";
}

/**
 * Whether a file holds whole parts, without decoding them.
 *
 * @param path The file.
 * @return `missing`, `corrupt` or `whole`.
 */
export function stateOfParts(path: string): "missing" | "corrupt" | "whole" {
  const bytes = readIfThere(path);
  return bytes === null ? "missing" : wholeBody(bytes) === null ? "corrupt" : "whole";
}

function wholeBody(bytes: Uint8Array): Uint8Array | null {
  const head = new TextDecoder().decode(bytes.subarray(0, headLength));
  const body = bytes.subarray(headLength);
  return head === `${magic}${sha256(body)}\n` ? body : null;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
