/** What can be wrong with a run, as rules. */

import { InputError } from "../errors.ts";
import type { Fault } from "../plausibility/finding.ts";
import { createIntegrator } from "../power/integrate.ts";
import { sumIntegrators } from "../power/sum.ts";
import { loadRows } from "./load_rows.ts";
import { runPower } from "./run_power.ts";
import { type LintedRun, placeOf, type RunRule } from "./run_rule.ts";
import { clockMoved, driverLate, hostClock, powerLimit } from "./run_rules_machine.ts";
import { sweepCells } from "./sweep.ts";

/** Part of the answers that may be shorter than asked for, and part by which lengths may differ. */
const LENGTH_PART = 0.05;
/** Shortest rest that tells idle power: a second, and what is left out around requests. */
const REST_S = 1.6;

const incomplete: RunRule = {
  id: "run-incomplete",
  severity: "warning",
  reason: "A sweep of which cells are missing compares what is there, not what was asked for.",
  reference: "status.json of the run folder",
  check: ({ run }) =>
    run.state === "complete" ? [] : [{
      where: run.dir,
      message: "the run did not come to its end; go on with joulebook measure --resume",
      expected: `${run.status.cells} cells done`,
      found: `${run.status.done} (${run.state})`,
    }],
};

const changed: RunRule = {
  id: "run-files-changed",
  severity: "error",
  reason: "What was measured should not be edited: the manifest was written when the run ended.",
  reference: "manifest.json of the run folder, SHA-256",
  check: ({ run }) =>
    run.changes.map((change) => ({
      where: run.dir,
      message: "a file is not as the run left it",
      expected: "the size and SHA-256 of the manifest",
      found: change,
    })),
};

const failed: RunRule = {
  id: "run-requests-failed",
  severity: "warning",
  reason: "Failed requests took energy that no token is divided by, and thinned the load out.",
  reference: "requests.jsonl of the run folder",
  check: ({ run }) =>
    run.cells.flatMap((cell) => {
      const rows = cell.requests === null ? [] : loadRows(cell.requests);
      const count = rows.filter((row) => cell.requests!.success[row] === 0).length;
      return count === 0 ? [] : [{
        where: placeOf(run, cell),
        message: "requests of the load failed",
        expected: `${rows.length} that end well`,
        found: `${count} that failed`,
      }];
    }),
};

const energyMissing: RunRule = {
  id: "run-energy-missing",
  severity: "error",
  reason:
    "A cell whose load the power does not cover has no energy; a sampler that fell out for a " +
    "while leaves such a hole.",
  reference: "power of the run folder over the cell's load",
  check({ run }) {
    if (run.power.length === 0) return [];
    let power;
    try {
      power = sumIntegrators(runPower(run).series.map((series) => createIntegrator(series)));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return [{
        where: run.dir,
        message: "the run has no energy",
        expected: "a power series that can be used",
        found: error.problem,
      }];
    }
    return run.cells.flatMap((cell) => {
      if (cell.state !== "done" || !(cell.drainedS > cell.loadS)) return [];
      const { reason } = power.estimate(cell.loadS, cell.drainedS);
      return reason === null ? [] : [{
        where: placeOf(run, cell),
        message: "the load of this cell has no energy",
        expected: "readings from its first request to its last",
        found: reason,
      }];
    });
  },
};

const modelled: RunRule = {
  id: "run-power-modelled",
  severity: "note",
  reason:
    "A power worked out from utilisation has an error that nobody knows: it compares runs of " +
    "one machine at best, and is no measurement to publish.",
  reference: "basis of the series in power/*.csv",
  check({ run }) {
    const all = run.power.filter(({ timeS }) => timeS.length > 0);
    const ids = all.filter(({ source }) => source.basis === "modelled");
    return ids.length === 0 || ids.length < all.length ? [] : [{
      where: run.dir,
      message: "all power of this run is modelled",
      expected: "a sensor",
      found: ids.map(({ device, source }) => `${device.id}: ${source.column}`).join(", "),
    }];
  },
};

const noRest: RunRule = {
  id: "run-no-rest",
  severity: "warning",
  reason: "Without rests idle power is not known, and energies above idle are only bounds.",
  reference: "load.idle and load.coolDown of the configuration",
  check: ({ run, settings }) =>
    settings === null || settings.load.idleS + settings.load.coolDownS >= REST_S ? [] : [{
      where: run.dir,
      message: "there are no rests between the cells that would tell idle power",
      expected: `load.idle and load.coolDown of ${REST_S} s together or more`,
      found: `${settings.load.idleS + settings.load.coolDownS} s`,
    }],
};

/** Medians of what was asked for and what came, for each cell of a declared sweep. */
function lengthFaults(
  { run, settings }: LintedRun,
  column: "inputTokens" | "outputTokens",
  fault: (asked: number, found: Float64Array) => Omit<Fault, "where"> | null,
): Fault[] {
  if (settings === null) return [];
  const asked = new Map(sweepCells(settings).map((cell) => [cell.id, cell[column]]));
  return run.cells.flatMap((cell) => {
    const wanted = asked.get(cell.id) ?? null;
    const found = Float64Array.from(
      (cell.requests === null ? [] : loadRows(cell.requests)).filter((row) =>
        cell.requests!.success[row] === 1
      ),
      (row) => cell.requests![column][row]!,
    ).filter((count) => !Number.isNaN(count));
    if (wanted === null || found.length === 0) return [];
    const one = fault(wanted, found);
    return one === null ? [] : [{ where: placeOf(run, cell), ...one }];
  });
}

const shortAnswers: RunRule = {
  id: "run-answers-short",
  severity: "warning",
  reason: "Answers that end by themselves make cells of one declared length different loads, and " +
    "joules per request no figure of that length.",
  reference: "outputTokens of the sweep against what was counted",
  check: (linted) =>
    lengthFaults(linted, "outputTokens", (asked, found) => {
      const short = found.filter((count) => count < asked).length;
      return short <= LENGTH_PART * found.length ? null : {
        message: "answers are shorter than asked for; ignore_eos: true under endpoint.body where " +
          "the server knows it",
        expected: `${asked} output tokens each`,
        found: `${short} of ${found.length} shorter, the shortest ${Math.min(...found)}`,
      };
    }),
};

const promptLength: RunRule = {
  id: "run-prompt-length",
  severity: "note",
  reason: "Made-up words are not tokens of every model: joules per input token are by the count " +
    "of the server, names of cells by what was wanted.",
  reference: "inputTokens of the sweep against what was counted",
  check: (linted) =>
    lengthFaults(linted, "inputTokens", (wanted, found) => {
      const mean = found.reduce((a, b) => a + b, 0) / found.length;
      return Math.abs(mean / wanted - 1) <= 2 * LENGTH_PART ? null : {
        message: "prompts have another length than wanted",
        expected: `${wanted} tokens, and a tenth either way`,
        found: `${mean.toFixed(1)} in the mean`,
      };
    }),
};

/** All rules about runs. */
export const runRules: readonly RunRule[] = [
  changed,
  energyMissing,
  incomplete,
  failed,
  shortAnswers,
  noRest,
  driverLate,
  clockMoved,
  hostClock,
  powerLimit,
  modelled,
  promptLength,
];
