import { findHardware, provenanceOf, readHardware } from "@joulebook/joulebook/hardware";
import assert from "node:assert/strict";
import { InputError } from "../../lib/errors.ts";

const x = { id: "x", name: "X" };

const faults: readonly [string, unknown, RegExp][] = [
  [
    "a text for a number",
    [{ ...x, tdpW: "5" }],
    /entries\[0\]\.tdpW cannot be used; expected a number of W, found "5"/,
  ],
  [
    "TFLOP/s for FLOP/s",
    [{ ...x, peakFlops: { bf16: 989 } }],
    /entries\[0\]\.peakFlops\.bf16 .*at least 1e9 operations a second.*found "989"/,
  ],
  [
    "GB/s for bytes/s",
    [{ ...x, memoryBytesPerS: 3350 }],
    /entries\[0\]\.memoryBytesPerS .*3350 GB\/s is 3350e9/,
  ],
  ["an unknown field", [x, { ...x, id: "y", tdp: 5 }], /entries\[1\]\.tdp is not a field/],
  ["an unknown precision", [{ ...x, peakFlops: { fp6: 1e12 } }], /peakFlops\.fp6 is not a field/],
  [
    "a missing id",
    [{ name: "X" }],
    /entries\[0\]\.id .*expected this field to be given, found "nothing"/,
  ],
  [
    "an id of the catalogue",
    [{ id: "a10", name: "X" }],
    /entries\[0\]\.id is already taken; found "a10".*"base": "a10"/,
  ],
  ["an id used twice", [x, x], /entries\[1\]\.id is already taken/],
  [
    "an ambiguous base",
    [{ ...x, base: "A100" }],
    /entries\[0\]\.base: ambiguous name of hardware; expected one of a100-pcie-40/,
  ],
  [
    "idle above TDP",
    [{ ...x, idleW: 500, tdpW: 100 }],
    /entries\[0\]\.idleW is above tdpW; expected at most 100/,
  ],
  ["columns of unequal length", [{
    ...x,
    dvfs: { coreMhz: [100, 200], idleW: [1], source: "me", confidence: "A" },
  }], /entries\[0\]\.dvfs\.idleW .*as many values as coreMhz/],
  [
    "clocks out of order",
    [{ ...x, dvfs: { coreMhz: [200, 100], source: "me", confidence: "A" } }],
    /entries\[0\]\.dvfs\.coreMhz .*clocks that rise/,
  ],
  ["no entry at all", { entries: [] }, /entries cannot be used; expected at least one entry/],
];

for (const [what, document, message] of faults) {
  Deno.test(`${what} is refused with its place in the document`, () => {
    assert.throws(() => readHardware(document, { path: "hw.json" }), (error: unknown) => {
      assert.ok(error instanceof InputError);
      assert.equal(error.location.path, "hw.json");
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("an entry that extends another merges rates, keeps the rest and owns what it sets", () => {
  const [card] = readHardware({
    entries: [{
      ...x,
      base: "NVIDIA H100 80GB HBM3",
      source: "our meter",
      confidence: "A",
      tdpW: 500,
      idleW: 66,
      peakFlops: { fp8: null },
    }],
  });
  const base = findHardware("h100-sxm-80");
  assert.equal(card!.peakFlops.fp8, null);
  assert.equal(card!.peakFlops.bf16, base.peakFlops.bf16);
  assert.deepEqual(card!.aliases, []);
  assert.equal(provenanceOf(card!, "idleW").source, "our meter");
  assert.equal(provenanceOf(card!, "peakFlops.fp8").source, "our meter");
  assert.equal(provenanceOf(card!, "smCount").source, base.source);
  assert.equal(base.tdpW, 700);
});

Deno.test("what an entry leaves out is unknown, not zero", () => {
  const [card] = readHardware([x]);
  assert.equal(card!.tdpW, null);
  assert.equal(card!.peakFlops.bf16, null);
});
