/** Power-limit sweeps of training runs (Zeus): what a cap does to time, power and energy. */

import { findHardware } from "../../hardware/find.ts";
import { solveOperatingPoint } from "../operating_point.ts";
import { cappedShare } from "../predict_kernels.ts";
import type { Quantities } from "../predict_network.ts";
import { type Target, targetOf } from "../target.ts";

/** A run at a power limit beside the same run at the highest limit. */
export interface PowerLimitRun {
  /** Id of the catalogue. */
  readonly hardware: string;
  /** Network, data set, batch and optimiser. */
  readonly workload: string;
  /** Power limit, W. */
  readonly limitW: number;
  /** Measured, of an epoch. */
  readonly measured: Quantities;
  /** The same at the highest limit. */
  readonly free: Quantities;
}

/**
 * Reads one of Zeus's `summary_power_*.csv`.
 *
 * @param csv Text of the table.
 * @param hardware Id of the catalogue.
 * @return Every run but those at the highest limit, which are what is given.
 *
 * @example
 * ```ts
 * import { loadPowerLimits } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const csv = "dataset,network,batch_size,optimizer,power_limit,time_per_epoch,average_power\n" +
 *   "d,n,8,adam,100,12,95\nd,n,8,adam,250,10,200\n";
 * const [run] = loadPowerLimits(csv, "v100-pcie-32");
 * assert.equal(run?.limitW, 100);
 * assert.equal(run?.free.timeS, 10);
 * ```
 */
export function loadPowerLimits(csv: string, hardware: string): PowerLimitRun[] {
  const [head, ...lines] = csv.trim().split(/\r?\n/);
  const names = head!.split(",");
  const rows = lines.map((line) => {
    const cells = line.split(",");
    const text = (name: string): string => cells[names.indexOf(name)] ?? "";
    const timeS = Number(text("time_per_epoch")), powerW = Number(text("average_power"));
    return {
      workload: ["network", "dataset", "batch_size", "optimizer"].map(text).join(" "),
      limitW: Number(text("power_limit")),
      measured: { timeS, powerW, energyJ: timeS * powerW },
    };
  });
  return [...Map.groupBy(rows, (row) => row.workload).values()].flatMap((group) => {
    const free = group.reduce((a, b) => b.limitW > a.limitW ? b : a);
    return group.filter((row) => row !== free)
      .map((row) => ({ ...row, hardware, free: free.measured }));
  });
}

/**
 * What a run takes at a lower limit: power above idle goes with V^2 f, a share of the time with 1/f,
 * and the clock is solved for.
 *
 * @param run The run; only its `free` side and its limit are read.
 * @param target The device.
 * @param clockShare Share of the time at the highest clock that goes with the clock.
 * @return The prediction.
 *
 * @example
 * ```ts
 * import { findHardware } from "@joulebook/joulebook/hardware";
 * import { predictPowerLimit, targetOf } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const free = { timeS: 10, powerW: 200, energyJ: 2000 };
 * const target = targetOf(findHardware("v100-pcie-32"));
 * const p = predictPowerLimit({ free, limitW: 125 }, target, 0.7);
 * assert.ok(p.powerW <= 125 && p.timeS > 10 && p.energyJ < 2000);
 * ```
 */
export function predictPowerLimit(
  { free, limitW }: Pick<PowerLimitRun, "free" | "limitW">,
  target: Target,
  clockShare: number,
): Quantities {
  const top = target.maxMhz;
  const idleW = Math.min(target.idleW(top), 0.9 * free.powerW);
  const at = (mhz: number) => {
    const timeS = free.timeS * (1 - clockShare + clockShare * top / mhz);
    const drive = (target.voltage(mhz) / target.voltage(top)) ** 2;
    // The same work takes the same switching energy at a voltage, whatever the clock.
    const aboveW = (free.powerW - idleW) * drive * free.timeS / timeS;
    return { timeS, powerW: idleW + aboveW };
  };
  const { timeS, powerW } = solveOperatingPoint(at, { coreMhz: top, capW: limitW * cappedShare });
  return { timeS, powerW, energyJ: timeS * powerW };
}

/**
 * Predicts every device's runs with the clock share that fits the other devices best.
 *
 * @param runs Runs of several devices.
 * @return Predictions beside measurements.
 */
export function heldOutPowerLimits(
  runs: readonly PowerLimitRun[],
): { readonly run: PowerLimitRun; readonly predicted: Quantities }[] {
  const targets = new Map(
    [...new Set(runs.map((run) => run.hardware))].map((id) => [id, targetOf(findHardware(id))]),
  );
  return [...targets].flatMap(([id, target]) => {
    const train = runs.filter((run) => run.hardware !== id);
    let best = 0.5, least = Infinity;
    for (let share = 0; share <= 1; share += 0.05) {
      const cost = train.reduce((sum, run) => {
        const { timeS } = predictPowerLimit(run, targets.get(run.hardware)!, share);
        return sum + Math.abs(Math.log(timeS / run.measured.timeS));
      }, 0);
      if (cost < least) [best, least] = [share, cost];
    }
    return runs.filter((run) => run.hardware === id)
      .map((run) => ({ run, predicted: predictPowerLimit(run, target, best) }));
  });
}
