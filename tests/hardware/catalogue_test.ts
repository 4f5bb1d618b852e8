import {
  clockPoint,
  deriveLimits,
  findHardware,
  hardwareCatalogue,
  provenanceOf,
} from "@joulebook/joulebook/hardware";
import assert from "node:assert/strict";
import data from "../../datasets/hardware.json" with { type: "json" };
import { readHardware } from "../../lib/hardware/mod.ts";

Deno.test("the shipped entries satisfy the schema of user-defined entries", () => {
  const renamed = data.entries.map((entry) => ({ ...entry, id: `${entry.id}-copy` }));
  assert.equal(readHardware({ entries: renamed }).length, data.entries.length);
});

Deno.test("ids are unique and every device has a source and a confidence", () => {
  const devices = hardwareCatalogue();
  assert.equal(new Set(devices.map((h) => h.id)).size, devices.length);
  for (const h of devices) {
    assert.notEqual(h.source, "user-defined", h.id);
    assert.match(provenanceOf(h, "memoryBytesPerS").confidence, /^[ABC]$/);
  }
});

Deno.test("no unknown fact is a zero, and what is unsupported has no rate", () => {
  for (const h of hardwareCatalogue()) {
    for (const [field, value] of Object.entries(h)) assert.notEqual(value, 0, `${h.id}.${field}`);
    for (const p of h.unsupported) assert.equal(h.peakFlops[p], null, `${h.id} ${p}`);
  }
});

// Tensor rates a clock and SM are powers of two by design, so a peak, a clock and an SM count that
// disagree betray a wrong fact.
Deno.test("peaks agree with SM count and clock: a power of two a clock and SM within 3 %", () => {
  let checked = 0;
  for (const h of hardwareCatalogue()) {
    if (h.vendor !== "NVIDIA" && h.vendor !== "AMD") continue;
    const rate = deriveLimits(h).flopPerClockPerSm.fp16;
    if (rate === null || provenanceOf(h, "peakFlops.bf16").confidence === "C") continue;
    const exponent = Math.log2(rate);
    assert.ok(Math.abs(2 ** (exponent - Math.round(exponent)) - 1) < 0.03, `${h.id}: ${rate}`);
    checked++;
  }
  assert.ok(checked > 50, String(checked));
});

Deno.test("a wider precision is never faster than a narrower one on the same device", () => {
  for (const h of hardwareCatalogue()) {
    const { fp32, bf16, fp16, fp8, fp4 } = h.peakFlops;
    const ladder = [fp32, bf16 ?? fp16, fp8, fp4].filter((x) => x !== null);
    ladder.forEach((rate, i) => assert.ok(i === 0 || rate >= ladder[i - 1]!, h.id));
  }
});

Deno.test("idle power and voltage rise with the clock and stay below TDP", () => {
  for (const id of ["a100-pcie-40", "a100-sxm-80", "h100-sxm-80"]) {
    const h = findHardware(id);
    const low = clockPoint(h, 600)!, high = clockPoint(h, h.maxMhz!)!;
    assert.ok(low.idleW! < high.idleW! && high.idleW! < h.tdpW!, id);
    if (low.voltageMv !== null) assert.ok(low.voltageMv < high.voltageMv!, id);
  }
  assert.equal(clockPoint(findHardware("h100-sxm-80"), 1410)?.voltageMv, null);
});

Deno.test("between two steps of the table the value is linear, outside it is refused", () => {
  const h = findHardware("a100-pcie-40");
  assert.equal(clockPoint(h, 217.5)?.idleW, (44.47 + 44.68) / 2);
  assert.throws(() => clockPoint(h, 1500), /outside the table.*210 to 1410 MHz/);
});

Deno.test("ridge points are peak over bandwidth and unknown where either is", () => {
  assert.equal(
    deriveLimits(findHardware("h100-sxm-80")).ridgeFlopPerByte.bf16,
    989.4e12 / 3350e9,
  );
  assert.equal(deriveLimits(findHardware("tpu-v5e")).jPerFlopAtTdp.bf16, null);
});
