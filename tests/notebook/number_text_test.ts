import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatFixed,
  formatInterval,
  formatNumber,
  formatQuantity,
} from "../../lib/notebook/mod.ts";

/** A formatted number back as a number. */
function parse(text: string): number {
  return Number(text.replaceAll(",", "").replaceAll("−", "-"));
}

Deno.test("a number keeps its significant digits and its whole digits", () => {
  fc.assert(fc.property(
    fc.double({ min: 1e-12, max: 1e14, noNaN: true }),
    fc.integer({ min: 1, max: 8 }),
    fc.boolean(),
    (size, digits, negative) => {
      const value = negative ? -size : size;
      const halfDigit = size * 10 ** (1 - digits) / 2;
      assert.ok(Math.abs(parse(formatNumber(value, digits)) - value) <= halfDigit * 1.000001);
    },
  ));
});

Deno.test("what is no number is a dash, an infinity a sign, a zero a zero", () => {
  assert.deepEqual([NaN, null, Infinity, -Infinity, 0, -0].map((v) => formatNumber(v)), [
    "–",
    "–",
    "∞",
    "−∞",
    "0",
    "0",
  ]);
  assert.equal(formatFixed(-0.001, 2), "0.00");
});

Deno.test("rounding up to a power of ten does not add a digit", () => {
  assert.equal(formatNumber(9.996), "10.0");
  assert.equal(formatNumber(0.09996), "0.100");
  assert.equal(formatQuantity(999.7, "J"), "1.00 kJ");
  assert.equal(formatQuantity(999.4, "J"), "999 J");
});

Deno.test("a quantity takes the prefix that leaves one to three digits before its point", () => {
  fc.assert(fc.property(fc.double({ min: 1e-9, max: 9e17, noNaN: true }), (value) => {
    const text = formatQuantity(value, "J");
    const [, whole] = /^(\d{1,3})(\.\d+)? [PTGMkmµn]?J$/.exec(text) ?? [];
    assert.ok(whole !== undefined && whole !== "0", text);
  }));
});

Deno.test("an interval sets the digits, and sides that differ are both told", () => {
  assert.equal(formatInterval(26_000, 25_996, 26_004, "J"), "26.0000 ± 0.0040 kJ");
  assert.equal(formatInterval(0.5, 0.2, 0.9, "J"), "500 mJ (200 to 900)");
  assert.equal(formatInterval(null, 1, 2, "J"), "–");
  assert.equal(formatInterval(5, 5, 5, "W"), "5.00 W");
});
