import { readRequests } from "../../formats/read_requests.ts";
import type { Hardware } from "../../hardware/hardware.ts";
import type { Architecture } from "../../models/architecture.ts";
import { type ReplayCase, replayCase } from "../../prediction/replay/case.ts";
import type { ReplayOptions } from "../../prediction/replay/options.ts";
import type { LatencyTarget } from "../../prediction/replay/latency_target.ts";
import type { InputFile } from "../input_file.ts";
import type { TaskKind } from "../kind.ts";

/** What is replayed. */
export interface ReplayTaskOptions {
  /** The request trace. */
  readonly file: InputFile;
  /** Its format, when detection should not decide. */
  readonly format: string | null;
  /** The model, as it is. */
  readonly model: Architecture;
  /** Bounds on latency; null when numbers of replicas are given. */
  readonly target: LatencyTarget | null;
}

/** One case: a device and settings. */
export interface ReplayUnit {
  /** The device. */
  readonly hardware: Hardware;
  /** Settings. */
  readonly options: ReplayOptions;
}

/** Modelled serving runs: a unit is a device with settings. */
export const kind: TaskKind<ReplayTaskOptions, ReplayUnit, ReplayCase> = {
  name: "replay",
  version: 1,
  async start({ file, format, model, target }) {
    const { log } = await readRequests(file.path, format);
    return ({ hardware, options }) => replayCase(log, model, hardware, target, options);
  },
};
