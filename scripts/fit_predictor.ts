// deno-lint-ignore-file no-console
/**
 * Fits the predictor to the published measurements and writes datasets/prediction/coefficients.json:
 * `JOULEBOOK_MIRROR=DIR deno run -A scripts/fit_predictor.ts`. Deterministic: the same data gives the
 * same file.
 */

import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findHardware } from "../lib/hardware/mod.ts";
import { shippedModel, shippedModelIds } from "../lib/models/shipped.ts";
import type { IntervalFactors, PredictorCoefficients } from "../lib/prediction/coefficients.ts";
import { conformalFactor } from "../lib/prediction/evaluation/conformal.ts";
import { energaizerCases } from "../lib/prediction/evaluation/energaizer_protocol.ts";
import {
  heldOutFamilies,
  type ScoredRun,
  unseenDevices,
} from "../lib/prediction/evaluation/energaizer_protocol.ts";
import { benchRequests } from "../lib/prediction/evaluation/inference_bench.ts";
import { loadGemms } from "../lib/prediction/evaluation/kernel_rows.ts";
import { loadLeaderboardRows } from "../lib/prediction/evaluation/ml_energy_rows.ts";
import { heldOutServing } from "../lib/prediction/evaluation/serving_protocol.ts";
import { fitPower } from "../lib/prediction/fit/fit_power.ts";
import { fitTime, type TimeRow } from "../lib/prediction/fit/fit_time.ts";
import { mainOperators } from "../lib/prediction/main_operators.ts";
import type { Quantities } from "../lib/prediction/predict_network.ts";
import { powerTermNames, powerTerms, sumPower } from "../lib/prediction/power_terms.ts";
import { transferPower } from "../lib/prediction/power_transfer.ts";
import { fitServing, stepForms } from "../lib/prediction/serving/fit.ts";
import { targetOf } from "../lib/prediction/target.ts";

const mirror = Deno.env.get("JOULEBOOK_MIRROR");
if (mirror === undefined) {
  console.error("set JOULEBOOK_MIRROR to the folder of published data");
  Deno.exit(2);
}
const dir = join(mirror, "prediction");
const read = (path: string): string => readFileSync(join(dir, path), "utf8");

// Kernel lists: A100 PCIe and A10 at 900 MHz; other clocks are for tests only.
const workloads = new Map(
  readdirSync(join(dir, "energaizer/workloads/all")).sort()
    .map((name) => [name, read(`energaizer/workloads/all/${name}`)]),
);
const cases = energaizerCases(read("energaizer/energaizer_measured.csv"), workloads);
const train = cases.runs.filter(({ set }) => set !== "dvfs");
const time = fitTime(train);
const power = Object.fromEntries(
  ["a100-pcie-40", "a10"].map((id) => [
    id,
    fitPower(train.filter((run) => run.hardware === id), time.byDevice[id]!),
  ]),
);

// Matrix products on newer chips: a fixed stride through the rows that stay clear of the cap.
const sources = [];
const newer: TimeRow[] = [];
for (const [folder, id] of [["h200_sxm", "h200-sxm-141"], ["b200_sxm", "b200-sxm-180"]] as const) {
  const path = `aiconfigurator/power_parquet/${folder}/gemm/vllm/0.22.0/gemm_perf.parquet`;
  const file = await asyncBufferFromFile(join(dir, path));
  const rows = await parquetReadObjects({ file, compressors }) as Record<string, unknown>[];
  const target = targetOf(findHardware(id));
  const gemms = loadGemms(rows, id);
  const all = gemms.kernels.map(({ kernel, limitW, ...measured }) => ({
    ...measured,
    kernels: [kernel],
    coreMhz: target.maxMhz,
    // Timed back to back on the device: launches are hidden.
    hostLaunchS: 0,
    share: measured.powerW / limitW,
  }));
  const free = all.filter(({ share }) => share < 0.9);
  const sample = free.filter((_, i) => i % 20 === 0);
  newer.push(...sample);
  // Long streaming products: memory is the only limit, and what NVML's averaging leaves out of a
  // burst can only lower a reading, so the upper quarter is nearest to the truth.
  const streaming = free.filter(({ kernels, timeS }) => kernels[0]!.m <= 16 && timeS > 1e-4)
    .sort((x, y) => y.powerW - x.powerW);
  const prior = transferPower(
    findHardware("a100-pcie-40"),
    power["a100-pcie-40"]!,
    findHardware(id),
  );
  const ratios = streaming.slice(0, streaming.length >> 2).map((row) => {
    const terms = powerTerms(row.kernels, target, target.maxMhz, {
      timeS: row.timeS,
      deviceS: row.timeS,
    });
    const bytesW = prior.jPerMatrixByte * terms[powerTermNames.indexOf("jPerMatrixByte")]!;
    const othersW = sumPower(terms, prior, target.idleW(target.maxMhz)) - bytesW;
    return (row.powerW - othersW) / bytesW;
  }).sort((x, y) => x - y);
  const ratio = ratios[ratios.length >> 1]!;
  power[id] = {
    ...prior,
    jPerMatrixByte: prior.jPerMatrixByte * ratio,
    jPerOtherByte: prior.jPerOtherByte * ratio,
  };
  sources.push({
    name: path,
    used: sample.length + streaming.length,
    left: {
      ...gemms.left,
      "near the power cap": all.length - free.length,
      "outside the stride": free.length - sample.length,
    },
  });
}
const asynchronousKeys = [
  "matrixEfficiency",
  "matrixMemoryEfficiency",
  "loopClocks",
  "tileBytes",
  "lastWaveShare",
  "largeTileBias",
] as const;
const timeByArchitecture = Object.fromEntries(
  [["Hopper", "h200-sxm-141"], ["Blackwell", "b200-sxm-180"]].map(([architecture, id]) => {
    const { shared } = fitTime(newer.filter(({ target }) => target.id === id), {
      from: time.shared,
      // Back to back, these kernels start faster than those of an eager network: fitted, not kept.
      only: [...asynchronousKeys, "kernelClocks"],
    });
    const kept = Object.fromEntries(asynchronousKeys.map((key) => [key, shared[key]]));
    return [architecture, { ...time.shared, ...kept }];
  }),
);

const leaderboard = loadLeaderboardRows(read("ml-energy_leaderboard/ml_energy_v3_configs.csv"));
const servingId = "h100-sxm-80";
const servingRows = leaderboard.rows.filter(({ hardware }) => hardware === servingId);
const serving = stepForms.map((form) => fitServing(servingRows, form));

// Intervals: errors on families, devices and architectures that the fit had not seen.
const factors = (
  pairs: readonly { predicted: Quantities; measured: Quantities }[],
): IntervalFactors => {
  const of = (key: keyof Quantities) =>
    conformalFactor(pairs.map((p) => Math.log(p.predicted[key] / p.measured[key])));
  return { timeS: of("timeS"), powerW: of("powerW"), energyJ: of("energyJ") };
};
const scored: readonly ScoredRun[] = heldOutFamilies(cases.runs)
  .filter(({ run }) => run.set !== "dvfs");
const conv = ({ run }: ScoredRun) =>
  mainOperators(run.kernels, run.target, run.coreMhz).includes("conv");
const other = leaderboard.rows.filter(({ hardware }) => hardware !== servingId);

const fitted = {
  provenance: {
    script: "scripts/fit_predictor.ts",
    sources: [
      {
        name: "energaizer/energaizer_measured.csv (yifueve/energaizer-ispass26-artifact, MIT)",
        used: train.length,
        left: { ...cases.left, "other clocks": cases.runs.length - train.length },
      },
      ...sources,
      {
        name: "ml-energy_leaderboard/ml_energy_v3_configs.csv",
        used: servingRows.length,
        left: {
          "other device": other.length,
          "images and video made": leaderboard.otherTask,
          "unknown network": leaderboard.unknownModel,
        },
      },
    ],
  },
  time: time.shared,
  timeByArchitecture,
  timeByDevice: time.byDevice,
  power,
  serving,
  kernelIntervals: {
    deviceBound: factors(scored.filter((s) => !s.predicted.hostBound && !conv(s)).map(pair)),
    hostBound: factors(scored.filter((s) => s.predicted.hostBound && !conv(s)).map(pair)),
    convolutions: factors(scored.filter(conv).map(pair)),
    otherHardware: factors(unseenDevices(train).map(pair)),
  },
  servingHardware: [servingId],
};
const unknown: IntervalFactors = { timeS: NaN, powerW: NaN, energyJ: NaN };
const withoutIntervals = {
  ...fitted,
  servingIntervals: { fittedHardware: unknown, otherHardware: unknown },
} as unknown as PredictorCoefficients;
// On other devices: the leaderboard's other device, and vLLM requests on two more for their time.
const otherServing = heldOutServing(leaderboard.rows, "hardware", {
  from: servingId,
  coefficients: withoutIntervals,
});
const shipped = new Set(shippedModelIds());
const bench = benchRequests(
  read("llm-inference-bench/All_results.csv"),
  (id) => shipped.has(id) ? shippedModel(id) : null,
  { coefficients: withoutIntervals },
);
const elsewhere = bench.requests.filter(({ hardware }) => hardware !== servingId);
const coefficients = {
  ...fitted,
  provenance: {
    ...fitted.provenance,
    sources: [...fitted.provenance.sources, {
      name: "llm-inference-bench/All_results.csv (intervals on other devices only)",
      used: elsewhere.length,
      left: bench.left,
    }],
  },
  servingIntervals: {
    fittedHardware: factors(heldOutServing(servingRows, "architecture")),
    otherHardware: {
      ...factors(otherServing),
      timeS: conformalFactor([
        ...otherServing.map((s) => Math.log(s.predicted.timeS / s.measured.timeS)),
        ...elsewhere.map((r) => Math.log(r.predictedS / r.measuredS)),
      ]),
    },
  },
};
const rounded = JSON.stringify(
  coefficients,
  (_key, value) =>
    typeof value === "number"
      ? Number.isFinite(value) ? Number(value.toPrecision(6)) : null
      : value,
  1,
);
const out = new URL("../datasets/prediction/coefficients.json", import.meta.url);
writeFileSync(out, rounded + "\n");
console.log(rounded.slice(rounded.indexOf('"kernelIntervals"')));

function pair({ run, predicted }: ScoredRun) {
  const { timeS, powerW, energyJ } = predicted;
  return {
    predicted: { timeS, powerW, energyJ },
    measured: { timeS: run.timeS, powerW: run.powerW, energyJ: run.energyJ },
  };
}
