import { existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { InputError } from "../../lib/errors.ts";
import type { ReadResult } from "../../lib/formats/format.ts";
import { readInput } from "../../lib/formats/read.ts";
import { centred } from "../../lib/measurement/centred.ts";
import { lintRun } from "../../lib/measurement/lint_run.ts";
import { type Run, runSettings, summarise } from "../../lib/measurement/mod.ts";
import { listRunFiles, runFiles } from "../../lib/measurement/run_files.ts";
import { lint, worstFirst } from "../../lib/plausibility/mod.ts";
import { isDevice } from "../../lib/power/device_name.ts";
import { shiftSeries } from "../../lib/power/shift.ts";
import type { ExtraTable, Report, SourceFile } from "../../lib/report/mod.ts";
import type { RunOutcome } from "../attribution/by_run.ts";
import { type Frame, originsOf } from "./from_job.ts";

/** Reports on a run folder. */
export async function reportOfRun(
  { facts, run, result }: RunOutcome,
  frame: Frame,
): Promise<Report> {
  const { batched, log, requests, served, series } = result;
  const someWaited = served.submitS.some((startS, i) => startS !== log.submitS[i]);
  return {
    ...frame,
    ...originsOf(frame, facts),
    facts,
    requests: {
      log,
      energies: requests,
      ...(someWaited && { workFromS: served.submitS }),
    },
    windows: null,
    // Drawn where the power was, not where its readings are stamped.
    power: batched === null ? centred(series) : shiftSeries(series, -batched.alignment.centreLagS),
    devices: run.power.filter(({ device }) =>
      result.devices.some((name) => isDevice(device, name))
    ),
    findings: worstFirst([...lint(await dataFiles(run.dir)), ...lintRun(run)]),
    notes: [],
    tables: [energyTable(result), ...loadTable(run, result)],
    texts: [
      { title: "Configuration", text: run.config },
      ...[runFiles.environment, runFiles.clock].flatMap((name) => {
        const path = join(run.dir, name);
        return existsSync(path) ? [{ title: name, text: readFileSync(path, "utf8") }] : [];
      }),
    ],
  };
}

/** What a run is called: the name in its configuration, or that of its folder. */
export function nameOfRun(run: Run): string {
  return runSettings(run)?.name ?? `the run ${basename(resolve(run.dir))}`;
}

/** Files of a run folder by what they hold. */
export function runFilesOf(dir: string): Pick<SourceFile, "path" | "role" | "format">[] {
  const roles: Readonly<Record<string, string>> = {
    [runFiles.config]: "configuration",
    [runFiles.environment]: "machine and versions",
    [runFiles.requests]: "requests",
    [runFiles.cells]: "cells",
    [runFiles.clock]: "clocks",
  };
  return listRunFiles(dir).flatMap((path) => {
    const role = path.startsWith(`${runFiles.power}/`) ? "power" : roles[path];
    return role === undefined ? [] : [{ path: join(dir, path), role, format: "joulebook-run" }];
  });
}

/** Power and requests of a run folder, as they are read one by one. */
async function dataFiles(dir: string): Promise<ReadResult[]> {
  const inputs: ReadResult[] = [];
  for (const path of listRunFiles(dir)) {
    if (!path.startsWith(`${runFiles.power}/`) && path !== runFiles.requests) continue;
    try {
      inputs.push(await readInput(join(dir, path)));
    } catch (error) {
      // A sampler that never read anything leaves a file with a head only.
      if (!(error instanceof InputError && error.code === "empty")) throw error;
    }
  }
  return inputs;
}

function energyTable({ cells, outsideJ, basis }: RunOutcome["result"]): ExtraTable {
  const per = (energyJ: number, tokens: number): number | null =>
    tokens > 0 ? energyJ / tokens : null;
  return {
    id: "cells",
    title: "Cells of the run",
    text:
      `Energy of each cell from the rest before it to the rest after it (${basis}), and how it ` +
      `was divided. Outside of all cells: ${outsideJ.toFixed(1)} J.`,
    rows: cells.map((one) => ({
      cell: one.cell.id,
      attempt: one.cell.attempt,
      state: one.cell.state,
      method: one.method,
      attributed: one.attributed,
      totalJ: one.totalJ,
      idleJ: one.idleJ,
      prefillJ: one.prefill.energyJ,
      prefillLowJ: one.prefill.lowJ,
      prefillHighJ: one.prefill.highJ,
      decodeJ: one.decode.energyJ,
      decodeLowJ: one.decode.lowJ,
      decodeHighJ: one.decode.highJ,
      unattributedJ: one.unattributedJ,
      "J/input token": per(one.prefill.energyJ, one.inputTokens),
      "J/output token": per(one.decode.energyJ, one.outputTokens),
    })),
    columns: {
      prefillJ: { interval: ["prefillLowJ", "prefillHighJ"] },
      decodeJ: { interval: ["decodeLowJ", "decodeHighJ"] },
    },
  };
}

/** Load and latency of the cells; an imported run has no configuration to say them with. */
function loadTable(run: Run, { basis }: RunOutcome["result"]): ExtraTable[] {
  const settings = runSettings(run);
  if (settings === null) return [];
  const { cells, currency, pue } = summarise(run, settings);
  return [{
    id: "load",
    title: "Load and latency",
    text:
      "Each cell from its first request to its last, without warm-up and rests. Energy with idle " +
      `power (${basis}); cost in ${currency} and carbon ${
        pue === null ? "as metered" : `at a PUE of ${pue}`
      }, where a tariff and an intensity are given.`,
    rows: cells.map(({ driver, ...cell }) => ({
      ...cell,
      driverLagS: driver?.lagP99S ?? null,
      driverShare: driver?.coreShare ?? null,
    })),
    columns: {
      inputTokens: { label: "input tokens" },
      outputTokens: { label: "output tokens" },
      tokensPerS: { label: "output tokens", unit: "1/s" },
      ttftP50S: { label: "TTFT median", unit: "s" },
      ttftP95S: { label: "TTFT p95", unit: "s" },
      tpotP50S: { label: "TPOT median", unit: "s" },
      energyJ: { interval: ["lowJ", "highJ"], reason: "reason" },
      jPerOutputToken: { label: "energy per output token", unit: "J" },
      cost: { unit: currency },
      carbonG: { label: "carbon", unit: "g" },
      driverLagS: { label: "driver late, p99", unit: "s" },
      driverShare: { label: "driver's share of a core" },
    },
  }];
}
