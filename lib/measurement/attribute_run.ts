import { attributeBatched } from "../attribution/batched.ts";
import { type IdlePower, idlePower } from "../attribution/idle.ts";
import { type IdleRule, shareIdle } from "../attribution/idle_rule.ts";
import { type AttributionMethod, REGRESSION } from "../attribution/methods.ts";
import { type Samples, samplesOf } from "../attribution/samples.ts";
import { withoutWaits } from "../attribution/serial.ts";
import { InputError } from "../errors.ts";
import { type Loss, LossCounter } from "../losses.ts";
import { deviceNames } from "../power/device_name.ts";
import { createIntegrator } from "../power/integrate.ts";
import { sumSeries } from "../power/sum_series.ts";
import { type RequestLog, requestLog } from "../requests/log.ts";
import {
  addUp,
  batchedCell,
  emptyColumns,
  measuredCell,
  type RunTrace,
  type TakenOff,
} from "./cell_energy.ts";
import { centred } from "./centred.ts";
import type { Run, RunCell } from "./read_run_folder.ts";
import type { RunAttribution } from "./run_attribution.ts";
import { runPower } from "./run_power.ts";
import { secondsMeasured } from "./seconds_measured.ts";

/** Options of {@linkcode attributeRun}. */
export interface RunAttributionOptions {
  /** Ids of devices to add up; by default what {@linkcode runPower} takes. */
  readonly devices?: readonly string[];
  /**
   * How power is divided. `auto` (default): cells whose requests never overlap by measurement, as
   * long as the sensor can follow their phases, the others by regression over the whole run. `equal-share`: all power, idle power included, in equal
   * parts to the requests in flight.
   */
  readonly method?: AttributionMethod | "auto" | "equal-share";
  /** Idle power in watts; by default that of the rests, in which no request was in flight. */
  readonly idleW?: number;
  /** What happens to idle energy; by default `unassigned`. */
  readonly idleRule?: IdleRule;
}

/**
 * Divides the energy of a run among its cells, phases and requests.
 *
 * Power and requests of a run folder are on one clock. Idle power is that of the rests between cells;
 * it is taken off everywhere, so that cells can be compared, unless the method is `equal-share` or
 * there were no rests. Serial requests get what was measured between their times, less idle power,
 * in cells whose phases last, in the median, at least twice as long as a reading averages or the step to
 * the next; a slower sensor smears them. Where answers never overlap although requests do,
 * the engine works at one at a time, and a request begins when the one before it ends. All other
 * cells are divided by one regression over the run, as one engine served them.
 *
 * @param run What {@linkcode readRunFolder} gave.
 * @param options Devices, method, idle power.
 * @return Energies of cells, phases and requests, and the proof that they add up.
 * @throws {InputError} `refused` without requests or readings, or when the method cannot divide them.
 *
 * @example
 * ```ts
 * import { attributeRun, type Run } from "@joulebook/joulebook/measurement";
 * import { sampledPower } from "@joulebook/joulebook/power";
 * import { requestLog, windows } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * // 50 W at rest, 150 W while a request is served.
 * const timeS = Float64Array.from({ length: 201 }, (_, i) => i / 10);
 * const powerW = timeS.map((t) => t >= 5 && t < 15 ? 150 : 50);
 * const requests = requestLog({
 *   submitS: Float64Array.of(5),
 *   firstTokenS: Float64Array.of(7),
 *   endS: Float64Array.of(15),
 *   inputTokens: Float64Array.of(100),
 *   outputTokens: Float64Array.of(50),
 *   ids: ["001-c1-r1/1/load/0"],
 * });
 * const run: Run = {
 *   dir: "run",
 *   state: "complete",
 *   status: { version: 1, state: "complete", updatedS: 20, cells: 1, done: 1, sessions: [] },
 *   config: "",
 *   environment: null,
 *   clock: null,
 *   changes: [],
 *   cells: [{
 *     id: "001-c1-r1",
 *     attempt: 1,
 *     state: "done",
 *     beginS: 0,
 *     loadS: 5,
 *     drainedS: 15,
 *     endS: 20,
 *     requests,
 *     rows: [0],
 *     driver: null,
 *     gpus: [],
 *   }],
 *   requests,
 *   power: [sampledPower({ timeS, powerW })],
 *   windows: windows({ names: [], startS: new Float64Array(0), endS: new Float64Array(0) }),
 *   notes: [],
 *   dropped: [],
 * };
 * const { cells: [cell], idle, conservationError } = attributeRun(run);
 * assert.equal(idle.idleW, 50);
 * assert.equal(cell!.idleJ, 1000);
 * assert.ok(Math.abs(cell!.prefill.energyJ - 200) < 10);
 * assert.ok(Math.abs(cell!.decode.energyJ - 800) < 10);
 * assert.ok(conservationError < 1e-9);
 * ```
 */
export function attributeRun(run: Run, options: RunAttributionOptions = {}): RunAttribution {
  const { requests: log } = run;
  if (log === null) {
    throw new InputError({
      code: "refused",
      path: run.dir,
      problem: "no request was sent in this run",
      advice: "go on with it by joulebook measure --resume",
    });
  }
  const power = runPower(run, options.devices);
  const series = sumSeries(power.series);
  const { method = "auto", idleRule = "unassigned" } = options;
  const isShared = method === "equal-share";
  const samples = samplesOf(series);
  const windowS = series.averagingS ?? 0;
  const followedS = 2 * Math.max(windowS, samples.stepS);
  /** The log to measure each cell by; null for cells that are fitted. */
  const measured = run.cells.map(({ requests }) => {
    if (isShared || requests === null) return requests ?? emptyLog;
    const served = method === "auto" ? withoutWaits(requests) : null;
    return served !== null && shortestPhaseS(served) >= followedS ? served : null;
  });
  const batched = !measured.includes(null) ? null : attributeBatched(series, log, {
    method: typeof method === "string" ? REGRESSION : method,
    // One clock stamps samplers and requests; only the sensor's own delay is looked for.
    offsetS: 0,
    groups: groupsOf(run.cells, log.submitS.length),
    ...(options.idleW !== undefined && { idleW: options.idleW }),
  });
  const idle = batched?.idle ?? restingPower(log, samples, options.idleW);
  const taken = isShared ? null : takenOff(idle, batched?.idleW ?? null);
  const whole: RunTrace = {
    log,
    power: createIntegrator(centred(series), { minSamples: 0 }),
    seconds: secondsMeasured(centred(series)),
    taken,
  };
  const columns = emptyColumns(log.submitS.length);
  const parts = run.cells.map((cell, c) =>
    measured[c] !== null
      ? measuredCell(cell, measured[c]!, whole, columns)
      : batchedCell(cell, batched!.groups[c]!, batched!, whole, columns)
  );
  const cells = parts.map(({ energy }) => energy);
  const { totalJ } = whole.power;
  const outsideJ = cells.reduce((left, cell) => left - cell.totalJ, totalJ);
  const prefill = addUp(cells.map((cell) => cell.prefill));
  const decode = addUp(cells.map((cell) => cell.decode));
  const restJ = parts.reduce((sum, part) => sum + part.restJ, 0) + outsideJ;
  const attributedS = parts.reduce((sum, part) => sum + part.attributedS, 0);
  const idleJ = taken === null ? restJ : taken.idleW * whole.seconds.totalJ;
  let unattributedJ = parts.reduce((sum, part) => sum + part.unattributedJ, 0);
  if (batched !== null) {
    // The regression divided all cells; those that were measured leave a difference.
    unattributedJ = batched.unattributedJ + batched.prefill.energyJ + batched.decode.energyJ -
      prefill.energyJ - decode.energyJ;
  } else if (taken !== null) {
    unattributedJ += restJ - taken.idleW * (whole.seconds.totalJ - attributedS);
  }
  const parted = idleJ + unattributedJ + prefill.energyJ + decode.energyJ;
  return {
    series,
    devices: deviceNames(power.series.map(({ device }) => device)),
    basis: power.basis,
    log,
    served: servedLog(log, run.cells, measured),
    idleRule: taken === null ? "in-requests" : idleRule,
    idle,
    cells,
    outsideJ,
    totalJ,
    idleJ,
    prefill,
    decode,
    unattributedJ,
    conservationError: Math.abs(parted - totalJ) / Math.max(1e-300, Math.abs(totalJ)),
    requests: {
      ...columns,
      idleJ: taken === null ? null : shareIdle(log, idleRule, taken.idleW, idleJ, [
        whole.power.startS,
        whole.power.endS,
      ]),
    },
    batched,
    warnings: batched?.warnings ?? [],
    notes: run.notes,
    dropped: [...run.dropped, ...lossesOf(columns.reasons, log)],
  };
}

const emptyLog = requestLog({ submitS: new Float64Array(0) });

/** How many requests have no energy, by reason; those that failed were counted when they were read. */
function lossesOf(
  reasons: readonly (string | null)[],
  { success }: RequestLog,
): readonly Loss[] {
  const losses = new LossCounter();
  for (const [row, reason] of reasons.entries()) {
    if (reason !== null && success[row] !== 0) losses.add(reason, row + 1);
  }
  return losses.list();
}

/** All requests, with the starts of those cells that are measured. */
function servedLog(
  log: RequestLog,
  cells: readonly RunCell[],
  measured: readonly (RequestLog | null)[],
): RequestLog {
  const submitS = log.submitS.slice();
  cells.forEach(({ rows }, c) => {
    rows.forEach((row, i) => {
      const startS = measured[c]?.submitS[i] ?? NaN;
      if (!Number.isNaN(startS)) submitS[row] = startS;
    });
  });
  return requestLog({ ...log, submitS });
}

/** Number of the cell of each request. */
function groupsOf(cells: readonly RunCell[], requests: number): Uint32Array {
  // Requests of no cell, which there should not be, are a group of their own.
  const groups = new Uint32Array(requests).fill(cells.length);
  cells.forEach(({ rows }, c) => rows.forEach((row) => groups[row] = c));
  return groups;
}

/** The shorter of the median prefill and the median decode; 0 where neither is known. */
function shortestPhaseS({ submitS, firstTokenS, endS }: RequestLog): number {
  const median = (values: readonly number[]): number => {
    const known = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
    return known[known.length >> 1] ?? 0;
  };
  const prefillS = median(Array.from(firstTokenS, (first, i) => first - submitS[i]!));
  const decodeS = median(Array.from(endS, (end, i) => end - firstTokenS[i]!));
  return Math.min(prefillS, decodeS);
}

/** Idle power from the readings with no request around them. */
function restingPower(log: RequestLog, samples: Samples, givenW: number | undefined): IdlePower {
  const { timeS, powerW, averagingS, stepS } = samples;
  const windowS = averagingS ?? 0;
  const centreS = timeS.map((time) => time - windowS / 2);
  return idlePower(log, centreS, powerW, windowS, stepS, givenW);
}

/** What is taken off; null when no idle power is known, not even by bounds. */
function takenOff(idle: IdlePower, boundW: number | null): TakenOff | null {
  if (!Number.isNaN(idle.idleW)) return { idleW: idle.idleW, widthW: idle.widthW };
  return boundW === null ? null : { idleW: boundW, widthW: boundW };
}
