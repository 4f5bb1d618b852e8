/** `joulebook measure`: a declared benchmark against a real endpoint, with power sampled beside it. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadRegistry } from "../../lib/datasets/registry.ts";
import { resolveFile } from "../../lib/datasets/resolve.ts";
import { InputError } from "../../lib/errors.ts";
import { parseMeasureConfig } from "../../lib/measurement/config.ts";
import { importRun } from "../../lib/measurement/import_run.ts";
import { measure, type MeasureResult } from "../../lib/measurement/measure.ts";
import type { ProgressReport } from "../../lib/measurement/progress.ts";
import type { RunSummary } from "../../lib/measurement/summary.ts";
import { type Command, printJson, UsageError } from "../command.ts";
import { textTable } from "../text_table.ts";

/** The command. */
export const command: Command = {
  name: "measure",
  summary: "run a declared benchmark against an OpenAI-compatible endpoint, sampling power",
  usage: `joulebook measure CONFIG [--out DIR] [--json]
joulebook measure [CONFIG] --resume DIR [--json]
joulebook measure --import (--power FILE... --requests FILE | PATH) [--zone ZONE] [--offset SECONDS] [--out DIR]

  CONFIG        a YAML file: see datasets/example/measure.yaml
  --out DIR     the run folder, new or empty; by default runs/DATE where you are
  --resume DIR  go on with the cells that a run lacks; the configuration is the folder's own
  --json        path, state, samplers[], failures[], summary; with --import path, notes[]
  --import      make a run folder of what another tool measured: any power traces and request log that
                joulebook reads; or PATH, a file with both (ML.ENERGY results.json) or the folder of
                a TokenPowerBench 1.0 run. Traces in local time need --zone, other clocks --offset
  --tpot SECONDS  with --import: seconds per output token, for logs that record no ends

Ctrl-C stops cleanly and keeps the run; a second one ends the program at once, which loses no more
than the last second. Exit status 1 when cells are missing or requests failed. What a run folder holds
is told by joulebook inspect DIR, attribute DIR, lint DIR and report DIR.`,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        out: { type: "string" },
        resume: { type: "string" },
        json: { type: "boolean" },
        import: { type: "boolean" },
        power: { type: "string", multiple: true },
        requests: { type: "string" },
        zone: { type: "string" },
        offset: { type: "string" },
        tpot: { type: "string" },
      },
    });
    if (values.import === true) {
      const { power, requests } = values;
      const [one] = positionals;
      if (
        positionals.length > 1 ||
        (one === undefined
          ? power === undefined || requests === undefined
          : power !== undefined || requests !== undefined)
      ) {
        throw new UsageError("give --import --power FILE --requests FILE, or --import PATH");
      }
      const seconds = (name: "offset" | "tpot"): number | undefined => {
        const number = values[name] === undefined ? undefined : Number(values[name]);
        if (number !== undefined && !Number.isFinite(number)) {
          throw new UsageError(`--${name} must be a number of seconds, not ${values[name]}`);
        }
        return number;
      };
      const [offsetS, tpotS] = [seconds("offset"), seconds("tpot")];
      const path = values.out ?? defaultDir();
      const notes = await importRun({
        dir: path,
        from: one ?? { power: power!, requests: requests! },
        ...(values.zone !== undefined && { zone: values.zone }),
        ...(offsetS !== undefined && { offsetS }),
        ...(tpotS !== undefined && { tpotS }),
      });
      if (values.json === true) printJson(io, { path, notes });
      else io.out([`imported into ${path}`, ...notes.map((note) => `  ${note}`)].join("\n") + "\n");
      return 0;
    }
    for (const name of ["power", "requests", "zone", "offset", "tpot"] as const) {
      if (values[name] !== undefined) throw new UsageError(`--${name} goes with --import`);
    }
    const resumes = values.resume !== undefined;
    if (positionals.length > 1 || (positionals.length === 0 && !resumes)) {
      throw new UsageError("name one configuration");
    }
    if (resumes && values.out !== undefined) {
      throw new UsageError("give --out or --resume, not both");
    }
    const configPath = positionals[0] ?? join(values.resume!, "config.yaml");
    if (!existsSync(configPath)) {
      throw new InputError({
        code: "not-found",
        path: configPath,
        problem: resumes ? "this is not a run folder" : "there is no such file",
        advice: resumes
          ? "name the folder that joulebook measure wrote"
          : "begin with a copy of datasets/example/measure.yaml",
      });
    }
    const configText = readFileSync(configPath, "utf8");
    // The configuration of an imported run is a comment.
    if (resumes && configText.replace(/^#.*$/gm, "").trim() === "") {
      throw new InputError({
        code: "refused",
        path: values.resume!,
        problem: "this run was imported from another tool: there is nothing to go on with",
        advice: "measure anew with a configuration",
      });
    }
    const settings = parseMeasureConfig(configText, configPath);
    const dir = values.resume ?? values.out ?? defaultDir();
    const stop = new AbortController();
    const onInterrupt = (): void => {
      if (stop.signal.aborted) Deno.exit(130);
      stop.abort();
      io.err(`${io.interactive ? clearLine : ""}stopping; everything measured is kept in ${dir}`);
    };
    Deno.addSignalListener("SIGINT", onInterrupt);
    try {
      const mirrorDir = Deno.env.get("JOULEBOOK_MIRROR");
      const result = await measure(settings, {
        configPath,
        configText,
        dir,
        resume: resumes,
        env: (name) => Deno.env.get(name),
        signal: stop.signal,
        resolveDataset: (path) =>
          resolveFile(loadRegistry(), path, mirrorDir === undefined ? {} : { mirrorDir }),
        onSamplers(starts) {
          for (const { name, isHere, reason } of starts) {
            if (!isHere) io.err(`sampler ${name} is not here: ${reason}`);
          }
        },
        onNoServer: (reason) =>
          io.err(
            `${settings.endpoint.url} does not answer (${reason}); going on, its requests may fail`,
          ),
        ...(io.interactive && {
          onProgress: (report) =>
            Deno.stderr.writeSync(encode(clearLine + lineOf(report, columns() - 1))),
        }),
      });
      if (io.interactive) Deno.stderr.writeSync(encode(clearLine));
      const failed = result.summary.cells.reduce((sum, cell) => sum + cell.failed, 0);
      if (values.json === true) {
        printJson(io, {
          path: result.dir,
          state: result.state,
          samplers: result.samplers,
          failures: result.failures,
          summary: result.summary,
        });
      } else io.out(reportOf(result, failed));
      return result.state === "complete" && failed === 0 ? 0 : 1;
    } finally {
      Deno.removeSignalListener("SIGINT", onInterrupt);
    }
  },
};

/** Back to the start of the line, and what stands there erased. */
const clearLine = "\r\x1b[2K";

/** Width of the terminal: a line that wraps could not be erased. */
function columns(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 80;
  }
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function defaultDir(): string {
  const stamp = new Date().toISOString().replace(/\..*$/, "").replace(/[-:]/g, "");
  return join("runs", stamp);
}

/**
 * The progress line: cell, requests, tokens/s, watts, J/token so far, time left. A line that wraps could
 * not be erased: in a narrow terminal its words are shortened, and in a very narrow one it is cut.
 */
export function lineOf(report: ProgressReport, width: number): string {
  const { cell, number, cells, requests, planned, failed } = report;
  const { powerW, isModelled, jPerToken, leftS, tokensPerS } = report;
  const of = `${requests}${planned === null ? "" : `/${planned}`}`;
  const rate = tokensPerS.toFixed(tokensPerS < 10 ? 1 : 0);
  const write = (words: Words): string =>
    [
      `[${number}/${cells}] ${words.hasCell ? `${cell} · ` : ""}${of} ${words.requests}` +
      (failed > 0 ? ` (${failed} failed)` : ""),
      `${rate} ${words.rate}`,
      ...(powerW === null
        ? []
        : [`${powerW.toFixed(0)} W${isModelled ? ` ${words.modelled}` : ""}`]),
      ...(jPerToken === null ? [] : [`${jPerToken.toPrecision(3)} J/${words.token}`]),
      ...(leftS === null ? [] : [`${duration(leftS)} left`]),
    ].join(" · ");
  const long = {
    hasCell: true,
    requests: "requests",
    token: "token",
    rate: "tokens/s",
    modelled: "(modelled)",
  };
  const short = { hasCell: true, requests: "req", token: "tok", rate: "tok/s", modelled: "mod." };
  const lines = [long, short, { ...short, hasCell: false }].map(write);
  return (lines.find((line) => line.length <= width) ?? lines.at(-1)!).slice(0, width);
}

interface Words {
  readonly hasCell: boolean;
  readonly requests: string;
  readonly token: string;
  readonly rate: string;
  readonly modelled: string;
}

function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor(whole % 3600 / 60)} min`;
}

function reportOf({ dir, state, summary, failures }: MeasureResult, failed: number): string {
  const number = (value: number | null, digits = 3): string =>
    value === null ? "–" : String(Number(value.toPrecision(digits)));
  const ms = (seconds: number | null): string => number(seconds === null ? null : seconds * 1000);
  const lines = [
    `${dir}: ${state}` +
    (failed > 0
      ? `, ${failed} ${failed === 1 ? "request" : "requests"} failed or ${
        failed === 1 ? "was" : "were"
      } cut off`
      : ""),
    ...failures.map(({ reason, count, example }) =>
      `  ${count} ${reason}${example === undefined ? "" : `, such as: ${example}`}`
    ),
    ...(state === "complete" ? [] : [`go on with: joulebook measure --resume ${dir}`]),
    "",
    textTable(
      [
        "cell",
        "state",
        "requests",
        "tokens/s",
        "TTFT p50 ms",
        "TPOT p50 ms",
        "energy J (90 %)",
        "J/output token",
        "idle W",
      ],
      summary.cells.map((cell) => [
        cell.cell + (cell.attempt > 1 ? ` (run ${cell.attempt})` : ""),
        cell.state,
        `${cell.requests}${cell.failed > 0 ? ` (${cell.failed} failed)` : ""}`,
        number(cell.tokensPerS),
        ms(cell.ttftP50S),
        ms(cell.tpotP50S),
        cell.energyJ === null
          ? "–"
          : `${number(cell.energyJ, 4)} (${number(cell.lowJ, 4)} to ${number(cell.highJ, 4)})`,
        number(cell.jPerOutputToken),
        number(cell.idleW),
      ]),
    ).trimEnd(),
    "",
  ];
  if (summary.basis === null) {
    lines.push(`No energy: ${summary.cells[0]?.reason ?? "no cell was run"}.`);
  } else {
    for (const { cell, attempt, reason } of summary.cells) {
      if (reason === null) continue;
      lines.push(`No energy of ${cell}${attempt > 1 ? ` (run ${attempt})` : ""}: ${reason}.`);
    }
    const devices = summary.devices.join(", ");
    lines.push(
      summary.basis === "measured"
        ? `Energy of ${devices}, measured, idle included; the interval is that of sampling and timing.`
        : `Energy of ${devices} is modelled (utilisation x declared power), not measured: its error is ` +
          "not known, and the interval is that of sampling only.",
    );
    const sum = (pick: (cell: RunSummary["cells"][number]) => number | null): number | null =>
      summary.cells.reduce<number | null>((total, cell) => {
        const value = pick(cell);
        return value === null ? total : (total ?? 0) + value;
      }, null);
    const [cost, carbonG] = [sum((cell) => cell.cost), sum((cell) => cell.carbonG)];
    const at = summary.pue === null ? "as metered" : `at PUE ${summary.pue}`;
    if (cost !== null) lines.push(`Cost of all cells ${at}: ${number(cost)} ${summary.currency}.`);
    if (carbonG !== null) lines.push(`Carbon of all cells ${at}: ${number(carbonG)} g CO2.`);
  }
  const driver = summary.cells.flatMap((cell) => cell.driver ?? []);
  if (driver.length > 0) {
    const most = (of: (cost: typeof driver[number]) => number): number =>
      Math.max(...driver.map(of));
    lines.push(
      `The driver took at most ${
        number(100 * most(({ coreShare }) => coreShare), 2)
      } % of a core; ` +
        `its timers came up to ${ms(most(({ lagP99S }) => lagP99S))} ms late (99th percentile).`,
    );
  }
  return lines.join("\n") + "\n";
}
