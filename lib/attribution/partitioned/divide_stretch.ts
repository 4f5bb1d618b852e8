import type { RequestLog } from "../../requests/log.ts";
import { checkAttribution } from "../checks.ts";
import { wholeComposition } from "../composition.ts";
import { coverage, type GapIndex, gapsBefore } from "../coverage.ts";
import { type DividedPower, dividePower } from "../divide_power.ts";
import type { RequestReason } from "../equal_share.ts";
import type { Fit } from "../fit.ts";
import { costCovariance, excessMisfit } from "../intervals.ts";
import type { AttributionMethod } from "../methods.ts";
import { type PhaseCompositions, RequestVariances } from "../request_interval.ts";
import type { AttributionWarning } from "../warning.ts";
import type { ServerSettings } from "./calibrate.ts";
import { edgesOf, type PlacedStretch, placeStretch, type Stretch } from "./stretch.ts";

/** Reasons as numbers, for columns; 0 is none. */
export const reasonCodes: readonly (RequestReason | null)[] = [
  null,
  "no-times",
  "edges-not-bracketed",
  "gap-too-long",
];

/**
 * What requests used within a stretch, as columns. A request that reaches over an edge has a piece
 * in each stretch; pieces of one request are added.
 */
export interface RequestPieces {
  /** Name of each request. */
  readonly ids: readonly string[];
  /** When it was sent: with its name what tells it from others. */
  readonly submitS: Float64Array;
  /** When its last token came. */
  readonly endS: Float64Array;
  /** Joules up to its first token, within the stretch. */
  readonly prefillJ: Float64Array;
  /** Joules behind it, within the stretch. */
  readonly decodeJ: Float64Array;
  /** Half width of the nominal 90 % interval of both together; NaN where nothing was fitted. */
  readonly halfJ: Float64Array;
  /** Why it has no energy, as an index into {@linkcode reasonCodes}. */
  readonly reason: Uint8Array;
  /** 1 where the request goes on in the next stretch. */
  readonly goesOn: Uint8Array;
}

/** Energy of one stretch of one server. */
export interface StretchEnergies {
  /** Readings that belong to it. */
  readonly readings: number;
  /** Energy measured, in joules. */
  readonly totalJ: number;
  /** Seconds in which it was measured. */
  readonly measuredS: number;
  /** Idle power times that, in joules. */
  readonly idleJ: number;
  /** Energy above idle where the log tells of no work, in joules. */
  readonly unattributedJ: number;
  /** Half width of the nominal 90 % interval of all prefills. */
  readonly prefillHalfJ: number;
  /** The same of all decodes. */
  readonly decodeHalfJ: number;
  /** What requests used. */
  readonly pieces: RequestPieces;
  /** Doubts. */
  readonly warnings: readonly AttributionWarning[];
}

/**
 * Divides the energy of one stretch by costs that were fitted to all. What was measured in the
 * stretch adds up by itself: idle + unattributed + pieces = total.
 *
 * @param stretch Readings and requests.
 * @param settings What is known of the server; null when none of its stretches has enough readings.
 * @param method How the power above idle is divided.
 * @param fit The fit over all stretches; null for a method with its own costs.
 * @return The energies.
 */
export function divideStretch(
  stretch: Stretch,
  settings: ServerSettings | null,
  method: AttributionMethod,
  fit: Fit | null,
): StretchEnergies {
  const placed = settings === null ? null : placeStretch(stretch, settings);
  const pieces = new PieceColumns();
  const empty = placed === null || placed.from === placed.to ||
    (method.costs === null && fit === null);
  if (empty) {
    addUncovered(pieces, stretch);
    return {
      readings: 0,
      totalJ: 0,
      measuredS: 0,
      idleJ: 0,
      unattributedJ: 0,
      prefillHalfJ: 0,
      decodeHalfJ: 0,
      pieces: pieces.columns(),
      warnings: [],
    };
  }
  const { placement, timelines, from, to } = placed;
  const { idle } = settings!;
  const used = method.costs === null ? fit : null;
  const part = dividePower(idle.idleW, method, used, placed, timelines, placement);
  const excess = used === null
    ? 1
    : excessMisfit(used.misfit, placement.averagingS, placement.stepS);
  const variances = used === null ? null : new RequestVariances(
    costCovariance(
      used,
      excess,
      settings!.moved.map((ratios) => used.costs.map((cost, c) => cost * (ratios[c] ?? 1))),
    ),
    wholeComposition(part.divisions),
    used.misfit,
    excess,
    timelines,
  );
  const sums = { prefill: new Float64Array(5), decode: new Float64Array(5) };
  addPieces(pieces, stretch, placed, part, variances, sums);
  const half = (composition: Float64Array): number => {
    if (variances === null) return NaN;
    const sum = composition.reduce((a, b) => a + b, 0);
    return sum > 0
      ? 1.645 * sum * Math.sqrt(variances.relative(composition.map((x) => x / sum)))
      : 0;
  };
  const columns = pieces.columns();
  const prefillJ = columns.prefillJ.reduce((a, b) => a + b, 0);
  const prefillHalfJ = half(sums.prefill);
  return {
    readings: to - from,
    totalJ: placed.totalJ,
    measuredS: placed.measuredS,
    idleJ: part.idleJ,
    unattributedJ: part.unattributedJ,
    prefillHalfJ,
    decodeHalfJ: half(sums.decode),
    pieces: columns,
    warnings: stretch.log === null || timelines.length === 0 ? [] : checkAttribution({
      log: stretch.log,
      timelines,
      alignment: {
        centreLagS: settings!.centreLagS,
        widthS: settings!.widthS,
        drift: 0,
        atS: stretch.fromS,
        averagingS: placement.averagingS,
        windowsS: [placement.averagingS],
        r2: settings!.alignmentR2,
        runnerUp: null,
        overlap: 1,
      },
      idle,
      fit: used,
      prefill: {
        energyJ: prefillJ,
        lowJ: prefillJ - prefillHalfJ,
        highJ: prefillJ + prefillHalfJ,
      },
      placement: "together",
      estimatedEnds: 0,
      stepS: placement.stepS,
      uncovered: 0,
    }),
  };
}

function addPieces(
  pieces: PieceColumns,
  stretch: Stretch,
  placed: PlacedStretch,
  part: DividedPower,
  variances: RequestVariances | null,
  sums: PhaseCompositions,
): void {
  const { placement, timelines, from, to, maxGapS } = placed;
  const { centreS } = placement;
  const log = stretch.log;
  if (log === null) return;
  const gaps = gapsBefore(centreS, maxGapS, placed.unmeasuredBefore);
  const firstS = centreS[0]!;
  const lastS = centreS.at(-1)!;
  const [begin, end] = edgesOf(placed);
  // Requests outside its readings still belong to the stretch whose time they fall in.
  const beginS = Number.isFinite(begin) ? begin : stretch.fromS;
  const endS = Number.isFinite(end) ? end : stretch.toS;
  const seen = new Uint8Array(log.submitS.length);
  timelines.forEach((line, t) => {
    const division = part.divisions[t]!;
    const { windows } = line;
    for (let k = 0; k < windows.request.length; k++) {
      const i = windows.request[k]!;
      seen[i] = 1;
      const start = windows.prefillS[k]!;
      const stop = windows.endS[k]!;
      if (!(stop >= beginS && start < endS)) continue;
      // What lies in the margin is the neighbour's to judge.
      const reason = coverage(
        from > 0 ? Math.max(start, firstS) : start,
        to < centreS.length ? Math.min(stop, lastS) : stop,
        [firstS, lastS],
        withinGaps(gaps, beginS, endS),
      );
      const prefill = division.prefill[k]! * part.closure;
      const decode = division.decode[k]! * part.closure;
      const both = prefill + decode;
      const decodeS = stop - windows.firstTokenS[k]!;
      const halfJ = variances === null
        ? NaN
        : both > 0
        ? 1.645 * both * Math.sqrt(variances.of(division, k, prefill, decode, decodeS, sums).both)
        : 0;
      pieces.add(log, i, prefill, decode, halfJ, reason, stop >= endS);
    }
  });
  addUnplaced(pieces, log, stretch, seen);
}

/** Gaps that reach into the stretch. */
function withinGaps({ startS, endS }: GapIndex, fromS: number, toS: number): GapIndex {
  const inside = startS.map((_, g) => g).filter((g) => endS[g]! > fromS && startS[g]! < toS);
  return { startS: inside.map((g) => startS[g]!), endS: inside.map((g) => endS[g]!) };
}

/** Requests without times or counts belong to the stretch in which they were sent. */
function addUnplaced(
  pieces: PieceColumns,
  log: RequestLog,
  { fromS, toS }: Stretch,
  seen: Uint8Array,
): void {
  for (let i = 0; i < seen.length; i++) {
    if (seen[i] === 1 || !(log.submitS[i]! >= fromS && log.submitS[i]! < toS)) continue;
    pieces.add(log, i, 0, 0, NaN, "no-times", false);
  }
}

/** Without readings no request of the stretch has an energy. */
function addUncovered(pieces: PieceColumns, { log, fromS, toS }: Stretch): void {
  if (log === null) return;
  for (let i = 0; i < log.submitS.length; i++) {
    const submitS = log.submitS[i]!;
    const endS = log.endS[i]!;
    if (!(submitS < toS && (endS >= fromS || (Number.isNaN(endS) && submitS >= fromS)))) continue;
    const reason = Number.isNaN(endS) ? "no-times" : "edges-not-bracketed";
    pieces.add(log, i, 0, 0, NaN, reason, endS >= toS);
  }
}

class PieceColumns {
  readonly #ids: string[] = [];
  readonly #numbers: number[][] = [[], [], [], [], []];
  readonly #reason: number[] = [];
  readonly #goesOn: number[] = [];

  add(
    log: RequestLog,
    i: number,
    prefillJ: number,
    decodeJ: number,
    halfJ: number,
    reason: RequestReason | null,
    goesOn: boolean,
  ): void {
    this.#ids.push(log.ids?.[i] ?? String(i));
    [log.submitS[i]!, log.endS[i]!, prefillJ, decodeJ, halfJ].forEach((value, c) =>
      this.#numbers[c]!.push(value)
    );
    this.#reason.push(reasonCodes.indexOf(reason));
    this.#goesOn.push(goesOn ? 1 : 0);
  }

  columns(): RequestPieces {
    const [submitS, endS, prefillJ, decodeJ, halfJ] = this.#numbers.map((
      values,
    ) => Float64Array.from(values));
    return {
      ids: this.#ids,
      submitS: submitS!,
      endS: endS!,
      prefillJ: prefillJ!,
      decodeJ: decodeJ!,
      halfJ: halfJ!,
      reason: Uint8Array.from(this.#reason),
      goesOn: Uint8Array.from(this.#goesOn),
    };
  }
}
