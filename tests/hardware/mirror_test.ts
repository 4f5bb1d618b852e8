import { findHardware } from "@joulebook/joulebook/hardware";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { mirrorTest } from "../mirror.ts";

// Where published tables contradict each other; the catalogue's choice and why stand in its notes.
const disagreements = new Set([
  "NVIDIA H200 NVL tdp", // TechPowerUp lists the SXM's 700 W, the data sheet at most 600 W
  "NVIDIA L4 sm", // TechPowerUp and NeuSight list 60; 7424 cores / 128 = 58
  "NVIDIA L40S l2", // TechPowerUp lists 48 MB, the whitepaper 96 MB
  "Tesla P4 sm", // NeuSight lists 40 half-sized ones
  "AMD Instinct MI210 l2", // NeuSight lists 16 MB; the CDNA 2 whitepaper 8 MB a die
  "AMD Instinct MI250 sm", // NeuSight describes one of the two dies that the driver shows
  "AMD Instinct MI250 bw",
  "AMD Instinct MI250 l2",
  "AMD Instinct MI250 fp32",
]);

function near(what: string, ours: number | null, theirs: number, share: number): void {
  if (disagreements.has(what) || ours === null) return;
  assert.ok(Math.abs(ours / theirs - 1) <= share, `${what}: ${ours} against ${theirs}`);
}

mirrorTest("the catalogue agrees with the TechPowerUp table of WattGPU", (dir) => {
  const [head, ...rows] = readFileSync(join(dir, "prediction/wattgpu/gpu_features.csv"), "utf8")
    .trim().split("\n").map((line) => line.split(";"));
  const at = (row: string[], column: string) => row[head!.indexOf(column)]!;
  for (const row of rows) {
    const type = at(row, "gpu_type") === "NVIDIA H200" ? "NVIDIA H200 NVL" : at(row, "gpu_type");
    const h = findHardware(type);
    near(`${type} tdp`, h.tdpW, Number(at(row, "thermal_design_power_w")), 0.01);
    near(`${type} bw`, h.memoryBytesPerS, Number(at(row, "memory_bandwidth_gb_s")) * 1e9, 0.03);
    near(`${type} sm`, h.smCount, Number(at(row, "streaming_multiprocessors")), 0);
    near(`${type} base`, h.baseMhz, Number(at(row, "base_clock_mhz")), 0.001);
    near(`${type} boost`, h.boostMhz, Number(at(row, "boost_clock_mhz")), 0.001);
    near(`${type} l2`, h.l2Bytes, Number(at(row, "l2_cache_mb")) * 2 ** 20, 0.001);
    near(
      `${type} tensor`,
      h.peakFlops.bf16 ?? h.peakFlops.fp16,
      Number(at(row, "tensor_tflops")) * 1e12,
      0.01,
    );
    assert.equal(h.releaseYear, Number(at(row, "release_year")), type);
  }
});

mirrorTest("the catalogue agrees with the device files of NeuSight", (dir) => {
  const folder = join(dir, "prediction/neusight/device_configs");
  for (const file of readdirSync(folder).filter((f) => !f.includes("_TP"))) {
    const device = JSON.parse(readFileSync(join(folder, file), "utf8")) as Record<string, number>;
    const name = String(device["Device"]);
    const h = findHardware(name);
    near(`${name} bw`, h.memoryBytesPerS, device["Mem_Bw"]! * 1e9, 0.03);
    near(`${name} sm`, h.smCount, device["Num_Sm"]!, 0);
    near(`${name} l2`, h.l2Bytes, device["L2Cache"]! * 2 ** 20, 0.001);
    near(
      `${name} fp32`,
      h.peakFlops.fp32,
      (device["SingleFLOPs"] ?? device["SingleFLOPsVEC"])! * 1e9,
      0.04,
    );
  }
});
