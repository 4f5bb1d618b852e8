/** Values as bytes: JSON, with typed arrays behind it and every number kept bit by bit. */

import { InputError } from "../errors.ts";

const arrays = {
  f64: Float64Array,
  f32: Float32Array,
  i32: Int32Array,
  u32: Uint32Array,
  u16: Uint16Array,
  u8: Uint8Array,
} as const;

type ArrayName = keyof typeof arrays;
type AnyArray = InstanceType<(typeof arrays)[ArrayName]>;

/**
 * Writes a value: JSON values, NaN, infinities, minus zero and typed arrays. The same value gives
 * the same bytes. Fields that are undefined are left out.
 *
 * @param value The value; no key of an object begins with `$`.
 * @return A line of JSON, a line feed, then the typed arrays, little-endian.
 * @throws {TypeError} For what cannot be written: functions, maps, sets, dates.
 *
 * @example
 * ```ts
 * import { decodeValue, encodeValue } from "@joulebook/joulebook/tasks";
 * import assert from "node:assert/strict";
 *
 * const part = { name: "a", energyJ: Float64Array.of(1, NaN), lowJ: -Infinity };
 * assert.deepEqual(decodeValue(encodeValue(part)), part);
 * ```
 */
export function encodeValue(value: unknown): Uint8Array {
  const blocks: Uint8Array[] = [];
  let size = 0;
  const text = JSON.stringify(value, function (this: unknown, key: string, v: unknown): unknown {
    if (this instanceof Marked) return v;
    if (key.startsWith("$")) throw new TypeError(`a key of a value begins with $: ${key}`);
    if (typeof v === "number" && (!Number.isFinite(v) || Object.is(v, -0))) {
      return new Marked({ $number: Object.is(v, -0) ? "-0" : String(v) });
    }
    if (ArrayBuffer.isView(v)) {
      const bytes = new Uint8Array(v.buffer, v.byteOffset, v.byteLength);
      blocks.push(bytes);
      const at = size;
      size += bytes.length;
      return new Marked({ $array: [nameOf(v), at, (v as AnyArray).length] });
    }
    if (typeof v === "function" || typeof v === "bigint" || v instanceof Map || v instanceof Set) {
      throw new TypeError(`a value holds a ${v.constructor.name}, which cannot be written`);
    }
    return v;
  });
  const head = new TextEncoder().encode(`${text}\n`);
  const bytes = new Uint8Array(head.length + size);
  bytes.set(head);
  let at = head.length;
  for (const block of blocks) {
    bytes.set(block, at);
    at += block.length;
  }
  return bytes;
}

/** Stands for a value that JSON lacks. */
class Marked {
  constructor(fields: Record<string, unknown>) {
    Object.assign(this, fields);
  }
}

function nameOf(view: ArrayBufferView): ArrayName {
  for (const [name, type] of Object.entries(arrays)) {
    if (view instanceof type) return name as ArrayName;
  }
  throw new TypeError(`a value holds a ${view.constructor.name}, which cannot be written`);
}

/**
 * Reads what {@linkcode encodeValue} wrote.
 *
 * @param bytes The bytes.
 * @return The value.
 * @throws {InputError} `malformed` when the bytes are not those of a value.
 */
export function decodeValue(bytes: Uint8Array): unknown {
  const end = bytes.indexOf(10);
  const body = end + 1;
  try {
    return JSON.parse(
      new TextDecoder().decode(bytes.subarray(0, Math.max(0, end))),
      (_key, v: { $number?: string; $array?: [ArrayName, number, number] } | null) => {
        if (typeof v !== "object" || v === null) return v;
        if (v.$number !== undefined) return Number(v.$number);
        if (v.$array === undefined) return v;
        const [name, at, length] = v.$array;
        const type = arrays[name];
        const from = body + at;
        const to = from + length * type.BYTES_PER_ELEMENT;
        if (to > bytes.length) throw new RangeError("cut short");
        // A copy: a view of a file read has no alignment of its own.
        return new type(new Uint8Array(bytes.subarray(from, to)).buffer);
      },
    );
  } catch (cause) {
    throw new InputError({
      code: "malformed",
      problem: "the bytes are not those of a value",
      advice: "remove the file; it is made anew",
      cause,
    });
  }
}
