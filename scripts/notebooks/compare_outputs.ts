/** Whether a notebook still says what its stored outputs say. */

import { quote } from "../../lib/errors.ts";
import type { Output } from "./cell_outputs.ts";

/**
 * The first difference between outputs that matters: everything but running numbers.
 *
 * @param stored Outputs in the file.
 * @param fresh Outputs of this run.
 * @return The difference in words, or null.
 */
export function firstDifference(
  stored: readonly Output[],
  fresh: readonly Output[],
): string | null {
  for (let i = 0; i < Math.max(stored.length, fresh.length); i++) {
    const [a, b] = [stored[i], fresh[i]];
    if (a === undefined) return `it shows one more output now: ${kindOf(b!)}`;
    if (b === undefined) return `it no longer shows a stored output: ${kindOf(a)}`;
    if (a.output_type !== b.output_type) {
      return `stored ${kindOf(a)}, now ${kindOf(b)}`;
    }
    const [partsA, partsB] = [partsOf(a), partsOf(b)];
    for (const name of new Set([...partsA.keys(), ...partsB.keys()])) {
      const difference = partDifference(name, partsA.get(name), partsB.get(name));
      if (difference !== null) return difference;
    }
  }
  return null;
}

function kindOf(output: Output): string {
  if (output.output_type === "stream") return `a print on ${output.name}`;
  if (output.output_type === "error") return `an error ${output.ename}`;
  return Object.keys(output.data).join(" + ") || "nothing";
}

/** What is compared, by name; text first, since its difference can be read. */
function partsOf(output: Output): Map<string, string> {
  if (output.output_type === "stream") return new Map([[output.name, output.text]]);
  if (output.output_type === "error") {
    return new Map([["error", `${output.ename}: ${output.evalue}`]]);
  }
  const parts = Object.entries(output.data).map(([type, value]): [string, string] => [
    type,
    typeof value === "string" ? value : canonical(value),
  ]);
  return new Map(parts.sort(([a], [b]) => rank(a) - rank(b)));
}

function rank(type: string): number {
  return type === "text/plain" ? 0 : type.startsWith("text/") ? 1 : 2;
}

function partDifference(
  name: string,
  stored: string | undefined,
  fresh: string | undefined,
): string | null {
  if (stored === fresh) return null;
  if (stored === undefined) return `${name} is new`;
  if (fresh === undefined) return `${name} is gone`;
  if (name.startsWith("image/") || name.endsWith("json")) {
    return `${name} differs (${stored.length} characters stored, ${fresh.length} now)`;
  }
  const [a, b] = [stored.split("\n"), fresh.split("\n")];
  const line = a.findIndex((text, i) => text !== b[i]);
  const at = line < 0 ? a.length : line;
  const say = (text: string | undefined) => text === undefined ? "nothing" : quote(text);
  return `${name}, line ${at + 1}: stored ${say(a[at])}, now ${say(b[at])}`;
}

/** JSON with sorted keys: the file is sorted, the kernel's message is not. */
function canonical(value: unknown): string {
  return JSON.stringify(
    value,
    (_key, v) =>
      typeof v === "object" && v !== null && !Array.isArray(v)
        ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
        : v,
  );
}
