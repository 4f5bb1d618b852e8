import { add, estimate, multiply, scale, weakestBasis } from "@joulebook/joulebook/metrics";
import assert from "node:assert/strict";
import fc from "fast-check";

const basis = fc.constantFrom(
  "measured" as const,
  "declared" as const,
  "modelled" as const,
  "generated" as const,
);
const positive = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
const estimates = fc.record({
  value: positive,
  down: fc.double({ min: 0, max: 0.5, noNaN: true }),
  up: fc.double({ min: 0, max: 0.5, noNaN: true }),
  basis,
})
  .map(({ value, down, up, basis }) =>
    estimate(value, { low: value * (1 - down), high: value * (1 + up), basis })
  );

Deno.test("sums and products keep their value inside their interval and take the weakest basis", () => {
  fc.assert(fc.property(estimates, estimates, (a, b) => {
    for (const result of [add([a, b]), add([a, b], "independent"), multiply(a, b)]) {
      assert.ok(result.low! <= result.value! + 1e-12 && result.value! <= result.high! + 1e-12);
      assert.equal(result.basis, weakestBasis(a.basis, b.basis));
    }
  }));
});

Deno.test("independent errors give an interval no wider than common ones", () => {
  fc.assert(fc.property(fc.array(estimates, { minLength: 1, maxLength: 8 }), (parts) => {
    const common = add(parts);
    const independent = add(parts, "independent");
    assert.equal(common.value, independent.value);
    assert.ok(independent.high! <= common.high! + 1e-9);
    assert.ok(independent.low! >= common.low! - 1e-9);
  }));
});

Deno.test("scaling a factor scales the product and its interval", () => {
  fc.assert(fc.property(estimates, estimates, positive, (a, b, k) => {
    const one = multiply(scale(a, k), b);
    const two = scale(multiply(a, b), k);
    for (const end of ["value", "low", "high"] as const) {
      assert.ok(Math.abs(one[end]! - two[end]!) <= 1e-9 * Math.abs(two.high!));
    }
  }));
});

Deno.test("an exact factor leaves the relative interval as it is", () => {
  const product = multiply(estimate(10, { low: 9, high: 12 }), estimate(3));
  assert.deepEqual([product.low, product.value, product.high], [27, 30, 36]);
});

Deno.test("a missing part leaves no sum, and no interval without one", () => {
  assert.equal(add([estimate(1), estimate(null)]).value, null);
  assert.equal(multiply(estimate(null), estimate(2)).value, null);
  assert.equal(add([estimate(1), estimate(2)]).low, null);
});

Deno.test("a negative factor turns the interval over", () => {
  const turned = scale(estimate(2, { low: 1, high: 5 }), -2);
  assert.deepEqual([turned.low, turned.value, turned.high], [-10, -4, -2]);
});
