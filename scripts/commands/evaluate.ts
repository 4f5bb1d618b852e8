/** `joulebook evaluate`: fits and held-out tests of the predictor on published measurements. */

import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { InputError } from "../../lib/errors.ts";
import type { Accuracy } from "../../lib/prediction/evaluation/accuracy.ts";
import { energaizerCases } from "../../lib/prediction/evaluation/energaizer_protocol.ts";
import { evaluateKernels } from "../../lib/prediction/evaluation/evaluate_kernels.ts";
import { loadGemms, loadNeusightKernels } from "../../lib/prediction/evaluation/kernel_rows.ts";
import { loadLeaderboardRows } from "../../lib/prediction/evaluation/ml_energy_rows.ts";
import { shippedModel, shippedModelIds } from "../../lib/models/shipped.ts";
import { elanaPhases } from "../../lib/prediction/evaluation/elana_rows.ts";
import { loadPowerLimits } from "../../lib/prediction/evaluation/power_limit.ts";
import { benchRequests } from "../../lib/prediction/evaluation/inference_bench.ts";
import {
  evaluateBench,
  evaluateElana,
  evaluateEnergaizer,
  evaluateLeaderboard,
  evaluatePowerLimits,
  type EvaluationReport,
} from "../../lib/prediction/evaluation/report.ts";
import { type Command, printJson, UsageError } from "../command.ts";
import { textTable } from "../text_table.ts";

const sets = [
  "energaizer",
  "ml-energy",
  "elana",
  "zeus",
  "llm-inference-bench",
  "neusight",
  "aiconfigurator",
];

/** Neighbouring shapes differ little: a tenth of the products tells as much in a tenth of the time. */
const gemmStride = 10;

// Matrix products with power; each device is predicted from the other one's coefficients.
const gemmTables = [
  { folder: "h200_sxm", id: "h200-sxm-141", from: "b200-sxm-180" },
  { folder: "b200_sxm", id: "b200-sxm-180", from: "h200-sxm-141" },
];

// Boards whose highest limit in the sweeps tells the variant.
const zeusBoards: Readonly<Record<string, string>> = {
  v100: "v100-pcie-32",
  a40: "a40",
  p100: "p100-pcie-16",
  rtx6000: "quadro-rtx6000",
};

const usage = `joulebook evaluate [--data DIR] [--set NAME] [--as-traced] [--json]

  --data DIR     a copy of the published data, as \`datasets pull\` makes it; default:
                 JOULEBOOK_MIRROR
  --set NAME     one of energaizer, ml-energy, elana, zeus, llm-inference-bench, neusight (single
                 kernels, time) and aiconfigurator (single matrix products, time and power)
  --as-traced    take EnergAIzer's kernel lists as published, without putting back missing kernels
  --json         splits[]: data, split, method, and count, mape, mdape, coverage, kendallTau of
                 latency, power and energy; left: rows left out by reason; noise

What is held out is never in a fit: a family on every device, a device, both, a clock. Rows faster
than their roofline are dropped and counted; capped rows are predicted but never fitted.`;

/** The command. */
export const command: Command = {
  name: "evaluate",
  summary: "test the predictor on published measurements that its fits have not seen",
  usage,
  async run(args, io) {
    const { values } = parseArgs({
      args,
      options: {
        data: { type: "string" },
        set: { type: "string" },
        "as-traced": { type: "boolean" },
        json: { type: "boolean" },
      },
    });
    if (values.set !== undefined && !sets.includes(values.set)) {
      throw new UsageError(`--set must be one of ${sets.join(", ")}`);
    }
    const mirror = process.env["JOULEBOOK_MIRROR"];
    const dir = values.data ?? mirror;
    if (dir === undefined) {
      throw new UsageError("give --data DIR, or set JOULEBOOK_MIRROR to a copy of the data");
    }
    const reports: EvaluationReport[] = [];
    const measured = join(dir, "prediction/energaizer/energaizer_measured.csv");
    const asked = (name: string) => values.set === undefined || values.set === name;
    if (asked("energaizer") && wanted(measured, values.set)) {
      const folder = join(dir, "prediction/energaizer/workloads/all");
      const workloads = new Map(
        readdirSync(folder).sort().map((name) => [name, readFileSync(join(folder, name), "utf8")]),
      );
      const cases = energaizerCases(readFileSync(measured, "utf8"), workloads, {
        repair: values["as-traced"] !== true,
      });
      reports.push(evaluateEnergaizer(cases));
    }
    const leaderboard = join(
      dir,
      "prediction/ml-energy_leaderboard/ml_energy_v3_configs.csv",
    );
    if (asked("ml-energy") && wanted(leaderboard, values.set)) {
      reports.push(evaluateLeaderboard(loadLeaderboardRows(readFileSync(leaderboard, "utf8"))));
    }
    const shipped = new Set(shippedModelIds());
    const modelOf = (id: string) => shipped.has(id) ? shippedModel(id) : null;
    const elana = join(dir, "elana/elana_tables.csv");
    if (asked("elana") && wanted(elana, values.set)) {
      reports.push(evaluateElana(elanaPhases(readFileSync(elana, "utf8"), modelOf)));
    }
    const bench = ["All_results", "power_results"].map((name) =>
      join(dir, `prediction/llm-inference-bench/${name}.csv`)
    );
    if (asked("llm-inference-bench") && bench.every((path) => wanted(path, values.set))) {
      // The second table repeats a few runs with their power.
      const [times, powers] = bench.map((path) =>
        benchRequests(readFileSync(path, "utf8"), modelOf)
      );
      reports.push(evaluateBench(times!));
      const { splits } = evaluateBench(powers!);
      reports.push({
        splits: splits.map((s) => ({ ...s, split: `${s.split}, with power` })),
        left: {},
        noise: {},
      });
    }
    const limits = Object.entries(zeusBoards).map(([name, id]) => ({
      path: join(dir, `prediction/zeus/summary_power_${name}.csv`),
      id,
    }));
    if (asked("zeus") && limits.every(({ path }) => wanted(path, values.set))) {
      reports.push(evaluatePowerLimits(
        limits.flatMap(({ path, id }) => loadPowerLimits(readFileSync(path, "utf8"), id)),
      ));
    }
    const neusight = join(dir, "prediction/neusight/neusight_kernels.csv.gz");
    if (asked("neusight") && wanted(neusight, values.set)) {
      const { kernels, left } = loadNeusightKernels(gunzipSync(readFileSync(neusight)).toString());
      const splits = evaluateKernels(kernels, { data: "neusight" });
      reports.push({ splits, left: { neusight: left }, noise: {} });
    }
    for (const { folder, id, from } of gemmTables) {
      const name = `${folder}/gemm/vllm/0.22.0/gemm_perf.parquet`;
      const path = join(dir, "prediction/aiconfigurator/power_parquet", name);
      if (!asked("aiconfigurator") || !wanted(path, values.set)) continue;
      const file = await asyncBufferFromFile(path);
      const all = loadGemms(await parquetReadObjects({ file, compressors }), id);
      const kernels = all.kernels.filter((_, i) => i % gemmStride === 0);
      const left = { ...all.left, "outside the stride": all.kernels.length - kernels.length };
      const data = "aiconfigurator";
      const splits = evaluateKernels(kernels, { data, from });
      reports.push({ splits, left: { [`${data}, ${id}`]: left }, noise: {} });
    }
    if (reports.length === 0) {
      throw new InputError({
        code: "not-found",
        path: dir,
        problem: "none of the published tables is there",
        advice: "joulebook datasets pull 'prediction/**' 'elana/**'",
      });
    }
    const report = {
      splits: reports.flatMap(({ splits }) => splits),
      left: Object.assign({}, ...reports.map(({ left }) => left)) as EvaluationReport["left"],
      noise: Object.assign({}, ...reports.map(({ noise }) => noise)) as EvaluationReport["noise"],
    };
    if (values.json === true) {
      printJson(io, report);
      return 0;
    }
    let last = "";
    const ruleBefore: number[] = [];
    const rows = report.splits.map((s, i) => {
      const title = `${s.data}: ${s.split}`;
      if (i > 0 && title !== last) ruleBefore.push(i);
      const row = [
        title === last ? "" : title,
        s.method,
        String(s.latency.count),
        ...[s.latency, s.power, s.energy].flatMap(cells),
      ];
      last = title;
      return row;
    });
    io.out(textTable(
      [
        "held out",
        "method",
        "rows",
        "latency %",
        "in 90 %",
        "power %",
        "in 90 %",
        "energy %",
        "in 90 %",
      ],
      rows,
      { ruleBefore },
    ));
    io.out("\nmean absolute percentage error (median); share of rows inside their 90 % interval\n");
    for (const [data, counts] of Object.entries(report.left)) {
      for (const [reason, count] of Object.entries(counts)) {
        io.out(`${data}: ${count} rows left out, ${reason}\n`);
      }
    }
    for (const [data, n] of Object.entries(report.noise)) {
      io.out(
        `${data}: ${n.groups} measurements were repeated and lie ${n.timePercent.toFixed(1)} % ` +
          `(time), ${n.powerPercent.toFixed(1)} % (power), ${
            n.energyPercent.toFixed(1)
          } % (energy) ` +
          "from their median\n",
      );
    }
    return 0;
  },
};

function cells(a: Accuracy): string[] {
  return [
    a.count === 0 ? "–" : `${a.mape.toFixed(1)} (${a.mdape.toFixed(1)})`,
    Number.isNaN(a.coverage) ? "–" : (100 * a.coverage).toFixed(0),
  ];
}

// A set that was asked for must be there; one of all may be missing.
function wanted(path: string, set: string | undefined): boolean {
  if (existsSync(path)) return true;
  if (set === undefined) return false;
  throw new InputError({ code: "not-found", path, problem: "the published table is not there" });
}
