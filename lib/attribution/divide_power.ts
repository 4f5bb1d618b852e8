import type { Timeline } from "../requests/timeline.ts";
import { type CostModel, fromCoefficients } from "./cost_model.ts";
import { divide, type Division } from "./divide.ts";
import type { Fit, Placement } from "./fit.ts";
import { type LocalScale, localScale } from "./local_scale.ts";
import type { AttributionMethod } from "./methods.ts";
import { averagedPower } from "./modelled.ts";

/** Seconds over which the local factor is averaged. */
const SMOOTH_S = 1;
/** Local factors outside are taken for faults of the model. */
const SCALE_RANGE = [0.5, 2] as const;

/** Energies for one idle power, in the order of each timeline. */
export interface DividedPower {
  /** What work costs. */
  readonly costs: CostModel;
  /** The fit; null for methods that do not fit. */
  readonly fit: Fit | null;
  /** Local factor on all costs. */
  readonly scale: LocalScale;
  /** Factor that makes the parts add up to the energy measured. */
  readonly closure: number;
  /** Idle power times the time measured, in joules. */
  readonly idleJ: number;
  /** Energy above idle where the model has no work, in joules. */
  readonly unattributedJ: number;
  /** For each timeline. */
  readonly divisions: readonly Division[];
}

/** Readings whose power is divided, and what was measured by them. */
export interface MeasuredSpan {
  /** Energy, in joules. */
  readonly totalJ: number;
  /** Seconds in which it was measured. */
  readonly measuredS: number;
  /** Longest step that is bridged. */
  readonly maxGapS: number;
  /** Readings before which a step was not measured, however short. */
  readonly unmeasuredBefore: ReadonlySet<number>;
  /** First of the readings that count; those before and behind only help to smooth. */
  readonly from: number;
  /** Behind the last of them. */
  readonly to: number;
}

/**
 * Divides the power of readings above idle: by costs, scaled to the measured power locally, and once
 * more in all so that the parts add up.
 *
 * @param idleW Idle power.
 * @param method How.
 * @param fit The costs that were fitted; null for a method with its own.
 * @param span Which readings, and what was measured.
 * @param timelines The engines.
 * @param placement The readings.
 * @return The energies.
 */
export function dividePower(
  idleW: number,
  method: AttributionMethod,
  fit: Fit | null,
  span: MeasuredSpan,
  timelines: readonly Timeline[],
  placement: Placement,
): DividedPower {
  const { centreS, powerW } = placement;
  const { from, to } = span;
  const costs = method.costs ?? fromCoefficients(fit!.costs);
  const isFitted = fit !== null;
  const modelW = averagedPower(timelines, costs, centreS, isFitted ? placement.averagingS : null);
  const scale = localScale(centreS, powerW, idleW, modelW, {
    smoothS: isFitted ? SMOOTH_S : 0,
    range: isFitted ? SCALE_RANGE : [-Infinity, Infinity],
  });
  scale.factor.fill(0, 0, from);
  scale.factor.fill(0, to);
  // Where the model has no work the power above idle has no owner.
  let unattributedJ = 0;
  for (let i = from; i < to; i++) {
    if (modelW[i]! > 1e-9) continue;
    const cell = bridgedStepS(span, centreS, i) + bridgedStepS(span, centreS, i + 1);
    unattributedJ += (powerW[i]! - idleW) * cell / 2;
  }
  const idleJ = idleW * span.measuredS;
  const divisions = timelines.map((line) => divide(line, costs, scale, method.stepRule));
  const divided = divisions.reduce((sum, division) => sum + division.total, 0);
  const closure = divided > 0 ? (span.totalJ - idleJ - unattributedJ) / divided : 0;
  if (divided <= 0) unattributedJ = span.totalJ - idleJ;
  return { costs, fit, scale, closure, idleJ, unattributedJ, divisions };
}

/** Length of the step that ends at a reading; 0 where there is none, or it is not bridged. */
export function bridgedStepS(
  span: Pick<MeasuredSpan, "maxGapS" | "unmeasuredBefore">,
  centreS: Float64Array,
  i: number,
): number {
  if (i < 1 || i >= centreS.length || span.unmeasuredBefore.has(i)) return 0;
  const lengthS = centreS[i]! - centreS[i - 1]!;
  return lengthS <= span.maxGapS ? lengthS : 0;
}
