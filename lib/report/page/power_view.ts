/** What the power figure shows of a span of time. */

import { peakIndices } from "../../figures/decimate.ts";
import { spreadEnergy, stackPower } from "../../figures/phase_bins.ts";
import { energyUpTo, firstNotBefore } from "./cumulate.ts";

/** A trace in the page, with its energy up to each reading. */
export interface OpenTrace {
  readonly timeS: Float64Array;
  readonly powerW: Float64Array;
  readonly sumsJ: Float64Array;
  readonly shape: "line" | "step";
  readonly maxGapS: number;
}

/** Spans of a layer with their energies. */
export interface OpenLayer {
  readonly name: string;
  readonly from: Float64Array;
  readonly to: Float64Array;
  readonly energyJ: Float64Array;
  /** When each was in flight from. */
  readonly inFlightFrom: Float64Array;
  /** Seconds from there to its end. */
  readonly inFlightS: Float64Array;
}

/** Columns to draw. */
export interface PowerView {
  /** Middle of each bin, in seconds on the clock of the tables. */
  readonly timeS: ArrayLike<number>;
  /** Idle power, in watts; of zeros without a trace. */
  readonly idleW: ArrayLike<number>;
  /** Power of each layer. */
  readonly layersW: readonly ArrayLike<number>[];
  /** Power above idle with no layer. */
  readonly restW: ArrayLike<number>;
  /** Mean number of spans of each layer that are in flight. */
  readonly inFlight: readonly ArrayLike<number>[];
  /** Readings, thinned so that no peak is lost; empty without a trace. */
  readonly readings: {
    readonly timeS: ArrayLike<number>;
    readonly powerW: ArrayLike<number | null>;
  };
}

/**
 * Bins of a span of time, and its readings.
 *
 * @param trace The trace, or null: the stack then has the energies alone.
 * @param layers The layers, from below.
 * @param idleW Idle power, in watts.
 * @param fromS Start of the span.
 * @param toS End of it.
 * @param bins Number of bins.
 * @return Columns.
 */
export function powerView(
  trace: OpenTrace | null,
  layers: readonly OpenLayer[],
  idleW: number,
  fromS: number,
  toS: number,
  bins: number,
): PowerView {
  const binS = (toS - fromS) / bins;
  const timeS = Float64Array.from({ length: bins }, (_, i) => fromS + (i + 0.5) * binS);
  const layersJ = layers.map((of) => spreadEnergy(of.from, of.to, of.energyJ, fromS, binS, bins));
  const inFlight = layers.map((of) =>
    spreadEnergy(of.inFlightFrom, of.to, of.inFlightS, fromS, binS, bins).map((seconds) =>
      seconds / binS
    )
  );
  if (trace === null) {
    const none = new Float64Array(bins);
    return {
      timeS,
      idleW: none,
      layersW: layersJ.map((column) => column.map((joules) => joules / binS)),
      restW: none,
      inFlight,
      readings: { timeS: new Float64Array(0), powerW: new Float64Array(0) },
    };
  }
  const upTo = Float64Array.from({ length: bins + 1 }, (_, i) =>
    energyUpTo(
      trace.timeS,
      trace.powerW,
      trace.sumsJ,
      trace.shape,
      trace.maxGapS,
      i === bins ? toS : fromS + i * binS,
    ));
  const measuredW = timeS.map((_, i) => (upTo[i + 1]! - upTo[i]!) / binS);
  // One reading more on either side, so that the line reaches the edges.
  const first = Math.max(0, firstNotBefore(trace.timeS, fromS) - 1);
  const last = Math.min(trace.timeS.length, firstNotBefore(trace.timeS, toS) + 1);
  const kept = peakIndices(trace.powerW.subarray(first, last), bins);
  return {
    timeS,
    ...stackPower(measuredW, idleW, layersJ),
    inFlight,
    readings: {
      timeS: Float64Array.from(kept, (i) => trace.timeS[first + i]!),
      powerW: Float64Array.from(kept, (i) => trace.powerW[first + i]!),
    },
  };
}

/**
 * A layer from its columns.
 *
 * @param name Name for people.
 * @param from Starts of the rows' spans, in seconds.
 * @param to Their ends.
 * @param energyJ Their energies.
 * @param kinds A text for each row; null where the layer has all rows.
 * @param kind The text of the layer's own rows.
 * @param inFlightFrom When the rows were in flight from; by default their starts.
 * @return The layer; other rows have no energy in it.
 */
export function openLayer(
  name: string,
  from: Float64Array,
  to: Float64Array,
  energyJ: Float64Array,
  kinds: ArrayLike<unknown> | null,
  kind: string,
  inFlightFrom: Float64Array = from,
): OpenLayer {
  const own = kinds === null
    ? energyJ
    : energyJ.map((joules, i) => kinds[i] === kind ? joules : NaN);
  const inFlightS = own.map((joules, i) => Number.isNaN(joules) ? NaN : to[i]! - inFlightFrom[i]!);
  return { name, from, to, energyJ: own, inFlightFrom, inFlightS };
}
