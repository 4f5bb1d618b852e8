/** `deno task notebooks`: executes notebooks without Python or Jupyter. */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { InputError } from "../lib/errors.ts";
import { type CommandIo, UsageError } from "./command.ts";
import { firstDifference } from "./notebooks/compare_outputs.ts";
import { KernelError } from "./notebooks/kernel.ts";
import { formatNotebook, type Notebook, parseNotebook, tagsOf } from "./notebooks/notebook_file.ts";
import { describe, type Problem } from "./notebooks/problem.ts";
import { runNotebook } from "./notebooks/run.ts";
import { typeCheck } from "./notebooks/type_check.ts";

const usage = `deno task notebooks [PATH...] [--check] [--fast] [--timeout SECONDS]

  PATH       a notebook or a folder of them; default: notebooks/
  --check    compare with the stored outputs and write nothing; exit 1 when they differ
  --fast     run with JOULEBOOK_FAST=1: only errors count, and with --check the outputs of cells
             tagged "verdict"; writes nothing
  --timeout  seconds that a cell may take, default 300

Cells are type-checked together first. Tags of a cell: "raises-exception" (it may fail),
"nbval-ignore-output" (its outputs are not compared), "verdict" (compared with --fast too).
JOULEBOOK_MIRROR is passed on. Exit status 1 when a cell fails or a check does, 2 for bad usage.`;

/** Ends in a slash. */
const root = fileURLToPath(new URL("..", import.meta.url));
const configPath = join(root, "deno.json");

interface Settings {
  readonly paths: readonly string[];
  readonly check: boolean;
  readonly fast: boolean;
  readonly timeoutS: number;
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
  let failed = 0;
  const opened = files.map((path) => open(path));
  const readable = opened.flatMap((notebook) => notebook instanceof InputError ? [] : [notebook]);
  const typeProblems = new Map(
    (await typeCheck(readable, configPath)).map((problems, i) => [readable[i]!.path, problems]),
  );
  for (const [i, path] of files.entries()) {
    const startMs = performance.now();
    let faults: string[];
    let outcome = "ok";
    try {
      const notebook = opened[i]!;
      if (notebook instanceof InputError) throw notebook;
      const problems = typeProblems.get(path)!;
      if (problems.length > 0) {
        faults = problems.map((problem) => describe(notebook, problem, root));
      } else {
        ({ faults, outcome } = await runOne(notebook, settings, signal));
      }
    } catch (error) {
      if (signal.aborted) {
        io.err(`interrupted in ${shown(path)}; nothing of it was written`);
        return 130;
      }
      if (!(error instanceof InputError || error instanceof KernelError)) throw error;
      faults = [
        error instanceof KernelError
          ? `${shown(path)}: ${error.message}`
          : error.message.replace(root, ""),
      ];
    }
    if (faults.length > 0) failed++;
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    io.out(`${faults.length > 0 ? "FAILED" : outcome}  ${shown(path)}  ${seconds} s\n`);
    for (const fault of faults) io.err(fault);
  }
  if (files.length > 0) {
    io.out(`${files.length} ${files.length === 1 ? "notebook" : "notebooks"}, ${failed} failed\n`);
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

async function runOne(
  stored: Notebook,
  { check, fast, timeoutS }: Settings,
  signal: AbortSignal,
): Promise<{ faults: string[]; outcome: string }> {
  const { path } = stored;
  const tell = (problem: Problem) => describe(stored, problem, root);
  signal.throwIfAborted();
  const env = environment(fast);
  const mirror = env["JOULEBOOK_MIRROR"];
  const localPaths = [root, homedir() + "/", ...(mirror === undefined ? [] : [mirror])];
  const run = await runNotebook(stored, { timeoutS, env, signal, localPaths });
  const data = mirror === undefined ? "bundled" : "mirror";
  const fresh: Notebook = {
    ...run.notebook,
    metadata: { ...run.notebook.metadata, joulebook: { data } },
  };
  if (!check && !fast) await replaceFile(path, formatNotebook(fresh));
  if (run.problems.length > 0) return { faults: run.problems.map(tell), outcome: "" };
  if (!check) return { faults: [], outcome: fast ? "ok (fast, not written)" : "written" };

  const differences = compare(stored, fresh, fast);
  const madeWith = storedData(stored);
  if (differences.length > 0 && madeWith !== null && madeWith !== data) {
    return { faults: [], outcome: `ok (outputs made with ${madeWith} data, not compared)` };
  }
  return { faults: differences.map(tell), outcome: "ok" };
}

/** Cells whose outputs are not what the file holds. */
function compare(stored: Notebook, fresh: Notebook, fast: boolean): Problem[] {
  const code = (notebook: Notebook) => notebook.cells.filter((cell) => cell.cell_type === "code");
  const after = code(fresh);
  return code(stored).flatMap((cell, i): Problem[] => {
    const tags = tagsOf(cell);
    if (tags.includes("nbval-ignore-output") || (fast && !tags.includes("verdict"))) return [];
    const difference = firstDifference(cell.outputs ?? [], after[i]?.outputs ?? []);
    return difference === null ? [] : [{ cell: i + 1, line: null, message: difference }];
  });
}

function storedData(notebook: Notebook): string | null {
  const note = notebook.metadata["joulebook"];
  return typeof note === "object" && note !== null && "data" in note ? String(note.data) : null;
}

/** This process's variables; a relative mirror would move with the kernel's folder. */
function environment(fast: boolean): Record<string, string> {
  const { JOULEBOOK_FAST: _, JOULEBOOK_MIRROR: mirror, ...env } = Deno.env.toObject();
  return {
    ...env,
    ...(mirror && { JOULEBOOK_MIRROR: resolve(mirror) }),
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
        timeout: { type: "string", default: "300" },
      },
    });
    const timeoutS = Number(values.timeout);
    if (!(timeoutS > 0)) throw new UsageError(`--timeout ${values.timeout}: not a time in seconds`);
    const paths = positionals.length > 0 ? positionals : [join(root, "notebooks")];
    for (const path of positionals) {
      if (statSync(path, { throwIfNoEntry: false }) === undefined) {
        throw new UsageError(`${path}: no such notebook or folder`);
      }
    }
    return { paths, check: values.check, fast: values.fast, timeoutS };
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
