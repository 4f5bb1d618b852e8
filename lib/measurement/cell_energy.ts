/** The energy of one cell of a run: by measurement, or its part of a regression over the run. */

import type {
  BatchedAttribution,
  EnergyInterval,
  PhaseEnergies,
} from "../attribution/batched_result.ts";
import { attributeEqualShare, type RequestReason } from "../attribution/equal_share.ts";
import { isSerial } from "../attribution/serial.ts";
import type { Integrator } from "../power/integrate.ts";
import type { RequestLog } from "../requests/log.ts";
import type { RunCell } from "./read_run_folder.ts";
import type { CellEnergy } from "./run_attribution.ts";

/** Idle power that is taken off. */
export interface TakenOff {
  /** Watts. */
  readonly idleW: number;
  /** Half width of its nominal 90 % interval. */
  readonly widthW: number;
}

/** The trace of a run, prepared. */
export interface RunTrace {
  /** All requests. */
  readonly log: RequestLog;
  /** Energy between two moments. */
  readonly power: Integrator;
  /** Seconds measured between two moments. */
  readonly seconds: Integrator;
  /** Idle power; null when it is left in the requests. */
  readonly taken: TakenOff | null;
}

/** Energies of requests while they are found, in the order of the log. */
export interface Columns {
  readonly prefillJ: Float64Array;
  readonly decodeJ: Float64Array;
  readonly energyJ: Float64Array;
  readonly lowJ: Float64Array;
  readonly highJ: Float64Array;
  readonly reasons: (RequestReason | null)[];
}

/** Columns of a log in which no energy is known yet. */
export function emptyColumns(length: number): Columns {
  const column = (): Float64Array => new Float64Array(length).fill(NaN);
  return {
    prefillJ: column(),
    decodeJ: column(),
    energyJ: column(),
    lowJ: column(),
    highJ: column(),
    reasons: new Array<RequestReason | null>(length).fill("no-times"),
  };
}

/** A cell, and what its run's sums need of it. */
export interface CellPart {
  /** The cell. */
  readonly energy: CellEnergy;
  /** Energy while no request was in flight, in joules. */
  readonly restJ: number;
  /** Energy of requests that have none of their own, idle power included, in joules. */
  readonly unattributedJ: number;
  /** Seconds of the others. */
  readonly attributedS: number;
}

/**
 * A cell whose requests get what was measured during them, shared equally where they overlap, less
 * idle power where it is taken off. The width of idle power is in the interval as it is. `log` has
 * the cell's requests, without waits where the engine works at one at a time.
 */
export function measuredCell(
  cell: RunCell,
  log: RequestLog,
  trace: RunTrace,
  columns: Columns,
): CellPart {
  const { power, taken } = trace;
  const span = spanOf(cell, trace);
  const result = attributeEqualShare(power, log);
  const own = result.requests;
  let [prefillS, decodeS, attributedS] = [0, 0, 0];
  cell.rows.forEach((row, i) => {
    columns.reasons[row] = own.reasons[i]!;
    if (own.reasons[i] !== null) return;
    const toFirstS = log.firstTokenS[i]! - log.submitS[i]!;
    const toEndS = log.endS[i]! - log.submitS[i]!;
    const isSplit = !Number.isNaN(own.prefillJ[i]!);
    if (isSplit) {
      prefillS += toFirstS;
      decodeS += toEndS - toFirstS;
      attributedS += toEndS;
    }
    const { idleW, widthW } = taken ?? { idleW: 0, widthW: 0 };
    columns.prefillJ[row] = own.prefillJ[i]! - idleW * toFirstS;
    columns.decodeJ[row] = own.decodeJ[i]! - idleW * (toEndS - toFirstS);
    columns.energyJ[row] = own.energyJ[i]! - idleW * toEndS;
    columns.lowJ[row] = Math.max(0, own.lowJ[i]! - (idleW + widthW) * toEndS);
    columns.highJ[row] = own.highJ[i]! - (idleW - widthW) * toEndS;
  });
  const phase = (energyJ: number, halfJ: number, seconds: number): EnergyInterval => {
    const aboveJ = energyJ - (taken?.idleW ?? 0) * seconds;
    const half = halfJ + (taken?.widthW ?? 0) * seconds;
    // Idle power may take off more than there was.
    return {
      energyJ: aboveJ,
      lowJ: Math.min(aboveJ, Math.max(0, aboveJ - half)),
      highJ: aboveJ + half,
    };
  };
  // The sweep went over the whole trace; outside of the cell there is none of its requests.
  const restJ = result.idleJ - (power.totalJ - span.totalJ);
  return {
    energy: cellEnergy(
      cell,
      methodOf(cell, log),
      span,
      {
        prefill: phase(result.prefillJ, result.halfWidths.prefillJ, prefillS),
        decode: phase(result.decodeJ, result.halfWidths.decodeJ, decodeS),
      },
      trace,
      columns,
      restJ,
    ),
    restJ,
    unattributedJ: result.unattributedJ + result.unsplitJ,
    attributedS,
  };
}

/** How the energy of a measured cell was divided. */
function methodOf({ requests }: RunCell, log: RequestLog): string {
  if (!isSerial(log)) return "equal-share";
  return requests === null || isSerial(requests) ? "serial" : "one-at-a-time";
}

/** A cell that gets its part of a regression over the whole run. */
export function batchedCell(
  cell: RunCell,
  phases: PhaseEnergies,
  { method, requests }: BatchedAttribution,
  trace: RunTrace,
  columns: Columns,
): CellPart {
  for (const row of cell.rows) {
    for (const name of ["prefillJ", "decodeJ", "energyJ", "lowJ", "highJ"] as const) {
      columns[name][row] = requests[name][row]!;
    }
    columns.reasons[row] = requests.reasons[row]!;
  }
  return {
    energy: cellEnergy(cell, method, spanOf(cell, trace), phases, trace, columns, 0),
    restJ: 0,
    unattributedJ: 0,
    attributedS: 0,
  };
}

/** Energies added up, half widths as if they erred together. */
export function addUp(parts: readonly EnergyInterval[]): EnergyInterval {
  const sum = (of: (part: EnergyInterval) => number): number =>
    parts.reduce((total, part) => total + of(part), 0);
  return {
    energyJ: sum(({ energyJ }) => energyJ),
    lowJ: sum(({ lowJ }) => lowJ),
    highJ: sum(({ highJ }) => highJ),
  };
}

interface Span {
  readonly startS: number;
  readonly endS: number;
  readonly totalJ: number;
  readonly seconds: number;
}

/** From the beginning of a cell to its end, or to the last that is known of it. */
function spanOf(cell: RunCell, { power, seconds }: RunTrace): Span {
  const { beginS, loadS, drainedS, requests } = cell;
  const known = [cell.endS, drainedS, loadS, beginS, ...(requests?.endS ?? [])]
    .filter((timeS) => !Number.isNaN(timeS));
  const endS = Number.isNaN(cell.endS) ? Math.max(...known) : cell.endS;
  const between = (of: Integrator): number => of.cumulativeJ(endS) - of.cumulativeJ(beginS);
  return { startS: beginS, endS, totalJ: between(power), seconds: between(seconds) };
}

function cellEnergy(
  cell: RunCell,
  method: string,
  span: Span,
  { prefill, decode }: PhaseEnergies,
  { log, taken }: RunTrace,
  { reasons, prefillJ }: Columns,
  restJ: number,
): CellEnergy {
  let attributed = 0;
  let inputTokens = 0;
  let outputTokens = 0;
  for (const row of cell.rows) {
    if (reasons[row] !== null || Number.isNaN(prefillJ[row]!)) continue;
    attributed++;
    inputTokens += log.inputTokens[row] || 0;
    outputTokens += log.outputTokens[row] || 0;
  }
  const idleJ = taken === null ? restJ : taken.idleW * span.seconds;
  return {
    cell,
    method,
    startS: span.startS,
    endS: span.endS,
    attributed,
    inputTokens,
    outputTokens,
    totalJ: span.totalJ,
    idleJ,
    prefill,
    decode,
    unattributedJ: span.totalJ - idleJ - prefill.energyJ - decode.energyJ,
  };
}
