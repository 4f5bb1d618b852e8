/** `joulebook datasets`: what is registered, getting it, and checking what is there. */

import { statSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { parseArgs } from "node:util";
import {
  type DatasetFile,
  findFiles,
  loadRegistry,
  pullFiles,
  type PullResult,
  type PullStatus,
  type Registry,
  verifyFiles,
  type VerifyResult,
} from "../../lib/datasets/mod.ts";
import { InputError } from "../../lib/errors.ts";
import { type Command, type CommandIo, printJson, UsageError } from "../command.ts";

/** What the command takes from its surroundings; tests pass their own. */
export interface DatasetsSurroundings {
  /** An environment variable. */
  env(name: string): string | undefined;
  /** The registry to work on. */
  registry(): Registry;
}

const usage = `joulebook datasets list [PATTERN...]
joulebook datasets pull [PATTERN...] [--to DIR]
joulebook datasets verify [PATTERN...] [--in DIR]

  PATTERN          a path, a folder, a format family (nvidia_smi), or a glob ('traces/**/*.csv');
                   none means every file (pull: every file that its source can give)
  --to DIR         folder to fill; default: the cache
  --in DIR         folder to check; default: the mirror when there is one, else the cache
  --json           one JSON document
  JOULEBOOK_MIRROR folder with a copy of the data: pull copies from it and leaves the network alone
  cache            $XDG_CACHE_HOME/joulebook, or ~/.cache/joulebook

Exit status 1 when a file could not be pulled, or is missing or wrong.`;

/**
 * The command.
 *
 * @param surroundings Environment and registry.
 * @return The command, for the dispatcher or a test.
 */
export function datasetsCommand(surroundings: DatasetsSurroundings): Command {
  return {
    name: "datasets",
    summary: "list, pull and verify the registered measurements",
    usage,
    run(args, io) {
      const [verb, ...rest] = args;
      switch (verb) {
        case "list":
          return Promise.resolve(list(surroundings, rest, io));
        case "pull":
          return pull(surroundings, rest, io);
        case "verify":
          return verify(surroundings, rest, io);
        default:
          throw new UsageError(
            verb === undefined ? "datasets: list, pull or verify?" : `datasets: no "${verb}"`,
          );
      }
    },
  };
}

/** The command as the dispatcher runs it. */
export const command: Command = datasetsCommand({
  env: (name) => Deno.env.get(name),
  registry: loadRegistry,
});

function list(surroundings: DatasetsSurroundings, args: string[], io: CommandIo): number {
  const { patterns, json } = parse(args);
  const files = select(surroundings, patterns, io);
  if (files === null) return 1;
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (json) {
    printJson(io, { bytes, files });
    return 0;
  }
  printRows(
    io,
    ["SIZE", "LICENCE", "ORIGIN", "PATH"],
    files.map((file) => [
      size(file.bytes),
      file.licence,
      file.origin,
      file.path,
    ]),
  );
  io.out(`${count(files.length)}, ${size(bytes)}; --json has address, hash and citation of each\n`);
  return 0;
}

async function pull(
  surroundings: DatasetsSurroundings,
  args: string[],
  io: CommandIo,
): Promise<number> {
  const { patterns, json, dir } = parse(args, "to");
  const mirrorDir = mirrorOf(surroundings);
  const toDir = dir ?? cacheOf(surroundings);
  const selected = select(surroundings, patterns, io);
  if (selected === null) return 1;
  // Without a pattern nobody asked for the files that the network cannot give.
  const files = patterns.length > 0 || mirrorDir !== undefined
    ? selected
    : selected.filter((file) => file.origin === "verbatim");

  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  Deno.addSignalListener("SIGINT", onInterrupt);
  let results: PullResult[];
  try {
    results = await pullFiles(files, {
      toDir,
      ...(mirrorDir !== undefined && { mirrorDir }),
      signal: interrupt.signal,
      onProgress: ({ file, status, filesDone, filesTotal }) => {
        if (status !== null && io.interactive) {
          io.err(`${filesDone}/${filesTotal} ${status} ${file.path}`);
        }
      },
    });
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    io.err("interrupted; finished files are kept, run it again to go on");
    return 1;
  } finally {
    Deno.removeSignalListener("SIGINT", onInterrupt);
  }

  const failed = results.filter((result) => result.status === "failed");
  const skipped = selected.length - files.length;
  if (json) {
    printJson(io, {
      dir: toDir,
      mirror: mirrorDir ?? null,
      mirrorOnly: skipped,
      files: results.map(({ file, status, localPath, error }) => ({
        path: file.path,
        status,
        localPath,
        code: error?.code ?? null,
        problem: error?.message ?? null,
      })),
    });
  } else {
    printRows(
      io,
      ["STATUS", "SIZE", "LICENCE", "PATH"],
      results.map(({ file, status }) => [
        status,
        size(file.bytes),
        file.licence,
        file.path,
      ]),
    );
    for (const { error } of failed) io.err(error?.message ?? "");
    io.out(`${summary(results)} in ${toDir}\n`);
    if (skipped > 0) {
      io.out(
        `${count(skipped)} left out: not the published bytes, so only a mirror has them\n`,
      );
    }
  }
  return failed.length > 0 ? 1 : 0;
}

async function verify(
  surroundings: DatasetsSurroundings,
  args: string[],
  io: CommandIo,
): Promise<number> {
  const { patterns, json, dir: given } = parse(args, "in");
  const dir = given ?? mirrorOf(surroundings) ?? cacheOf(surroundings);
  const files = select(surroundings, patterns, io);
  if (files === null) return 1;
  const results = await verifyFiles(files, { dir });
  const bad = results.filter(({ state }) => state !== "present" && state !== "altered");
  if (json) {
    printJson(io, {
      dir,
      files: results.map(({ file, state, localPath, found, problem }) => ({
        path: file.path,
        state,
        localPath,
        expected: { bytes: file.bytes, sha256: file.sha256 },
        found,
        problem,
      })),
    });
  } else {
    printRows(
      io,
      ["STATE", "SIZE", "LICENCE", "PATH"],
      results.map(({ file, state }) => [
        state,
        size(file.bytes),
        file.licence,
        file.path,
      ]),
    );
    for (const result of results) {
      const line = explain(result);
      if (line !== null) io.out(`${line}\n`);
    }
    io.out(`${count(results.length)} in ${dir}: ${tally(results.map(({ state }) => state))}\n`);
  }
  return bad.length > 0 ? 1 : 0;
}

function parse(args: string[], folderOption?: "to" | "in"): {
  patterns: string[];
  json: boolean;
  dir: string | undefined;
} {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        json: { type: "boolean", default: false },
        ...(folderOption && { [folderOption]: { type: "string" } }),
      },
    });
    const options: Record<string, unknown> = values;
    const dir = folderOption === undefined ? undefined : options[folderOption];
    if (dir === "") throw new Error(`--${folderOption} needs a folder`);
    return {
      patterns: positionals,
      json: options["json"] === true,
      dir: typeof dir === "string" ? dir : undefined,
    };
  } catch (error) {
    throw new UsageError(`datasets: ${error instanceof Error ? error.message : error}`);
  }
}

/** The files that the patterns name, or null after saying which pattern names none. */
function select(
  surroundings: DatasetsSurroundings,
  patterns: string[],
  io: CommandIo,
): DatasetFile[] | null {
  const registry = surroundings.registry();
  const idle = patterns.filter((pattern) => findFiles(registry, pattern).length === 0);
  if (idle.length === 0) return findFiles(registry, ...patterns);
  const families = [...new Set(registry.files.map(({ family }) => family))].join(", ");
  for (const pattern of idle) io.err(`no registered file matches "${pattern}"`);
  io.err(`families: ${families}`);
  return null;
}

/** The mirror's folder; a misspelt one would otherwise look like one that has lost its files. */
function mirrorOf(surroundings: DatasetsSurroundings): string | undefined {
  const dir = surroundings.env("JOULEBOOK_MIRROR") || undefined;
  if (dir !== undefined && !statSync(dir, { throwIfNoEntry: false })?.isDirectory()) {
    throw new InputError({
      code: "not-found",
      path: dir,
      problem: "JOULEBOOK_MIRROR does not name a folder",
      advice: "correct it, or unset it to use the network",
    });
  }
  return dir;
}

/** The XDG rule: an unset or relative XDG_CACHE_HOME does not count. */
function cacheOf(surroundings: DatasetsSurroundings): string {
  const base = surroundings.env("XDG_CACHE_HOME") ?? "";
  return join(isAbsolute(base) ? base : join(homedir(), ".cache"), "joulebook");
}

function explain({ file, state, found, problem, localPath }: VerifyResult): string | null {
  if (state === "unreadable") return `${localPath}: ${problem}`;
  if (state === "altered") return `${file.path}: the mirror's own version; ${file.note}`;
  if (state !== "wrong" || found === null) return null;
  return `${file.path}: expected ${file.bytes} bytes, sha256 ${file.sha256}\n` +
    `${" ".repeat(file.path.length)}  found    ${found.bytes} bytes, sha256 ${found.sha256}`;
}

function summary(results: readonly PullResult[]): string {
  const statuses: PullStatus[] = results.map(({ status }) => status);
  return `${count(results.length)}: ${tally(statuses)}`;
}

function tally(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, n]) => `${n} ${word}`).join(", ") || "nothing to do";
}

function count(files: number): string {
  return `${files} ${files === 1 ? "file" : "files"}`;
}

/** Decimal units, three digits: `987 B`, `1.06 MB`. */
function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const power = Math.min(3, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toPrecision(3)} ${["", "kB", "MB", "GB"][power]}`;
}

function printRows(io: CommandIo, header: string[], rows: string[][]): void {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  for (const row of all) {
    const cells = row.map((cell, column) =>
      header[column] === "SIZE" ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)
    );
    io.out(`${cells.join("  ").trimEnd()}\n`);
  }
}
