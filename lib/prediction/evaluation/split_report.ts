import type { Quantities } from "../predict_network.ts";
import { type Accuracy, accuracy, type PredictedPair } from "./accuracy.ts";
import { crossConformal } from "./cross_conformal.ts";
import type { LabelNoise } from "./label_noise.ts";

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

/** A row that was predicted, with what its interval depends on. */
export interface Scored {
  /** The prediction. */
  readonly predicted: Quantities;
  /** The measurement. */
  readonly measured: Quantities;
  /** What was held out together. */
  readonly group: string;
  /** What bounds it. */
  readonly regime: string;
  /** Operators in it. */
  readonly operators: readonly string[];
}

const keys = ["timeS", "powerW", "energyJ"] as const;

/** What a split is called. */
export type SplitNames = Pick<SplitReport, "data" | "split" | "method">;

/** Accuracy of predictions without intervals. */
export function withoutIntervals(
  scored: readonly Pick<Scored, "predicted" | "measured">[],
  names: SplitNames,
): SplitReport {
  const [latency, power, energy] = keys.map((key) =>
    accuracy(scored.map((s) => ({ predicted: s.predicted[key], measured: s.measured[key] })))
  );
  return { ...names, latency: latency!, power: power!, energy: energy! };
}

/** Accuracy of predictions and of their cross-conformal intervals. */
export function withIntervals(scored: readonly Scored[], names: SplitNames): SplitReport {
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
