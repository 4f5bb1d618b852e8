/** What the machine and its clocks can spoil in a run, as rules. */

import { summariseLatency } from "../metrics/latency.ts";
import type { Fault } from "../plausibility/finding.ts";
import { placeOf, type RunRule } from "./run_rule.ts";

/** Seconds by which clocks may differ before it matters to phases of a few tenths of a second. */
const CLOCK_S = 0.05;
/** Part of a token's time by which it may be stamped late. */
const LATE_PART = 0.1;

const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;
const ms = (seconds: number): string => `${(1000 * seconds).toFixed(1)} ms`;

/** The driver was late, or took much of the machine. */
export const driverLate: RunRule = {
  id: "run-driver-late",
  severity: "warning",
  reason: "Where the driver itself is late, so are the times of tokens; where it takes much of a " +
    "processor that also serves, it slows down what it measures.",
  reference: "lateness of the driver's timers and its processor time, in cells.jsonl",
  check: ({ run }) =>
    run.cells.flatMap((cell) => {
      if (cell.driver === null || cell.requests === null) return [];
      const { lagP99S, coreShare } = cell.driver;
      const tpotS = summariseLatency(cell.requests, [50]).tpotS.percentiles["p50"] ?? NaN;
      const where = placeOf(run, cell);
      return [
        ...(lagP99S > LATE_PART * tpotS
          ? [{
            where,
            message: "the driver was late: a token may be stamped as late as its timers came",
            expected: `at the 99th percentile at most ${percent(LATE_PART)} of the ${
              ms(tpotS)
            } of a token`,
            found: ms(lagP99S),
          }]
          : []),
        ...(coreShare > 0.5
          ? [{
            where,
            message: "the driver and its samplers took much of a core",
            expected: "at most half of one core",
            found: `${coreShare.toFixed(2)} cores`,
          }]
          : []),
      ];
    }),
};

/** The wall clock was moved in mid-run. */
export const clockMoved: RunRule = {
  id: "run-clock-moved",
  severity: "warning",
  reason:
    "Tools that stamp with the wall clock (nvidia-smi, amd-smi) are put on the clock of the " +
    "requests by what the wall clock was at the start.",
  reference: "checks of clock.json, at the start, after each cell and at the end",
  check({ run }) {
    const drifts = run.clock?.checks.map(({ wallClockDriftS }) => wallClockDriftS) ?? [];
    const widest = drifts.length === 0 ? 0 : Math.max(...drifts) - Math.min(...drifts);
    return widest <= CLOCK_S ? [] : [{
      where: run.dir,
      message: "the wall clock was moved during the run",
      expected: `at most ${ms(CLOCK_S)}`,
      found: ms(widest),
    }];
  },
};

/** The clock of a remote host is known badly, or was moved. */
export const hostClock: RunRule = {
  id: "run-host-clock",
  severity: "warning",
  reason: "Power of a remote host is placed by the offset of its clock: what is not known of the " +
    "offset is not known of the phases.",
  reference: "hosts of clock.json: offset and half the round trip, at the start and the end",
  check({ run }) {
    const faults: Fault[] = [];
    for (const host of new Set(run.clock?.hosts.map((one) => one.host))) {
      const seen = run.clock!.hosts.filter((one) => one.host === host && one.offsetS !== null);
      const widthS = Math.max(0, ...seen.map((one) => one.widthS!));
      const offsets = seen.map((one) => one.offsetS!);
      const movedS = offsets.length === 0 ? 0 : Math.max(...offsets) - Math.min(...offsets);
      if (widthS > CLOCK_S) {
        faults.push({
          where: `${run.dir}, ${host}`,
          message: "the offset of this host's clock is known badly",
          expected: `to ${ms(CLOCK_S)}`,
          found: `to ${ms(widthS)}`,
        });
      }
      if (movedS > 2 * widthS + CLOCK_S) {
        faults.push({
          where: `${run.dir}, ${host}`,
          message: "the clock of this host was moved, or runs at another rate",
          expected: `offsets that differ by at most ${ms(2 * widthS + CLOCK_S)}`,
          found: ms(movedS),
        });
      }
    }
    return faults;
  },
};

/** A GPU's power limit changed. */
export const powerLimit: RunRule = {
  id: "run-power-limit-changed",
  severity: "warning",
  reason: "Cells under different power limits are not one sweep.",
  reference: "enforced.power.limit by nvidia-smi, before and after each cell",
  check({ run }) {
    const limits = new Map<string, Set<string>>();
    for (const gpu of run.cells.flatMap(({ gpus }) => gpus.flat())) {
      const seen = limits.get(gpu["uuid"] ?? "") ?? new Set();
      seen.add(gpu["enforced.power.limit"] ?? "");
      limits.set(gpu["uuid"] ?? "", seen);
    }
    return [...limits].flatMap(([uuid, seen]) =>
      seen.size < 2 ? [] : [{
        where: `${run.dir}, ${uuid}`,
        message: "the power limit of this GPU changed during the run",
        expected: "one limit",
        found: [...seen].join(", "),
      }]
    );
  },
};
