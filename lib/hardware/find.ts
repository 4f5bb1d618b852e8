/** Looking a device up by the name that a tool, a log or a paper prints. */

import { InputError } from "../errors.ts";
import { hardwareCatalogue } from "./catalogue.ts";
import type { Hardware } from "./hardware.ts";

/** Options of {@linkcode findHardware}. */
export interface FindHardwareOptions {
  /** User-defined devices, looked at as well. Default: none. */
  readonly extra?: readonly Hardware[];
}

/**
 * The device of an id or a printed name, such as `a100-sxm-80` or `NVIDIA A100-SXM4-80GB`.
 *
 * An id or alias is taken as it stands (case, spaces and hyphens do not matter). Any other name
 * is split into words; a device fits when every word belongs to it (chip name, form factor,
 * capacity, memory type, vendor). A word that belongs to nothing, such as "Laptop" or "MIG", makes
 * the name unknown: a variant is never taken for the plain device.
 *
 * @param name Id or name.
 * @param options More devices to look at.
 * @return The one device that fits.
 * @throws InputError (`bad-option`) when none or more than one fits; it lists near candidates.
 *
 * @example
 * ```ts
 * import { findHardware } from "@joulebook/joulebook/hardware";
 * import assert from "node:assert/strict";
 *
 * assert.equal(findHardware("NVIDIA H100 80GB HBM3").id, "h100-sxm-80");
 * assert.equal(findHardware("Tesla V100 SXM2 32 GB").id, "v100-sxm2-32");
 * assert.throws(() => findHardware("A100"), /ambiguous.*a100-pcie-40.*a100-sxm-80/);
 * ```
 */
export function findHardware(name: string, options: FindHardwareOptions = {}): Hardware {
  const all = options.extra === undefined
    ? hardwareCatalogue()
    : [...hardwareCatalogue(), ...options.extra];
  const id = name.trim().toLowerCase();
  const byId = all.find((h) => h.id === id);
  if (byId !== undefined) return byId;

  const wanted = key(name);
  const byAlias = all.filter((h) =>
    key(h.name) === wanted || h.aliases.some((a) => key(a) === wanted)
  );
  if (byAlias.length === 1) return byAlias[0]!;

  const words = wordsOf(name);
  const fitting = byAlias.length > 0 ? byAlias : all.filter((h) => fits(words, h));
  if (fitting.length === 1) return fitting[0]!;
  const near = fitting.length > 1 ? fitting : nearest(words, all);
  throw new InputError({
    code: "bad-option",
    problem: fitting.length > 1 ? "ambiguous name of hardware" : "unknown hardware",
    expected: fitting.length > 1
      ? `one of ${ids(near)}`
      : near.length > 0
      ? `an id or printed name of the catalogue, perhaps ${ids(near)}`
      : "an id or printed name of the catalogue",
    found: name,
    advice: words.includes("mig")
      ? "a MIG slice is not the whole board; describe it as a user-defined entry"
      : "use one of these ids, or describe the device in a hardware file",
  });
}

function ids(devices: readonly Hardware[]): string {
  return devices.map((h) => h.id).join(", ");
}

// Vendor words and fillers carry no information about which device it is.
const fillers = new Set(
  ("nvidia amd intel google apple qualcomm habana tesla geforce instinct jetson gpu accelerator " +
    "generation edition oam board card developer kit cloud the").split(" "),
);

// "A100-SXM4-80GB" and "A100 SXM4 80 GB" are the same words.
function wordsOf(name: string): string[] {
  return name.toLowerCase()
    .replace(/\((r|tm)\)|[®™]/g, " ")
    .replaceAll("_", " ")
    .replace(/(\d)\s*(gi?b|g)\b/g, "$1gb")
    .split(/[^a-z0-9.]+/)
    .map((word) => word.replace(/^sxm\d$/, "sxm"))
    .filter((word) => word !== "");
}

function key(name: string): string {
  return wordsOf(name).filter((w) => !fillers.has(w)).join("");
}

interface Signature {
  /** Words without which a name does not mean this device. */
  readonly needed: readonly string[];
  /** Words that a name may add. */
  readonly allowed: ReadonlySet<string>;
}

const signatures = new WeakMap<Hardware, Signature>();

function signatureOf(hardware: Hardware): Signature {
  const known = signatures.get(hardware);
  if (known !== undefined) return known;
  const capacities = new Set<string>();
  for (const text of [hardware.name, ...hardware.aliases]) {
    for (const word of wordsOf(text)) if (/^\d+gb$/.test(word)) capacities.add(word);
  }
  if (hardware.memoryBytes !== null) {
    capacities.add(`${Math.round(hardware.memoryBytes / 2 ** 30)}gb`);
  }
  const last = hardware.id.match(/-(\d+)$/)?.[1];
  if (last !== undefined) capacities.add(`${last}gb`);
  const form = wordsOf(hardware.formFactor ?? "");
  const memory = wordsOf(hardware.memoryType ?? "");
  const optional = [...capacities, ...form, ...memory, ...wordsOf(hardware.architecture)];
  const needed = hardware.id.split("-").map((w) => w.replace(/^sxm\d$/, "sxm"))
    .filter((w) => !form.includes(w) && !capacities.has(`${w}gb`));
  const signature = { needed, allowed: new Set([...needed, ...optional, ...fillers]) };
  signatures.set(hardware, signature);
  return signature;
}

function fits(words: readonly string[], hardware: Hardware): boolean {
  const { needed, allowed } = signatureOf(hardware);
  return needed.every((w) => words.includes(w)) && words.every((w) => allowed.has(w));
}

function nearest(words: readonly string[], all: readonly Hardware[]): Hardware[] {
  const telling = words.filter((w) => !fillers.has(w));
  const scored = all.map((hardware) => {
    const own = new Set(
      [hardware.id, hardware.name, ...hardware.aliases].flatMap((t) => wordsOf(t)),
    );
    let score = 0;
    for (const word of telling) {
      if (own.has(word)) score += 2;
      else if (
        word.length > 2 &&
        [...own].some((o) => o.startsWith(word) || word.startsWith(o) && o.length > 2)
      ) {
        score += 1;
      }
    }
    return { hardware, score };
  });
  return scored.filter((s) => s.score > 0).sort((a, b) => b.score - a.score).slice(0, 5)
    .map((s) => s.hardware);
}
