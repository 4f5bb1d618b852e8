/** The shape of a hardware entry in JSON, and the reading of user-defined entries. */

import * as v from "valibot";
import { InputError } from "../errors.ts";
import { validated } from "../validate.ts";
import { hardwareCatalogue } from "./catalogue.ts";
import { findHardware } from "./find.ts";
import type { Hardware } from "./hardware.ts";
import { completeEntry, type HardwareEntry } from "./entry.ts";

// The lower bounds catch a number in the wrong unit: 80 for 80 GB, 989 for 989 TFLOP/s.
const quantity = (what: string, least: number, most: number) =>
  v.nullable(
    v.pipe(
      v.number(`a number of ${what}`),
      v.finite(`a finite number of ${what}`),
      v.minValue(least, `at least ${short(least)} ${what}`),
      v.maxValue(most, `at most ${short(most)} ${what}`),
    ),
  );
const short = (x: number) => x >= 1e5 ? x.toExponential().replace("+", "") : String(x);
const text = v.pipe(v.string("a text"), v.nonEmpty("a text that is not empty"));
const confidence = v.picklist(["A", "B", "C"], "A, B or C");
const flops = v.optional(quantity("operations a second (989.4 TFLOP/s is 989.4e12)", 1e9, 1e18));
const seconds = v.optional(quantity("seconds", 1e-4, 60), null);
const mhz = v.optional(quantity("MHz", 50, 10_000));
const bytesPerS = quantity("bytes a second (3350 GB/s is 3350e9)", 1e6, 1e15);
const precision = v.picklist(
  ["fp32", "tf32", "bf16", "fp16", "fp8", "fp4", "int8", "int4"],
  "a precision: fp32, tf32, bf16, fp16, fp8, fp4, int8 or int4",
);

const provenance = v.strictObject({
  source: text,
  confidence,
  note: v.optional(v.nullable(text), null),
});

const dvfs = v.pipe(
  v.strictObject({
    coreMhz: v.pipe(
      v.array(v.pipe(v.number("a number of MHz"), v.minValue(50, "at least 50 MHz"))),
      v.minLength(2, "at least two clocks"),
      v.check(
        (clocks) => clocks.every((mhz, i) => i === 0 || mhz > clocks[i - 1]!),
        "clocks that rise",
      ),
    ),
    voltageMv: v.optional(
      v.nullable(v.array(v.pipe(v.number("millivolts"), v.minValue(100, "at least 100 mV")))),
      null,
    ),
    idleW: v.optional(
      v.nullable(v.array(v.pipe(v.number("watts"), v.minValue(0.1, "at least 0.1 W")))),
      null,
    ),
    source: text,
    confidence,
    note: v.optional(v.nullable(text), null),
  }),
  v.forward(
    v.check((d) => d.voltageMv === null || d.voltageMv.length === d.coreMhz.length, sameLength()),
    ["voltageMv"],
  ),
  v.forward(
    v.check((d) => d.idleW === null || d.idleW.length === d.coreMhz.length, sameLength()),
    ["idleW"],
  ),
);

function sameLength(): string {
  return "as many values as coreMhz has clocks";
}

const fields = {
  aliases: v.optional(v.array(text)),
  vendor: v.optional(text),
  kind: v.optional(v.picklist(["gpu", "soc", "asic"], "gpu, soc or asic")),
  architecture: v.optional(text),
  chip: v.optional(v.nullable(text)),
  computeCapability: v.optional(v.nullable(text)),
  formFactor: v.optional(v.nullable(text)),
  releaseYear: v.optional(quantity("(a year)", 1990, 2100)),
  process: v.optional(v.nullable(text)),
  processNm: v.optional(quantity("nm", 0.5, 1000)),
  dieMm2: v.optional(quantity("mm2", 1, 1e6)),
  transistors: v.optional(quantity("transistors", 1e6, 1e14)),
  memoryType: v.optional(v.nullable(text)),
  memoryBytes: v.optional(quantity("bytes (80 GB is 80e9)", 1e6, 1e15)),
  memoryBytesPerS: v.optional(bytesPerS),
  peakFlops: v.optional(
    v.strictObject({
      fp32: flops,
      tf32: flops,
      bf16: flops,
      fp16: flops,
      fp8: flops,
      fp4: flops,
      int8: flops,
      int4: flops,
    }),
  ),
  unsupported: v.optional(v.array(precision)),
  smCount: v.optional(quantity("units", 1, 1e6)),
  baseMhz: mhz,
  boostMhz: mhz,
  maxMhz: mhz,
  tensorMhz: mhz,
  l2Bytes: v.optional(quantity("bytes (50 MiB is 52428800)", 1024, 1e12)),
  tdpW: v.optional(quantity("W", 0.5, 100_000)),
  idleW: v.optional(quantity("W", 0.01, 10_000)),
  link: v.optional(v.nullable(v.strictObject({ kind: text, bytesPerS: v.nonNullable(bytesPerS) }))),
  pcie: v.optional(
    v.nullable(
      v.strictObject({
        generation: v.pipe(v.number(), v.integer("a whole number"), v.minValue(1)),
        lanes: v.pipe(v.number(), v.integer("a whole number"), v.minValue(1)),
        bytesPerS: v.nonNullable(bytesPerS),
      }),
    ),
  ),
  sensor: v.optional(
    v.nullable(
      v.strictObject({
        reading: v.picklist(["average", "instant"], "average or instant"),
        averageWindowS: seconds,
        instantWindowS: seconds,
        updateS: seconds,
        source: text,
        note: v.optional(v.nullable(text), null),
      }),
    ),
  ),
  dvfs: v.optional(v.nullable(dvfs)),
  source: v.optional(text),
  confidence: v.optional(confidence),
  note: v.optional(v.nullable(text)),
  facts: v.optional(v.record(v.string(), provenance)),
};

const entry = v.strictObject({
  id: v.pipe(
    text,
    v.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "lower-case words and digits joined by hyphens"),
  ),
  name: text,
  base: v.optional(text),
  ...fields,
});

const document = v.strictObject({
  about: v.optional(text),
  entries: v.pipe(v.array(entry), v.minLength(1, "at least one entry")),
});

/** Options of {@linkcode readHardware}. */
export interface ReadHardwareOptions {
  /** Name of the file, for messages. Default: none. */
  readonly path?: string;
}

/**
 * Reads user-defined hardware from a parsed JSON document.
 *
 * The document is `{ "entries": [...] }` or the bare array; an entry has an `id`, a `name` and any of the fields of
 * {@linkcode Hardware} in the same units. With `"base": "<id of the catalogue>"` it starts from
 * that entry: objects such as `peakFlops` are merged key by key, aliases are not inherited, and a
 * fact that the entry sets carries the entry's own source (`source`, else "user-defined").
 * What is left out is unknown.
 *
 * @param json The parsed document.
 * @param options Where it came from.
 * @return The entries, complete, in their order.
 * @throws InputError (`malformed`) that names the path inside the document, such as
 * `entries[0].peakFlops.bf16`; (`bad-option`) for an id that is taken or a base that is unknown.
 *
 * @example
 * ```ts
 * import { readHardware } from "@joulebook/joulebook/hardware";
 * import assert from "node:assert/strict";
 *
 * const [card] = readHardware({
 *   entries: [{ id: "h100-capped", name: "H100 at 500 W", base: "h100-sxm-80", tdpW: 500 }],
 * });
 * assert.equal(card?.tdpW, 500);
 * assert.equal(card?.peakFlops.bf16, 989.4e12);
 * ```
 */
export function readHardware(json: unknown, options: ReadHardwareOptions = {}): Hardware[] {
  const place = options.path === undefined ? {} : { path: options.path };
  // An array has an `entries` method, which would pass for the field.
  const { entries } = validated(document, Array.isArray(json) ? { entries: json } : json, {
    ...place,
    what: "a hardware entry",
    advice: "see the fields of Hardware; units stand in their names",
  });
  const taken = new Set(hardwareCatalogue().map((h) => h.id));
  return entries.map((raw, i) => {
    if (taken.has(raw.id)) {
      throw new InputError({
        code: "bad-option",
        ...place,
        problem: `entries[${i}].id is already taken`,
        found: raw.id,
        advice: `choose another id; "base": "${raw.id}" starts from that entry`,
      });
    }
    taken.add(raw.id);
    const { base, ...own } = raw;
    const from = base === undefined ? null : baseOf(base, i, place);
    const made = completeEntry(own as HardwareEntry, from);
    checkOrder(made, i, place);
    return made;
  });
}

function baseOf(name: string, index: number, place: { path?: string }): Hardware {
  try {
    return findHardware(name);
  } catch (cause) {
    if (!(cause instanceof InputError)) throw cause;
    throw new InputError({
      code: "bad-option",
      ...place,
      problem: `entries[${index}].base: ${cause.problem}`,
      ...(cause.expected === undefined ? {} : { expected: cause.expected }),
      found: name,
      cause,
    });
  }
}

function checkOrder(hardware: Hardware, index: number, place: { path?: string }): void {
  const pairs = [["idleW", "tdpW"], ["baseMhz", "boostMhz"], ["boostMhz", "maxMhz"]] as const;
  for (const [low, high] of pairs) {
    const a = hardware[low], b = hardware[high];
    if (a !== null && b !== null && a > b) {
      throw new InputError({
        code: "malformed",
        ...place,
        problem: `entries[${index}].${low} is above ${high}`,
        expected: `at most ${b}`,
        found: String(a),
      });
    }
  }
}
