import type { Origin } from "../../lib/figures/mod.ts";
import type { ReadResult } from "../../lib/formats/format.ts";
import { lint } from "../../lib/plausibility/mod.ts";
import { shiftSeries } from "../../lib/power/shift.ts";
import type { PowerSeries } from "../../lib/power/series.ts";
import { type AttributionFacts, drawnPower, type Report } from "../../lib/report/mod.ts";
import { batchOutcome } from "../attribution/by_batch.ts";
import { requestOutcome } from "../attribution/by_request.ts";
import { windowOutcome } from "../attribution/by_window.ts";
import type { Job } from "../attribution/job.ts";

/** What a report says that does not depend on where its numbers come from. */
export type Frame = Pick<Report, "title" | "madeS" | "versions" | "files"> & {
  /** What readings and log are, as far as the caller knows. */
  readonly origin: Origin;
};

/** What the readings are, and what the log is. */
export function originsOf(
  { origin }: Frame,
  facts: AttributionFacts,
): Pick<Report, "origin" | "logOrigin"> {
  const isModelled = facts.basis === "modelled" && origin === "measured";
  return { origin: isModelled ? "modelled" : origin, logOrigin: origin };
}

/** Attributes, and reports on it. */
export function reportOfJob(job: Exclude<Job, { kind: "run" }>, frame: Frame): Report {
  const base = {
    ...frame,
    findings: lint(job.inputs),
    notes: [],
    tables: [],
    texts: [],
  };
  switch (job.kind) {
    case "windows": {
      const { facts, placed, result } = windowOutcome(job.sources, job.windows);
      const windows = result.windows;
      return {
        ...base,
        ...originsOf(frame, facts),
        facts,
        requests: null,
        windows,
        ...powerOf(placed.series),
      };
    }
    case "equal-share": {
      const { facts, placed, result } = requestOutcome(job.sources, job.log);
      const requests = { log: job.log, energies: result.requests };
      return {
        ...base,
        ...originsOf(frame, facts),
        facts,
        requests,
        windows: null,
        ...powerOf(placed.series),
      };
    }
    case "batched": {
      const { facts, series, result } = batchOutcome(job.sources, job.log, job.choice);
      return {
        ...base,
        ...originsOf(frame, facts),
        facts,
        requests: { log: job.log, energies: result.requests },
        windows: null,
        // Drawn where the power was, not where its readings are stamped.
        power: shiftSeries(series, -result.alignment.centreLagS),
        devices: job.sources.power,
      };
    }
  }
}

function powerOf(series: readonly PowerSeries[]): Pick<Report, "power" | "devices"> {
  return { power: drawnPower(series), devices: series };
}

/** Files of a job by what they were used for, each once. */
export function rolesOf(
  inputs: readonly ReadResult[],
): { path: string; role: string; format: string }[] {
  const byPath = new Map<string, { path: string; role: string; format: string }>();
  for (const { path, format, series, requests, windows } of inputs) {
    const role = [
      ...(series.length > 0 ? ["power"] : []),
      ...(requests.length > 0 ? ["requests"] : []),
      ...(windows.length > 0 ? ["windows"] : []),
    ].join(", ");
    byPath.set(path, { path, role, format });
  }
  return [...byPath.values()];
}
