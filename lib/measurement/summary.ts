import { InputError } from "../errors.ts";
import { summariseLatency } from "../metrics/latency.ts";
import { joulesPerKwh } from "../metrics/units.ts";
import { deviceNames } from "../power/device_name.ts";
import { createIntegrator, type Integrator } from "../power/integrate.ts";
import { sumIntegrators } from "../power/sum.ts";
import { pickRequests } from "../requests/pick.ts";
import { centred } from "./centred.ts";
import { loadRows } from "./load_rows.ts";
import type { Run, RunCell } from "./read_run_folder.ts";
import type { DriverCost } from "./records.ts";
import { type RunPower, runPower } from "./run_power.ts";
import type { MeasureSettings } from "./settings.ts";

/** Sums of one cell. */
export interface CellSummary {
  /** Id of the cell. */
  readonly cell: string;
  /** Which run of it. */
  readonly attempt: number;
  /** Whether it was run whole. */
  readonly state: RunCell["state"];
  /** From the first request to the last, in seconds. */
  readonly durationS: number | null;
  /** Requests of the load. */
  readonly requests: number;
  /** Those that failed. */
  readonly failed: number;
  /** Prompt tokens of those that did not; null when the server did not count. */
  readonly inputTokens: number | null;
  /** Their output tokens. */
  readonly outputTokens: number | null;
  /** Output tokens a second. */
  readonly tokensPerS: number | null;
  /** Median time to first token, in seconds. */
  readonly ttftP50S: number | null;
  /** Its 95th percentile. */
  readonly ttftP95S: number | null;
  /** Median time per output token, in seconds. */
  readonly tpotP50S: number | null;
  /** Energy from the first request to the last, idle included, in joules. */
  readonly energyJ: number | null;
  /** Lower end of its nominal 90 % interval. */
  readonly lowJ: number | null;
  /** Upper end. */
  readonly highJ: number | null;
  /** Mean power in the rest before, in watts. */
  readonly idleW: number | null;
  /** Joules per output token. */
  readonly jPerOutputToken: number | null;
  /** Money for the energy at the PUE, where a tariff is given. */
  readonly cost: number | null;
  /** Grams of CO2 at the PUE, where an intensity is given. */
  readonly carbonG: number | null;
  /** Why there is no energy. */
  readonly reason: string | null;
  /** What the driver and the samplers in its process took; null where that is not known. */
  readonly driver: DriverCost | null;
}

/** Sums of a run. */
export interface RunSummary {
  /** Devices whose energy this is. */
  readonly devices: readonly string[];
  /** Whether the energy was measured, or worked out from a declared power; null without any. */
  readonly basis: "measured" | "modelled" | null;
  /** Power usage effectiveness that cost and carbon are for; null: as metered. */
  readonly pue: number | null;
  /** Code of the money. */
  readonly currency: string;
  /** Each run of each cell. */
  readonly cells: readonly CellSummary[];
}

/**
 * Sums of a run: latencies, tokens, and the energy of each cell. Measured series are taken before
 * modelled ones, and the two are never added up. Energy of requests and phases is what
 * `joulebook attribute` is for.
 *
 * @param run The run.
 * @param settings Its settings, for PUE, tariff and carbon.
 * @return A row for each run of a cell.
 *
 * @example
 * ```ts
 * import { parseMeasureConfig, type Run, summarise } from "@joulebook/joulebook/measurement";
 * import { sampledPower } from "@joulebook/joulebook/power";
 * import { requestLog, windows } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const requests = requestLog({
 *   submitS: Float64Array.of(1),
 *   firstTokenS: Float64Array.of(1.5),
 *   endS: Float64Array.of(3),
 *   outputTokens: Float64Array.of(10),
 *   ids: ["001-c1-r1/1/load/0"],
 * });
 * const run: Run = {
 *   dir: "run",
 *   state: "complete",
 *   status: { version: 1, state: "complete", updatedS: 4, cells: 1, done: 1, sessions: [] },
 *   config: "",
 *   environment: null,
 *   clock: null,
 *   changes: [],
 *   cells: [{
 *     id: "001-c1-r1",
 *     attempt: 1,
 *     state: "done",
 *     beginS: 0,
 *     loadS: 1,
 *     drainedS: 3,
 *     endS: 4,
 *     requests,
 *     rows: [0],
 *     driver: null,
 *     gpus: [],
 *   }],
 *   requests,
 *   power: [sampledPower({
 *     timeS: Float64Array.of(0, 1, 2, 3, 4),
 *     powerW: Float64Array.of(50, 50, 50, 50, 50),
 *   })],
 *   windows: windows({ names: [], startS: new Float64Array(0), endS: new Float64Array(0) }),
 *   notes: [],
 *   dropped: [],
 * };
 * const settings = parseMeasureConfig(
 *   '{name: a, model: m, endpoint: {url: "http://127.0.0.1:9/v1"}}',
 *   "a.yaml",
 * );
 * const [cell] = summarise(run, settings).cells;
 * assert.equal(cell!.energyJ, 100);
 * assert.equal(cell!.jPerOutputToken, 10);
 * assert.equal(cell!.tokensPerS, 5);
 * ```
 */
export function summarise(run: Run, settings: MeasureSettings): RunSummary {
  let power: RunPower | null = null;
  let reason = "";
  try {
    power = runPower(run);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    reason = error.found === undefined ? error.problem : `${error.problem} (${error.found})`;
  }
  const whole = power === null
    ? null
    : sumIntegrators(power.series.map((series) => createIntegrator(centred(series))));
  return {
    devices: deviceNames(power?.series.map(({ device }) => device) ?? []),
    basis: power?.basis ?? null,
    pue: settings.pue,
    currency: settings.currency,
    cells: run.cells.map((cell) => cellSummary(cell, whole, reason, settings)),
  };
}

function cellSummary(
  cell: RunCell,
  whole: Integrator | null,
  noPower: string,
  settings: MeasureSettings,
): CellSummary {
  const log = cell.requests === null ? null : pickRequests(cell.requests, loadRows(cell.requests));
  const requests = log?.submitS.length ?? 0;
  const good = log?.success.reduce((sum, ok) => sum + ok, 0) ?? 0;
  const tokens = (column: Float64Array | undefined): number | null => {
    let sum = 0;
    for (let i = 0; i < requests; i++) if (log!.success[i] === 1) sum += column![i]!;
    return good > 0 && Number.isFinite(sum) ? sum : null;
  };
  const latency = log === null ? null : summariseLatency(log, [50, 95]);
  const isWhole = cell.drainedS > cell.loadS;
  const estimate = whole === null || !isWhole ? null : whole.estimate(cell.loadS, cell.drainedS);
  const idle = whole === null || !(settings.load.idleS > 0)
    ? null
    : whole.estimate(cell.beginS, cell.beginS + settings.load.idleS);
  const energyJ = estimate?.energyJ ?? null;
  const outputTokens = tokens(log?.outputTokens);
  const durationS = isWhole ? cell.drainedS - cell.loadS : null;
  const kwh = energyJ === null ? null : energyJ * (settings.pue ?? 1) / joulesPerKwh;
  const per = (a: number | null, b: number | null): number | null =>
    a === null || b === null || b === 0 ? null : a / b;
  const times = (a: number | null, b: number | null): number | null =>
    a === null || b === null ? null : a * b;
  return {
    cell: cell.id,
    attempt: cell.attempt,
    state: cell.state,
    durationS,
    requests,
    failed: requests - good,
    inputTokens: tokens(log?.inputTokens),
    outputTokens,
    tokensPerS: per(outputTokens, durationS),
    ttftP50S: latency?.ttftS.percentiles["p50"] ?? null,
    ttftP95S: latency?.ttftS.percentiles["p95"] ?? null,
    tpotP50S: latency?.tpotS.percentiles["p50"] ?? null,
    energyJ,
    lowJ: estimate?.lowJ ?? null,
    highJ: estimate?.highJ ?? null,
    idleW: per(idle?.energyJ ?? null, settings.load.idleS),
    jPerOutputToken: per(energyJ, outputTokens),
    cost: times(kwh, settings.tariffPerKwh),
    carbonG: times(kwh, settings.carbonGPerKwh),
    reason: energyJ !== null
      ? null
      : whole === null
      ? noPower
      : isWhole
      ? estimate!.reason
      : "the cell was not run whole",
    driver: cell.driver,
  };
}
