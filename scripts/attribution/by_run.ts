import { attributeRun, type RunAttributionOptions } from "../../lib/measurement/attribute_run.ts";
import { readRunFolder, type Run } from "../../lib/measurement/read_run_folder.ts";
import type { CellEnergy, RunAttribution } from "../../lib/measurement/run_attribution.ts";
import { medianStepS } from "../../lib/power/integrate.ts";
import type { AttributionFacts } from "../../lib/report/mod.ts";
import type { CommandIo } from "../command.ts";
import { textTable } from "../text_table.ts";
import { closes, digits, duration, lossText } from "../units.ts";
import { requestRows } from "./request_rows.ts";

/** A run folder, attributed. */
export interface RunOutcome {
  /** What `--json` says beside cells and requests. */
  readonly facts: AttributionFacts;
  /** What was read. */
  readonly run: Run;
  /** The attribution. */
  readonly result: RunAttribution;
}

/** Reads a run folder and divides its energy by cell, phase and request. */
export async function runOutcome(
  dir: string,
  options: RunAttributionOptions,
): Promise<RunOutcome> {
  const run = await readRunFolder(dir);
  const result = attributeRun(run, options);
  const { batched } = result;
  const facts = {
    path: run.dir,
    state: run.state,
    basis: result.basis,
    method: methodsOf(result).join(" and "),
    sharing: batched?.sharing ?? null,
    kind: batched?.kind ?? null,
    idleRule: result.idleRule,
    devices: result.devices,
    offsetS: 0,
    offsetWidthS: batched?.alignment.widthS ?? 0,
    totalJ: result.totalJ,
    idleJ: result.idleJ,
    unattributedJ: result.unattributedJ,
    prefillJ: result.prefill.energyJ,
    decodeJ: result.decode.energyJ,
    prefill: result.prefill,
    decode: result.decode,
    outsideJ: result.outsideJ,
    conservationError: result.conservationError,
    idle: result.idle,
    fit: batched?.fit ?? null,
    costs: batched?.costs ?? null,
    alignment: batched?.alignment ?? null,
    warnings: result.warnings,
    dropped: result.dropped,
    notes: result.notes,
  };
  return { facts, run, result };
}

/** All of it, for `--json`. */
export function runDocument({ facts, result }: RunOutcome): Record<string, unknown> {
  const { cells, log, requests, served } = result;
  const cellOf = new Map(cells.flatMap(({ cell }) => cell.rows.map((row) => [row, cell])));
  return {
    ...facts,
    cells: cells.map(({ cell, ...energy }) => ({
      cell: cell.id,
      attempt: cell.attempt,
      state: cell.state,
      requests: cell.rows.length,
      ...energy,
    })),
    requests: requestRows(log, requests).map((row, i) => ({
      cell: cellOf.get(i)?.id ?? null,
      ...row,
      // A request that waited for another has the energy from here, not from when it was sent.
      workFromS: Number.isNaN(served.submitS[i]!) ? null : served.submitS[i]!,
      ...(requests.idleJ !== null && { idleJ: requests.idleJ[i] }),
    })),
  };
}

function methodsOf({ cells }: RunAttribution): string[] {
  return [...new Set(cells.map(({ method }) => method))];
}

/** How each method is explained, where it is not by the regression itself. */
const rules: Readonly<Record<string, string>> = {
  "serial": "each request gets the energy between its times",
  "one-at-a-time":
    "answers never overlap although requests do: each gets the energy from the end of the one " +
    "before, or from when it was sent, to its own end",
  "equal-share": "all power in equal parts to the requests in flight",
};

/** Prints energies by cell, and of the whole run. */
export function printRun(io: CommandIo, { run, result }: RunOutcome): void {
  const { batched, basis, cells, idle, log, series } = result;
  const attributed = cells.reduce((sum, cell) => sum + cell.attributed, 0);
  const spanS = series.timeS.at(-1)! - series.timeS[0]!;
  const lines: [string, string][] = [
    ["run", `${run.dir}: ${run.state}, ${run.status.done} of ${run.status.cells} cells`],
    [
      "power",
      `${result.devices.join(" + ")} (${series.source.column}), ${
        basis === "modelled" ? "MODELLED from a declared power, not measured" : "measured"
      }: ${series.timeS.length} readings every ${digits(medianStepS(series.timeS), 3)} s over ${
        duration(spanS)
      }`,
    ],
    [
      "idle",
      Number.isNaN(idle.idleW)
        ? "not known: there was no rest without requests"
        : `${digits(idle.idleW)} ± ${digits(idle.widthW, 2)} W, ${
          idle.source === "given" ? "given" : `of ${idle.samples} readings at rest`
        }; ${result.idleRule === "in-requests" ? "not taken off the requests" : result.idleRule}`,
    ],
    [
      "requests",
      `${log.submitS.length}, warm-up included; ${attributed} attributed; left out: ` +
      lossText(result.dropped),
    ],
    ...methodsOf(result).map((method): [string, string] => [
      "method",
      `${method}: ${rules[method] ?? batched?.sharing ?? ""}`,
    ]),
    ...(batched?.fit
      ? [[
        "fit",
        `one for all cells, explains ${(100 * batched.fit.r2).toFixed(1)} % of the variance of ` +
        "power",
      ] as [string, string]]
      : []),
    ...result.warnings.map((
      { code, message },
    ): [string, string] => ["WARNING", `${code}: ${message}`]),
    ...run.notes.map((note): [string, string] => ["note", note]),
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  io.out(lines.map(([name, text]) => `${name.padEnd(width)}  ${text}\n`).join(""));
  const isBound = batched?.kind === "bounds";
  io.out(
    "\n" + textTable(
      [
        "cell",
        "method",
        "requests",
        `${basis} J`,
        "idle J",
        `prefill J${isBound ? " (bounds)" : ", 90 %"}`,
        `decode J${isBound ? " (bounds)" : ", 90 %"}`,
        "rest J",
        "mJ/input token",
        "mJ/output token",
      ],
      [
        ...cells.map((one) => rowOf(one)),
        [
          "outside of cells",
          "",
          "",
          digits(result.outsideJ, 5),
          "",
          "",
          "",
          "",
          "",
          "",
        ],
        [
          "whole run",
          "",
          String(attributed),
          digits(result.totalJ, 5),
          digits(result.idleJ),
          range(result.prefill, 1),
          range(result.decode, 1),
          restOf(result),
          perToken(result.prefill.energyJ, cells.reduce((sum, one) => sum + one.inputTokens, 0)),
          perToken(result.decode.energyJ, cells.reduce((sum, one) => sum + one.outputTokens, 0)),
        ],
      ],
      { ruleBefore: [cells.length + 1] },
    ),
  );
  io.out(
    `\nconservation  idle + prefill + decode + rest = ${basis} energy, ` +
      `${closes(result.conservationError)}\n`,
  );
}

function rowOf(one: CellEnergy): string[] {
  const { cell } = one;
  return [
    cell.id + (cell.attempt > 1 ? ` (run ${cell.attempt})` : "") +
    (cell.state === "done" ? "" : `, ${cell.state}`),
    one.method,
    String(one.attributed),
    digits(one.totalJ, 5),
    digits(one.idleJ),
    range(one.prefill, 1),
    range(one.decode, 1),
    restOf(one),
    perToken(one.prefill.energyJ, one.inputTokens),
    perToken(one.decode.energyJ, one.outputTokens),
  ];
}

function range({ energyJ, lowJ, highJ }: CellEnergy["prefill"], scale: number): string {
  return Number.isFinite(lowJ)
    ? `${digits(energyJ * scale)} [${digits(lowJ * scale, 3)}, ${digits(highJ * scale, 3)}]`
    : digits(energyJ * scale);
}

/** What is left over; less than a millionth of the whole is a matter of rounding. */
function restOf({ unattributedJ, totalJ }: Pick<CellEnergy, "unattributedJ" | "totalJ">): string {
  return Math.abs(unattributedJ) < 1e-6 * totalJ ? "0" : digits(unattributedJ, 3);
}

function perToken(energyJ: number, tokens: number): string {
  return tokens > 0 ? digits(1000 * energyJ / tokens) : "–";
}
