/** `deno task notebooks`: executes notebooks without Python or Jupyter. */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { InputError } from "../lib/errors.ts";
import { type CommandIo, UsageError } from "./command.ts";
import { checkNotebook, dataFor, lossOfWriting, withData } from "./notebooks/check_notebook.ts";
import { inParallel } from "./notebooks/in_parallel.ts";
import { KernelError } from "./notebooks/kernel.ts";
import { formatNotebook, type Notebook, parseNotebook } from "./notebooks/notebook_file.ts";
import { describe, type Problem } from "./notebooks/problem.ts";
import { runNotebook } from "./notebooks/run.ts";
import { typeCheck } from "./notebooks/type_check.ts";

const usage = `deno task notebooks [PATH...] [--check] [--fast] [--jobs N] [--timeout SECONDS]

  PATH       a notebook or a folder of them; default: notebooks/
  --check    compare with the stored outputs and write nothing; exit 1 when they differ
  --fast     run with JOULEBOOK_FAST=1: only errors count, and with --check the verdicts in cells
             tagged "verdict"; writes nothing
  --jobs     notebooks at once, default 2
  --timeout  seconds that a cell may take, default 300
  --mirror   folder of the published data, default JOULEBOOK_MIRROR; "none" runs without it

Cells are type-checked together first. Tags of a cell: "raises-exception" (it may fail),
"nbval-ignore-output" (its outputs are not compared), "verdict" (its verdicts are always compared).
JOULEBOOK_MIRROR is passed on. A notebook whose code names it shows more with it than without: its
metadata say which data its outputs were made with, and a check on other data compares the verdicts
that both could reach. Exit status 1 when a cell fails or a check does, 2 for bad usage.`;

/** Ends in a slash. */
const root = fileURLToPath(new URL("..", import.meta.url));
const configPath = join(root, "deno.json");

interface Settings {
  readonly paths: readonly string[];
  readonly check: boolean;
  readonly fast: boolean;
  readonly jobs: number;
  readonly timeoutS: number;
  /** Folder of the published data, absolute; undefined without it. */
  readonly mirror: string | undefined;
}

/**
 * Runs the command.
 *
 * @param args The words after `notebooks`.
 * @param io Where to print.
 * @param signal Stops the run, kernel and all.
 * @return The exit status.
 */
export async function main(args: string[], io: CommandIo, signal: AbortSignal): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    io.out(usage + "\n");
    return 0;
  }
  let settings: Settings;
  try {
    settings = parseSettings(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    io.err(`${error.message}\n\n${usage}`);
    return 2;
  }
  const files = settings.paths.flatMap(findNotebooks);
  if (files.length === 0) io.out(`no notebooks in ${settings.paths.map(shown).join(", ")}\n`);
  const startMs = performance.now();
  const opened = files.map((path) => open(path));
  const readable = opened.flatMap((notebook) => notebook instanceof InputError ? [] : [notebook]);
  const typeProblems = new Map(
    (await typeCheck(readable, configPath)).map((problems, i) => [readable[i]!, problems]),
  );
  let failed = 0;
  const runs = inParallel(opened.keys().toArray(), settings.jobs, async (i) => {
    const notebook = opened[i]!;
    const startMs = performance.now();
    const result = notebook instanceof InputError
      ? { faults: [notebook.message.replace(root, "")], outcome: "" }
      : await runOne(notebook, typeProblems.get(notebook)!, settings, signal);
    return { path: files[i]!, result, seconds: secondsSince(startMs) };
  });
  for await (const { path, result, seconds } of runs) {
    if (result === "interrupted") {
      io.err(`interrupted in ${shown(path)}; nothing of it was written`);
      return 130;
    }
    const { faults, outcome } = result;
    if (faults.length > 0) failed++;
    io.out(`${faults.length > 0 ? "FAILED" : outcome}  ${shown(path)}  ${seconds} s\n`);
    for (const fault of faults) io.err(fault);
  }
  if (files.length > 0) {
    const count = `${files.length} ${files.length === 1 ? "notebook" : "notebooks"}`;
    io.out(`${count}, ${failed} failed, ${secondsSince(startMs)} s\n`);
  }
  return failed > 0 ? 1 : 0;
}

function open(path: string): Notebook | InputError {
  try {
    return parseNotebook(path, readFileSync(path, "utf8"));
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}

/** What came of one notebook: its faults, or in a word what was done. */
interface Outcome {
  readonly faults: readonly string[];
  readonly outcome: string;
}

async function runOne(
  stored: Notebook,
  typeProblems: readonly Problem[],
  settings: Settings,
  signal: AbortSignal,
): Promise<Outcome | "interrupted"> {
  if (typeProblems.length > 0) {
    return { faults: typeProblems.map((problem) => describe(stored, problem, root)), outcome: "" };
  }
  try {
    signal.throwIfAborted();
    return await execute(stored, settings, signal);
  } catch (error) {
    if (signal.aborted) return "interrupted";
    if (!(error instanceof KernelError)) throw error;
    return { faults: [`${shown(stored.path)}: ${error.message}`], outcome: "" };
  }
}

async function execute(
  stored: Notebook,
  { check, fast, timeoutS, mirror }: Settings,
  signal: AbortSignal,
): Promise<Outcome> {
  const { path } = stored;
  const tell = (problem: Problem) => describe(stored, problem, root);
  const env = environment(fast, mirror);
  const localPaths = [root, homedir() + "/", ...(mirror === undefined ? [] : [mirror])];
  const run = await runNotebook(stored, { timeoutS, env, signal, localPaths });
  const fresh = withData(run.notebook, dataFor(stored, mirror));
  if (!check && !fast) await replaceFile(path, formatNotebook(fresh));
  if (run.problems.length > 0) return { faults: run.problems.map(tell), outcome: "" };
  const noted = (outcome: string, note: string) => note === "" ? outcome : `${outcome} (${note})`;
  if (!check) {
    const outcome = fast
      ? noted("ok", "fast, not written")
      : noted("written", lossOfWriting(stored, fresh));
    return { faults: [], outcome };
  }
  const { problems, note } = checkNotebook(stored, fresh, fast);
  return { faults: problems.map(tell), outcome: noted("ok", note) };
}

/** This process's variables, with the speed and the data that were asked for. */
function environment(fast: boolean, mirror: string | undefined): Record<string, string> {
  const { JOULEBOOK_FAST: _fast, JOULEBOOK_MIRROR: _mirror, ...env } = Deno.env.toObject();
  return {
    ...env,
    ...(mirror !== undefined && { JOULEBOOK_MIRROR: mirror }),
    ...(fast && { JOULEBOOK_FAST: "1" }),
  };
}

function parseSettings(args: string[]): Settings {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        check: { type: "boolean", default: false },
        fast: { type: "boolean", default: false },
        jobs: { type: "string", default: "2" },
        timeout: { type: "string", default: "300" },
        mirror: { type: "string", default: Deno.env.get("JOULEBOOK_MIRROR") || "none" },
      },
    });
    const timeoutS = Number(values.timeout);
    if (!(timeoutS > 0)) throw new UsageError(`--timeout ${values.timeout}: not a time in seconds`);
    const jobs = Number(values.jobs);
    if (!(Number.isInteger(jobs) && jobs > 0)) {
      throw new UsageError(`--jobs ${values.jobs}: not a count of notebooks`);
    }
    const paths = positionals.length > 0 ? positionals : [join(root, "notebooks")];
    for (const path of positionals) {
      if (statSync(path, { throwIfNoEntry: false }) === undefined) {
        throw new UsageError(`${path}: no such notebook or folder`);
      }
    }
    // A relative one would move with the kernel's folder.
    const mirror = values.mirror === "none" ? undefined : resolve(values.mirror);
    return { paths, check: values.check, fast: values.fast, jobs, timeoutS, mirror };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Notebooks at or below a path, sorted; what front ends keep in hidden folders is not ours. */
function findNotebooks(path: string): string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return [];
  if (!stat.isDirectory()) return [resolve(path)];
  return readdirSync(path, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith("."))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const inside = join(path, entry.name);
      if (entry.isDirectory()) return findNotebooks(inside);
      return entry.name.endsWith(".ipynb") ? [resolve(inside)] : [];
    });
}

/** Writes beside and renames, so that a reader never sees half a notebook. */
async function replaceFile(path: string, text: string): Promise<void> {
  const beside = `${path}.tmp`;
  await Deno.writeTextFile(beside, text);
  await Deno.rename(beside, path);
}

function secondsSince(startMs: number): string {
  return ((performance.now() - startMs) / 1000).toFixed(1);
}

function shown(path: string): string {
  return relative(root, path) || ".";
}

if (import.meta.main) {
  const interrupt = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => interrupt.abort());
  }
  const io: CommandIo = {
    out: (text) => void process.stdout.write(text),
    err: (line) => void process.stderr.write(line + "\n"),
    interactive: Deno.stderr.isTerminal(),
  };
  Deno.exit(await main(Deno.args, io, interrupt.signal));
}
