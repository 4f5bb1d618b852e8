/** A generated run of a sweep over closed-loop concurrencies, its true energies known. */

import type { Run, RunCell } from "../../lib/measurement/read_run_folder.ts";
import { pickRequests } from "../../lib/requests/mod.ts";
import { sampledPower } from "../../lib/power/mod.ts";
import {
  CHAT_WORKLOAD,
  type LengthDistribution,
  observeLog,
  readSensor,
  type RequestLog,
  requestLog,
  type SensorModel,
  simulateServing,
  windows,
} from "../../lib/requests/mod.ts";

/** A run, and what it truly took. */
export interface GeneratedRun {
  readonly run: Run;
  /** True energy above idle of each cell's requests, in joules. */
  readonly truth: readonly { readonly prefillJ: number; readonly decodeJ: number }[];
  /** True idle power in watts. */
  readonly idleW: number;
}

/** Seconds of rest before and after each cell. */
const restS = 5;

/** Makes a run with a cell for each concurrency, one after another. */
export function generateRun(
  concurrencies: readonly number[],
  sensor: SensorModel,
  seed = 1,
  input: Partial<LengthDistribution> = {},
): GeneratedRun {
  const timeS: number[] = [];
  const powerW: number[] = [];
  const logs: RequestLog[] = [];
  const cells:
    (Omit<RunCell, "requests" | "rows" | "driver" | "gpus"> & { readonly requests: number })[] = [];
  const truth: { prefillJ: number; decodeJ: number }[] = [];
  let idleW = 0;
  let startS = 1_000_000;
  concurrencies.forEach((clients, c) => {
    const id = `00${c + 1}-c${clients}-r1`;
    const simulated = simulateServing({
      seed: seed + c,
      workload: {
        arrivals: { kind: "closed", clients },
        input: { ...CHAT_WORKLOAD.input, ...input },
      },
      durationS: 30,
      marginS: restS,
    });
    const device = simulated.devices[0]!;
    const moveS = startS - device.startS;
    const { series } = readSensor(device, sensor, { seed: seed + 100 + c });
    // Where two cells meet, the jitter of a poll must not turn time back.
    series.timeS.forEach((time, i) => {
      if (time + moveS <= (timeS.at(-1) ?? 0)) return;
      timeS.push(time + moveS);
      powerW.push(series.powerW[i]!);
    });
    const log = moved(
      observeLog(simulated.log, { seed, tokenTimes: true }).log,
      moveS,
      `${id}/1/load/`,
    );
    const { prefillJ, decodeJ } = simulated.truth.shapley;
    const sum = (column: Float64Array): number => column.reduce((a, b) => a + b, 0);
    truth.push({ prefillJ: sum(prefillJ), decodeJ: sum(decodeJ) });
    idleW = device.idleW;
    const endS = device.endS + moveS;
    cells.push({
      id,
      attempt: 1,
      state: "done",
      beginS: startS,
      loadS: startS + restS,
      drainedS: endS - restS,
      endS,
      requests: log.submitS.length,
    });
    logs.push(log);
    startS = endS;
  });
  const all = joined(logs);
  let first = 0;
  const run: Run = {
    dir: "generated",
    state: "complete",
    status: {
      version: 1,
      state: "complete",
      updatedS: startS,
      cells: cells.length,
      done: cells.length,
      sessions: [],
    },
    config: "",
    environment: null,
    clock: null,
    changes: [],
    cells: cells.map(({ requests, ...cell }) => {
      const rows = Array.from({ length: requests }, () => first++);
      return { ...cell, rows, requests: pickRequests(all, rows), driver: null, gpus: [] };
    }),
    requests: all,
    power: [
      sampledPower({ timeS: Float64Array.from(timeS), powerW: Float64Array.from(powerW) }, {
        reading: "average",
        averagingS: sensor.averagingS,
      }),
    ],
    windows: windows({ names: [], startS: new Float64Array(0), endS: new Float64Array(0) }),
    notes: [],
    dropped: [],
  };
  return { run, truth, idleW };
}

function moved(log: RequestLog, byS: number, prefix: string): RequestLog {
  const by = (times: Float64Array): Float64Array => times.map((time) => time + byS);
  return requestLog({
    ...log,
    clock: "epoch",
    submitS: by(log.submitS),
    firstTokenS: by(log.firstTokenS),
    endS: by(log.endS),
    tokenTimes: log.tokenTimes && { ...log.tokenTimes, timeS: by(log.tokenTimes.timeS) },
    ids: Array.from(log.submitS, (_, i) => `${prefix}${i}`),
  });
}

function joined(logs: readonly RequestLog[]): RequestLog {
  const column = (of: (log: RequestLog) => ArrayLike<number>): Float64Array =>
    Float64Array.from(logs.flatMap((log) => Array.from(of(log))));
  const offsets = [0];
  for (const { tokenTimes } of logs) {
    const base = offsets.at(-1)!;
    for (const offset of tokenTimes!.offsets.subarray(1)) offsets.push(base + offset);
  }
  return requestLog({
    submitS: column(({ submitS }) => submitS),
    firstTokenS: column(({ firstTokenS }) => firstTokenS),
    endS: column(({ endS }) => endS),
    inputTokens: column(({ inputTokens }) => inputTokens),
    outputTokens: column(({ outputTokens }) => outputTokens),
    tokenTimes: {
      offsets: Uint32Array.from(offsets),
      timeS: column(({ tokenTimes }) => tokenTimes!.timeS),
    },
    ids: logs.flatMap(({ ids }) => ids!),
  });
}
