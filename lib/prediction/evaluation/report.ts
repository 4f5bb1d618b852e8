/** One report of all held-out tests on the published data. */

import { mainOperators } from "../main_operators.ts";
import type { Quantities } from "../predict_network.ts";
import { type Accuracy, accuracy, type PredictedPair } from "./accuracy.ts";
import type { BenchRequests } from "./inference_bench.ts";
import { comparedMethods, compareHeldOut } from "./compare.ts";
import { crossConformal } from "./cross_conformal.ts";
import { heldBack } from "./dominated_rows.ts";
import { elanaFewShot, type ElanaPhases } from "./elana_rows.ts";
import { type EnergaizerCases, heldOutFamilies, unseenDevices } from "./energaizer_protocol.ts";
import { type LabelNoise, labelNoise } from "./label_noise.ts";
import type { LeaderboardRows } from "./ml_energy_rows.ts";
import { heldOutPowerLimits, type PowerLimitRun } from "./power_limit.ts";
import { heldOutServing, refittedServing, type ScoredServing } from "./serving_protocol.ts";

/** Accuracy of one method on one split. */
export interface SplitReport {
  /** Data set. */
  readonly data: string;
  /** What was held out, in words. */
  readonly split: string;
  /** Method; ours is `joulebook`. */
  readonly method: string;
  /** Latency. */
  readonly latency: Accuracy;
  /** Power. */
  readonly power: Accuracy;
  /** Energy, always power x time. */
  readonly energy: Accuracy;
}

/** A report over data sets. */
export interface EvaluationReport {
  /** One entry a split and method. */
  readonly splits: readonly SplitReport[];
  /** Rows left out, by data set and reason. */
  readonly left: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Spread of repeated measurements by data set. */
  readonly noise: Readonly<Record<string, LabelNoise>>;
}

interface Scored {
  readonly predicted: Quantities;
  readonly measured: Quantities;
  readonly group: string;
  readonly regime: string;
  readonly operators: readonly string[];
}

const keys = ["timeS", "powerW", "energyJ"] as const;

/**
 * Runs every held-out test on EnergAIzer's rows: families, devices, both, other clocks, and other
 * methods on the same splits.
 *
 * @param cases The rows.
 * @return The report.
 *
 * @example
 * ```ts
 * import { energaizerCases, evaluateEnergaizer } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const head = "set,gpu,model,config,precision,batch,seq,freq_set_mhz,time_ms_per_iter,avg_power_w";
 * const cases = energaizerCases(head + "\na10,A10,net,,fp32,1,16,900,1,100\n", new Map());
 * const { left } = evaluateEnergaizer(cases);
 * assert.equal(left["energaizer"]?.["other precision than the kernel lists"], 1);
 * ```
 */
export function evaluateEnergaizer(cases: EnergaizerCases): EvaluationReport {
  const { runs } = cases;
  const fixed = runs.filter(({ set }) => set !== "dvfs");
  const ours = heldOutFamilies(runs).map(({ run, predicted }): Scored & { set: string } => ({
    predicted,
    measured: run,
    group: run.family,
    regime: predicted.hostBound ? "host" : "device",
    operators: mainOperators(run.kernels, run.target, run.coreMhz),
    set: run.set,
  }));
  const isConv = (s: Scored) => /resnet|mobilevit/.test(s.group);
  const data = "energaizer";
  const plain = (
    scored: readonly { run: (typeof runs)[number]; predicted: Quantities }[],
    set: string,
  ) =>
    scored.filter(({ run }) => run.set === set).map(({ run, predicted }) => ({
      predicted,
      measured: run,
    }));
  const names: Readonly<Record<string, string>> = {
    a100: "A100 at 900 MHz",
    a10: "A10 at 900 MHz",
    dvfs: "A100 at 510 to 1410 MHz from 900 MHz",
  };
  const splits: SplitReport[] = [];
  const intervals = (set: readonly (Scored & { set: string })[], name: string, method: string) =>
    splits.push(withIntervals(set, { data, split: name, method }));
  const atFixed = ours.filter(({ set }) => set !== "dvfs");
  intervals(atFixed, "family; both devices", "joulebook");
  for (const set of ["a100", "a10", "dvfs"]) {
    const rows = ours.filter((s) => s.set === set);
    splits.push(
      withoutIntervals(rows, { data, split: `family; ${names[set]}`, method: "joulebook" }),
    );
    for (const method of comparedMethods) {
      const scored = compareHeldOut(method, runs);
      splits.push(
        withoutIntervals(plain(scored, set), { data, split: `family; ${names[set]}`, method }),
      );
    }
    if (set !== "dvfs") {
      const parts = [
        ["without convolutions", (s: Scored) => !isConv(s)],
        ["convolutions", isConv],
        ["host-bound", (s: Scored) => s.regime === "host"],
        ["device-bound", (s: Scored) => s.regime === "device"],
      ] as const;
      for (const [part, wanted] of parts) {
        const split = `family; ${names[set]}; ${part}`;
        splits.push(withoutIntervals(rows.filter(wanted), { data, split, method: "joulebook" }));
      }
    }
  }
  const one = plain(heldOutFamilies(runs, { oneMeasurement: true }), "dvfs");
  splits.push(withoutIntervals(one, {
    data,
    split: `family; ${names["dvfs"]}, one run at 900 MHz given`,
    method: "joulebook",
  }));
  for (const unseenFamily of [false, true]) {
    const scored = unseenDevices(fixed, { unseenFamily });
    for (const set of ["a100", "a10"]) {
      const split = `device${unseenFamily ? " and family" : ""}; ${names[set]}`;
      splits.push(withoutIntervals(plain(scored, set), { data, split, method: "joulebook" }));
    }
  }
  return {
    splits,
    left: { [data]: cases.left },
    noise: {
      [data]: labelNoise(
        fixed.map((run) => ({ ...run, key: `${run.hardware} ${run.workload} ${run.coreMhz}` })),
      ),
    },
  };
}

/**
 * Runs every held-out test on the leaderboard's rows: models, architectures, and from one device to
 * the other both ways. Rows of a device that something other than the hardware holds back
 * ({@linkcode heldBack}) stay in, and are also shown apart.
 *
 * @param leaderboard The rows.
 * @return The report.
 *
 * @example
 * ```ts
 * import { evaluateLeaderboard, loadLeaderboardRows } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const empty = loadLeaderboardRows("task,model_id\ntext-to-image,a/b\n");
 * assert.equal(evaluateLeaderboard(empty).left["ml-energy"]?.["images and video made"], 1);
 * ```
 */
export function evaluateLeaderboard(leaderboard: LeaderboardRows): EvaluationReport {
  const data = "ml-energy";
  const ids = [...new Set(leaderboard.rows.map(({ hardware }) => hardware))];
  const main = ids.map((id) => leaderboard.rows.filter((row) => row.hardware === id))
    .reduce((most, rows) => rows.length > most.length ? rows : most, []);
  const id = main[0]?.hardware ?? "";
  const describe = ({ row, predicted, measured }: ScoredServing): Scored => ({
    predicted,
    measured,
    group: row.architecture,
    regime: "serving",
    operators: [],
  });
  const splits = (["model", "architecture"] as const).map((key) =>
    withIntervals(heldOutServing(main, key).map(describe), {
      data,
      split: `${key}; ${id}`,
      method: "joulebook",
    })
  );
  for (const other of ids) {
    if (other === id) continue;
    const rows = leaderboard.rows.filter(({ hardware }) => hardware === other);
    const add = (scored: readonly ScoredServing[], split: string) =>
      splits.push(
        withoutIntervals(scored.map(describe), { data, split, method: "joulebook" }),
      );
    const across = (from: string) => heldOutServing([...main, ...rows], "hardware", { from });
    const scored = across(id), slow = heldBack(rows, main);
    const split = `device; ${id} to ${other}`;
    add(scored, split);
    add(scored.filter(({ row }) => !slow.has(row)), `${split}; not held back`);
    add(
      scored.filter(({ row }) => slow.has(row)),
      `${split}; held back: a lesser device is faster`,
    );
    add(refittedServing(main, rows), `${split}, five rows given`);
    add(across(other), `device; ${other} to ${id}`);
  }
  return {
    splits,
    left: {
      [data]: {
        "images and video made": leaderboard.otherTask,
        "unknown network": leaderboard.unknownModel,
      },
    },
    noise: {
      [data]: labelNoise(leaderboard.rows.map((row) => ({
        key: `${row.hardware} ${row.model} ${row.task} ${row.devices} ${Math.round(row.batch)}`,
        timeS: row.timeS,
        powerW: row.powerW,
        energyJ: row.jPerToken,
      }))),
    },
  };
}

/**
 * Errors on ELANA's phases, each device apart: from specifications, and with two rows given.
 *
 * @param elana The phases beside their predictions.
 * @return The report.
 *
 * @example
 * ```ts
 * import { shippedModel } from "@joulebook/joulebook/models";
 * import { elanaPhases, evaluateElana } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const csv = "device,n_gpu,batch_size,prompt_len,gen_len,model,ttft_ms,j_per_prompt,tpot_ms," +
 *   "j_per_token\nA6000,1,1,512,512,Llama-3.1-8B,94.3,25.91,24.84,6.8\n";
 * const { splits } = evaluateElana(elanaPhases(csv, shippedModel));
 * assert.deepEqual(splits.map(({ split }) => split), ["device; A6000; prefill", "device; A6000; decode"]);
 * ```
 */
export function evaluateElana(elana: ElanaPhases): EvaluationReport {
  const data = "elana";
  const splits: SplitReport[] = [];
  const forms = [["", elana.phases], [", two rows given", elanaFewShot(elana.phases)]] as const;
  for (const [form, phases] of forms) {
    for (const [name, group] of Map.groupBy(phases, (p) => `${p.device}; ${p.phase}`)) {
      splits.push(
        withoutIntervals(group, { data, split: `device; ${name}${form}`, method: "joulebook" }),
      );
    }
  }
  return { splits, left: { [data]: { "model not shipped": elana.unknownModel } }, noise: {} };
}

/**
 * Errors on power-limit sweeps: the run at the highest limit is given, the lower limits are predicted.
 *
 * @param runs Runs of several devices.
 * @return The report.
 *
 * @example
 * ```ts
 * import { evaluatePowerLimits, loadPowerLimits } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const csv = "dataset,network,batch_size,optimizer,power_limit,time_per_epoch,average_power\n" +
 *   "d,n,8,adam,100,12,95\nd,n,8,adam,250,10,200\n";
 * const runs = ["v100-pcie-32", "a40"].flatMap((id) => loadPowerLimits(csv, id));
 * assert.equal(evaluatePowerLimits(runs).splits.length, 2); // a device each
 * ```
 */
export function evaluatePowerLimits(runs: readonly PowerLimitRun[]): EvaluationReport {
  const scored = heldOutPowerLimits(runs).map(({ run, predicted }) => ({
    predicted,
    measured: run.measured,
    hardware: run.hardware,
  }));
  const splits = [...Map.groupBy(scored, (s) => s.hardware)].map(([id, group]) =>
    withoutIntervals(group, {
      data: "zeus",
      split: `device; lower power limits of ${id}`,
      method: "joulebook",
    })
  );
  return { splits, left: {}, noise: {} };
}

/**
 * Errors on LLM-Inference-Bench's vLLM rows, each device apart; power where it was published.
 *
 * @param bench The requests beside their predictions.
 * @return The report; energy is that of the rows with power.
 *
 * @example
 * ```ts
 * import { evaluateBench } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const one = { hardware: "l4", predictedS: 2, measuredS: 2, predictedW: 60, measuredW: NaN };
 * const { splits } = evaluateBench({ requests: [one], left: {} });
 * assert.equal(splits[0]?.latency.mape, 0);
 * assert.equal(splits[0]?.power.count, 0);
 * ```
 */
export function evaluateBench({ requests, left }: BenchRequests): EvaluationReport {
  const data = "llm-inference-bench";
  const splits = [...Map.groupBy(requests, (r) => r.hardware)].map(([id, group]): SplitReport => {
    const powered = group.filter((r) => !Number.isNaN(r.measuredW));
    return {
      data,
      split: `device; vLLM requests on ${id}`,
      method: "joulebook",
      latency: accuracy(
        group.map((r) => ({ predicted: r.predictedS, measured: r.measuredS })),
      ),
      power: accuracy(powered.map((r) => ({ predicted: r.predictedW, measured: r.measuredW }))),
      energy: accuracy(powered.map((r) => ({
        predicted: r.predictedW * r.predictedS,
        measured: r.measuredW * r.measuredS,
      }))),
    };
  });
  return { splits, left: { [data]: left }, noise: {} };
}

type Names = Pick<SplitReport, "data" | "split" | "method">;

function withoutIntervals(
  scored: readonly Pick<Scored, "predicted" | "measured">[],
  names: Names,
): SplitReport {
  const [latency, power, energy] = keys.map((key) =>
    accuracy(scored.map((s) => ({ predicted: s.predicted[key], measured: s.measured[key] })))
  );
  return { ...names, latency: latency!, power: power!, energy: energy! };
}

function withIntervals(scored: readonly Scored[], names: Names): SplitReport {
  const [latency, power, energy] = keys.map((key) => {
    const pairs: PredictedPair[] = crossConformal(scored.map((s) => ({
      predicted: s.predicted[key],
      measured: s.measured[key],
      group: s.group,
      regime: s.regime,
      operators: s.operators,
    })));
    return accuracy(pairs);
  });
  return { ...names, latency: latency!, power: power!, energy: energy! };
}
