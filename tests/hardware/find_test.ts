import { findHardware, hardwareCatalogue, readHardware } from "@joulebook/joulebook/hardware";
import assert from "node:assert/strict";
import fc from "fast-check";
import { InputError } from "../../lib/errors.ts";

// Names as tools and papers print them.
const printed: Record<string, string> = {
  "NVIDIA A100-SXM4-80GB": "a100-sxm-80",
  "NVIDIA A100-PCIE-40GB": "a100-pcie-40",
  "NVIDIA A100 80GB PCIe": "a100-pcie-80",
  "NVIDIA H100 80GB HBM3": "h100-sxm-80",
  "NVIDIA H100 PCIe": "h100-pcie-80",
  "NVIDIA H100 NVL": "h100-nvl-94",
  "H100 SXM5 80 GB": "h100-sxm-80",
  "h100_sxm": "h100-sxm-80",
  "NVIDIA H200": "h200-sxm-141",
  "NVIDIA B200-SXM-180GB": "b200-sxm-180",
  "Tesla V100S-PCIE-32GB": "v100s-pcie-32",
  "Tesla V100-SXM2-16GB": "v100-sxm2-16",
  "NVIDIA RTX 6000 Ada Generation": "rtx-6000-ada",
  "Quadro RTX 6000": "quadro-rtx6000",
  "NVIDIA GeForce RTX 4090 D": "rtx-4090d",
  "AMD Instinct MI300X": "mi300x",
  "AMD MI250 GPU": "mi250",
  "Habana Gaudi2": "gaudi2",
  "Intel Max 1550": "max1550",
  "Nvidia GH200 GPU": "gh200-96",
  "A6000": "rtx-a6000",
  "Orin Nano 8GB": "orin-nano-8",
  "AGX Thor 128GB": "agx-thor-128",
};

Deno.test("a name as tools and papers print it is found", () => {
  for (const [name, id] of Object.entries(printed)) assert.equal(findHardware(name).id, id, name);
});

Deno.test("every id, name and alias leads to its own device", () => {
  for (const device of hardwareCatalogue()) {
    for (const name of [device.id, device.name, ...device.aliases]) {
      assert.equal(findHardware(name).id, device.id, name);
    }
  }
});

Deno.test("case, spaces and hyphens of a name do not matter", () => {
  const names = hardwareCatalogue().flatMap((h) => h.aliases);
  fc.assert(fc.property(
    fc.constantFrom(...names),
    fc.constantFrom("-", " ", "_", "  "),
    fc.boolean(),
    (name, gap, upper) => {
      const typed = name.replace(/[-\s]+/g, gap);
      assert.equal(
        findHardware(upper ? typed.toUpperCase() : typed.toLowerCase()).id,
        findHardware(name).id,
      );
    },
  ));
});

Deno.test("an ambiguous name is refused with the ids it could mean", () => {
  for (const [name, ids] of Object.entries({ "Nvidia A100 GPU": 4, V100: 4, "H100 80GB": 2 })) {
    assert.throws(() => findHardware(name), (error: unknown) => {
      assert.ok(error instanceof InputError);
      assert.equal(error.problem, "ambiguous name of hardware");
      assert.equal(error.expected?.split(",").length, ids, error.message);
      return true;
    });
  }
});

Deno.test("a variant is never taken for the plain device", () => {
  const variants = [
    "NVIDIA GeForce RTX 4090 Laptop GPU",
    "NVIDIA H100 80GB HBM3 MIG 1g.10gb",
    "NVIDIA GeForce RTX 2080",
    "A100X",
    "NVIDIA A100-SXM4-60GB",
  ];
  for (const name of variants) {
    assert.throws(() => findHardware(name), /unknown hardware; .*perhaps /, name);
  }
});

Deno.test("a user's own device is found beside the catalogue", () => {
  const extra = readHardware([{ id: "lab-box", name: "Lab box", base: "a10", tdpW: 120 }]);
  assert.equal(findHardware("lab-box", { extra }).tdpW, 120);
  assert.equal(findHardware("A10", { extra }).id, "a10");
});
