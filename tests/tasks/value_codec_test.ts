import assert from "node:assert/strict";
import fc from "fast-check";
import { InputError } from "../../lib/errors.ts";
import { decodeValue, encodeValue } from "../../lib/tasks/mod.ts";

const number = fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -Infinity, -0, 0));
const array = fc.array(number).map((values) => Float64Array.from(values));
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: "small" },
    number,
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    array,
    fc.array(tie("any")),
    fc.dictionary(fc.stringMatching(/^[a-z]+$/), tie("any"), { noNullPrototype: true }),
  ),
})).any;

Deno.test("every value comes back bit by bit, from a view of any offset", () => {
  fc.assert(fc.property(value, fc.integer({ min: 0, max: 7 }), (v, offset) => {
    const bytes = encodeValue(v);
    const shifted = new Uint8Array(bytes.length + offset);
    shifted.set(bytes, offset);
    assert.deepEqual(decodeValue(shifted.subarray(offset)), v);
    assert.deepEqual(encodeValue(v), bytes);
  }));
});

Deno.test("what cannot be written is refused, and what was cut is noticed", () => {
  for (const bad of [new Map(), () => 1, 1n, new BigInt64Array(1), { $a: 1 }]) {
    assert.throws(() => encodeValue({ bad }), TypeError);
  }
  const bytes = encodeValue({ a: Float64Array.of(1, 2) });
  for (const length of [0, 3, bytes.length - 1]) {
    assert.throws(() => decodeValue(bytes.subarray(0, length)), InputError);
  }
});
