/** From a sparse JSON entry to a complete {@linkcode Hardware}: what is missing becomes null. */

import type { Confidence, Hardware, Precision, Provenance } from "./hardware.ts";

/** An entry as it stands in JSON: any field may be left out except id and name. */
export type HardwareEntry =
  & { readonly id: string; readonly name: string }
  & Partial<
    Omit<Hardware, "id" | "name" | "peakFlops" | "facts" | "sensor" | "dvfs"> & {
      readonly peakFlops: Partial<Record<Precision, number | null>>;
      readonly facts: Record<
        string,
        { source: string; confidence: Confidence; note?: string | null }
      >;
      readonly sensor: Partial<NonNullable<Hardware["sensor"]>> | null;
      readonly dvfs: Partial<NonNullable<Hardware["dvfs"]>> | null;
    }
  >;

const noPeaks: Record<Precision, null> = {
  fp32: null,
  tf32: null,
  bf16: null,
  fp16: null,
  fp8: null,
  fp4: null,
  int8: null,
  int4: null,
};

const unknown: Omit<Hardware, "id" | "name"> = {
  aliases: [],
  vendor: "unknown",
  kind: "gpu",
  architecture: "unknown",
  chip: null,
  computeCapability: null,
  formFactor: null,
  releaseYear: null,
  process: null,
  processNm: null,
  dieMm2: null,
  transistors: null,
  memoryType: null,
  memoryBytes: null,
  memoryBytesPerS: null,
  peakFlops: noPeaks,
  unsupported: [],
  smCount: null,
  baseMhz: null,
  boostMhz: null,
  maxMhz: null,
  tensorMhz: null,
  l2Bytes: null,
  tdpW: null,
  idleW: null,
  link: null,
  pcie: null,
  sensor: null,
  dvfs: null,
  source: "user-defined",
  confidence: "C",
  note: null,
  facts: {},
};

/**
 * Fills an entry in, from another device when it extends one.
 *
 * @param entry The entry as written.
 * @param base The device it extends, or null.
 * @return The complete device, frozen.
 */
export function completeEntry(entry: HardwareEntry, base: Hardware | null): Hardware {
  const from = base ?? { ...unknown, id: entry.id, name: entry.name };
  const facts: Record<string, Provenance> = {};
  for (const [key, fact] of Object.entries(entry.facts ?? {})) {
    facts[key] = { source: fact.source, confidence: fact.confidence, note: fact.note ?? null };
  }
  const source = entry.source ?? "user-defined";
  const confidence = entry.confidence ?? "C";
  if (base !== null) inheritFacts(facts, entry, base, { source, confidence, note: null });
  const merged = {
    ...from,
    ...entry,
    aliases: entry.aliases ?? [],
    peakFlops: { ...from.peakFlops, ...entry.peakFlops },
    sensor: entry.sensor === undefined ? from.sensor : entry.sensor && {
      averageWindowS: null,
      instantWindowS: null,
      updateS: null,
      note: null,
      ...entry.sensor,
    },
    dvfs: entry.dvfs === undefined
      ? from.dvfs
      : entry.dvfs && { voltageMv: null, idleW: null, note: null, ...entry.dvfs },
    source: base === null ? source : base.source,
    confidence: base === null ? confidence : base.confidence,
    facts,
  };
  return deepFreeze(merged) as Hardware;
}

// A fact that the entry sets must not keep the provenance of the base's value.
function inheritFacts(
  facts: Record<string, Provenance>,
  entry: HardwareEntry,
  base: Hardware,
  own: Provenance,
): void {
  const set = new Set<string>();
  for (const [key, value] of Object.entries(entry)) {
    if (key === "id" || key === "name" || key === "facts" || value === undefined) continue;
    if (key === "peakFlops") {
      for (const p of Object.keys(value as object)) set.add(`peakFlops.${p}`);
    } else set.add(key);
  }
  for (const key of set) facts[key] ??= own;
  for (const [key, fact] of Object.entries(base.facts)) {
    if (!set.has(key)) facts[key] ??= fact;
  }
}

function deepFreeze(value: unknown): unknown {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
