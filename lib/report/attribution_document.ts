import * as v from "valibot";
import type { RequestEnergies, RequestReason } from "../attribution/equal_share.ts";
import type { WindowEnergy } from "../attribution/windows.ts";
import { InputError } from "../errors.ts";
import { type RequestLog, requestLog } from "../requests/log.ts";
import { validated } from "../validate.ts";
import type { AttributionFacts } from "./report.ts";

/** What a document of `attribute --json` holds. */
export interface AttributionDocument {
  /** Everything beside requests and windows. */
  readonly facts: AttributionFacts;
  /** Requests with their energies; null for windows. */
  readonly requests: { readonly log: RequestLog; readonly energies: RequestEnergies } | null;
  /** Windows; null for requests. */
  readonly windows: readonly WindowEnergy[] | null;
}

const number = v.pipe(v.number("a number"), v.finite("a finite number"));
const numberOrNull = v.nullable(number);
const interval = v.nullish(v.object({
  energyJ: number,
  lowJ: numberOrNull,
  highJ: numberOrNull,
}));
const loss = v.object({ reason: v.string("a text"), count: number });

const schema = v.object({
  method: v.string("the name of a method"),
  basis: v.optional(v.picklist(["measured", "modelled"], "measured or modelled")),
  sharing: v.nullish(v.string("a text")),
  kind: v.nullish(v.picklist(["estimate", "bounds"], "estimate or bounds")),
  idleRule: v.nullish(v.string("a text")),
  estimator: v.nullish(v.string("a text")),
  devices: v.array(v.string("the id of a device"), "an array"),
  offsetS: number,
  offsetWidthS: number,
  overlap: v.optional(number),
  totalJ: number,
  idleJ: numberOrNull,
  unattributedJ: number,
  prefill: interval,
  decode: interval,
  unsplitJ: v.optional(number),
  insideJ: v.optional(number),
  sharedJ: v.optional(number),
  conservationError: number,
  idle: v.nullish(v.object({
    idleW: numberOrNull,
    widthW: numberOrNull,
    source: v.string("a text"),
  })),
  fit: v.nullish(v.object({ r2: numberOrNull })),
  warnings: v.optional(v.array(v.object({ message: v.string("a text") }), "an array"), []),
  dropped: v.array(loss, "an array"),
  notes: v.array(v.string("a text"), "an array"),
});

const advice = "make it with joulebook attribute --json";

/**
 * Reads a document of `attribute --json` back. It holds no readings, and nothing of a request that
 * the command does not print.
 *
 * @param text The document.
 * @param path Its path, for messages.
 * @return Facts, and requests or windows as columns; a null of the document is NaN in a column.
 * @throws {InputError} `malformed` when it is no such document.
 *
 * @example
 * ```ts
 * import { parseAttribution } from "@joulebook/joulebook/report";
 * import assert from "node:assert/strict";
 *
 * assert.throws(() => parseAttribution("{}", "a.json"), /a\.json: method cannot be used/);
 * ```
 */
export function parseAttribution(text: string, path: string): AttributionDocument {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new InputError({
      code: "malformed",
      path,
      problem: `this is not JSON (${cause instanceof Error ? cause.message : cause})`,
      advice,
      cause,
    });
  }
  const head = validated(schema, json, { path, what: "an attribution", advice });
  const ends = ({ energyJ, lowJ, highJ }: NonNullable<typeof head.prefill>) => ({
    energyJ,
    lowJ: lowJ ?? NaN,
    highJ: highJ ?? NaN,
  });
  const facts = {
    ...head,
    prefill: head.prefill ? ends(head.prefill) : null,
    decode: head.decode ? ends(head.decode) : null,
  } as unknown as AttributionFacts;
  const { requests, windows } = json as { readonly requests?: unknown; readonly windows?: unknown };
  if (Array.isArray(requests)) {
    return { facts, requests: readRequests(new Rows("requests", requests, path)), windows: null };
  }
  if (Array.isArray(windows)) {
    return { facts, requests: null, windows: readWindows(new Rows("windows", windows, path)) };
  }
  throw new InputError({
    code: "malformed",
    path,
    problem: "there are neither requests nor windows in it",
    advice,
  });
}

function readRequests(rows: Rows): AttributionDocument["requests"] {
  const reasons = rows.texts("reason") as (RequestReason | null)[];
  const log = requestLog({
    submitS: rows.numbers("startS"),
    firstTokenS: rows.numbers("firstTokenS"),
    endS: rows.numbers("endS"),
    inputTokens: rows.numbers("inputTokens"),
    outputTokens: rows.numbers("outputTokens"),
    ids: rows.texts("name").map((name, i) => name ?? String(i)),
    source: { path: rows.path, format: "joulebook-attribution" },
  });
  return {
    log,
    energies: {
      energyJ: rows.numbers("energyJ"),
      lowJ: rows.numbers("lowJ"),
      highJ: rows.numbers("highJ"),
      prefillJ: rows.numbers("prefillJ"),
      decodeJ: rows.numbers("decodeJ"),
      reasons,
    },
  };
}

function readWindows(rows: Rows): WindowEnergy[] {
  const [names, reasons, estimators] = [
    rows.texts("name"),
    rows.texts("reason"),
    rows.texts("estimator"),
  ];
  const column = (name: string): (number | null)[] =>
    Array.from(rows.numbers(name), (value) => Number.isNaN(value) ? null : value);
  const [startS, endS, samples] = [column("startS"), column("endS"), column("samples")];
  const [energyJ, lowJ, highJ] = [column("energyJ"), column("lowJ"), column("highJ")];
  const referenceJ = column("referenceJ");
  return names.map((name, i) => ({
    name: name ?? String(i),
    startS: startS[i] ?? NaN,
    endS: endS[i] ?? NaN,
    energyJ: energyJ[i]!,
    lowJ: lowJ[i]!,
    highJ: highJ[i]!,
    samples: samples[i] ?? 0,
    referenceJ: referenceJ[i]!,
    estimator: estimators[i] as WindowEnergy["estimator"],
    reason: reasons[i] as WindowEnergy["reason"],
  }));
}

/** Rows of a document as columns, checked. */
class Rows {
  readonly path: string;
  readonly #key: string;
  readonly #rows: readonly unknown[];

  constructor(key: string, rows: readonly unknown[], path: string) {
    this.#key = key;
    this.#rows = rows;
    this.path = path;
  }

  /** A column of numbers; null and what is absent is NaN. */
  numbers(name: string): Float64Array {
    return Float64Array.from(this.#rows, (row, i) => {
      const value = this.#value(row, i, name) ?? NaN;
      if (typeof value !== "number") throw this.#fault(i, name, "a number or null", value);
      return value;
    });
  }

  /** A column of texts. */
  texts(name: string): (string | null)[] {
    return this.#rows.map((row, i) => {
      const value = this.#value(row, i, name) ?? null;
      if (value !== null && typeof value !== "string") {
        throw this.#fault(i, name, "a text or null", value);
      }
      return value;
    });
  }

  #value(row: unknown, i: number, name: string): unknown {
    if (typeof row !== "object" || row === null) throw this.#fault(i, "", "an object", row);
    return (row as Record<string, unknown>)[name];
  }

  #fault(i: number, name: string, expected: string, found: unknown): InputError {
    return new InputError({
      code: "malformed",
      path: this.path,
      problem: `${this.#key}[${i}]${name === "" ? "" : `.${name}`} cannot be used`,
      expected,
      found: JSON.stringify(found),
      advice,
    });
  }
}
