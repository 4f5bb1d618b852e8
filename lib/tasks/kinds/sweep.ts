import type { Hardware } from "../../hardware/hardware.ts";
import type { Architecture } from "../../models/architecture.ts";
import { type SweepBlock, sweepBlock, type SweepUnit } from "../../prediction/sweep.ts";
import type { TaskKind } from "../kind.ts";

/** What is predicted. */
export interface SweepTaskOptions {
  /** The models, as they are: a configuration may lie in a file. */
  readonly models: readonly Architecture[];
  /** The devices. */
  readonly hardware: readonly Hardware[];
}

/** Predictions: a unit is a model on a device, stored and shared in one way. */
export const kind: TaskKind<SweepTaskOptions, SweepUnit, SweepBlock> = {
  name: "sweep",
  version: 1,
  start: ({ models, hardware }) => (unit) =>
    sweepBlock(models[unit.model]!, hardware[unit.hardware]!, unit),
};
