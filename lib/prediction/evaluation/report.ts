/** Reports of held-out tests on the published data. */

import { accuracy } from "./accuracy.ts";
import type { BenchRequests } from "./inference_bench.ts";
import { heldBack } from "./dominated_rows.ts";
import { elanaFewShot, type ElanaPhases } from "./elana_rows.ts";
import { labelNoise } from "./label_noise.ts";
import type { LeaderboardRows } from "./ml_energy_rows.ts";
import { heldOutPowerLimits, type PowerLimitRun } from "./power_limit.ts";
import { heldOutServing, refittedServing, type ScoredServing } from "./serving_protocol.ts";
import {
  type EvaluationReport,
  type Scored,
  type SplitReport,
  withIntervals,
  withoutIntervals,
} from "./split_report.ts";

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
