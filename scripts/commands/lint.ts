/** `joulebook lint`: what is wrong with traces and published results. */

import { basename, dirname } from "node:path";
import { parseArgs } from "node:util";
import { InputError } from "../../lib/errors.ts";
import { lintRun } from "../../lib/measurement/lint_run.ts";
import { isRunFolder, readRunFolder } from "../../lib/measurement/read_run_folder.ts";
import { runFiles } from "../../lib/measurement/run_files.ts";
import { runRules } from "../../lib/measurement/run_rules.ts";
import { type FileLint, lintFile, type LintOptions } from "../../lib/plausibility/lint_file.ts";
import { type Finding, mergeLint, rules, worstFirst } from "../../lib/plausibility/mod.ts";
import type { TaskRun } from "../../lib/tasks/mod.ts";
import { type Command, type CommandIo, printJson, UsageError } from "../command.ts";
import { filesUnder } from "../files_under.ts";
import { mapFiles } from "../map_files.ts";
import { readOptionNames, readOptionsOf, readOptionUsage } from "../read_options.ts";
import {
  resumedArgs,
  taskOptionNames,
  taskOptionUsage,
  wantsTasks,
  withRun,
} from "../task_options.ts";
import { textTable } from "../text_table.ts";

/** The command. */
export const command: Command = {
  name: "lint",
  summary: "look for what is wrong with traces and published results",
  usage: `joulebook lint FILE|FOLDER|RUN... [--rule ID]... [--json]
joulebook lint --rules

  Every file that can be read is checked against physical limits and its own arithmetic; files that
  cannot be read are listed, and in a folder passed over. A run folder of joulebook measure, named or
  within a folder, is checked as a whole too: its cells, clocks, driver and manifest.

  --rule ID          apply only this rule; may be given several times
  --rules            list the rules: what they look for, and why
${readOptionUsage}
${taskOptionUsage}
  --json             one JSON document: findings[] (rule, severity, where, message, expected, found)

Exit status 1 when there is an error among the findings, or a named file cannot be read.`,
  async run(words, io) {
    const args = await resumedArgs("lint", words);
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        ...readOptionNames,
        ...taskOptionNames,
        rule: { type: "string", multiple: true },
        rules: { type: "boolean" },
        json: { type: "boolean" },
      },
    });
    if (values.rules === true) {
      printRules(io, values.json === true);
      return 0;
    }
    if (positionals.length === 0) throw new UsageError("name at least one file or folder");
    for (const id of values.rule ?? []) {
      if (![...rules, ...runRules].some((rule) => rule.id === id)) {
        throw new UsageError(`there is no rule ${id}; see lint --rules`);
      }
    }
    const isChosen = ({ id }: { readonly id: string }): boolean =>
      values.rule?.includes(id) ?? true;
    const all = positionals.flatMap(filesUnder);
    const runs = [...new Set(all.map(({ path }) => dirname(path)))].filter(isRunFolder);
    // What else lies in a run folder is read with the run.
    const found = all.filter(({ path, named }) =>
      named || !runs.includes(dirname(path)) || basename(path) === runFiles.requests
    );
    const paths = found.map(({ path }) => path);
    const chosen = rules.filter(isChosen);
    const options = { read: readOptionsOf(values), rules: chosen.map(({ id }) => id) };
    const parts = wantsTasks(values)
      ? await withRun("lint", args, values, io, (run) => lintAll(run, paths, options))
      : await Array.fromAsync(paths, (path) => lintFile(path, options));
    const files: { path: string; format: string }[] = [];
    const unread: Unread[] = [];
    for (const [i, part] of parts.entries()) {
      if ("lint" in part) files.push({ path: part.path, format: part.format });
      // A sampler that was not there leaves a file without a reading; the run says why.
      else if (part.code !== "empty" || !runs.includes(dirname(dirname(part.path)))) {
        // A folder holds all kinds of files; one that was named should have been readable.
        const passedOver = !found[i]!.named && part.code === "unknown-format";
        unread.push({ path: part.path, message: part.message, passedOver });
      }
    }
    if (files.length + unread.length + runs.length === 0) {
      throw new InputError({
        code: "empty",
        path: positionals.join(", "),
        problem: "there is no file in it",
        advice: "name a file, or a folder that holds some",
      });
    }
    const ofFiles = parts.flatMap((part) => "lint" in part ? [part.lint] : []);
    const ofRuns: Finding[] = [];
    for (const dir of runs) {
      ofRuns.push(...lintRun(await readRunFolder(dir), runRules.filter(isChosen)));
    }
    const findings = worstFirst([...mergeLint(ofFiles, chosen), ...ofRuns]);
    if (values.json === true) printJson(io, { files, runs, unread, findings });
    else print(io, files.length, runs.length, unread, findings);
    const failed = unread.some(({ passedOver }) => !passedOver);
    return failed || findings.some(({ severity }) => severity === "error") ? 1 : 0;
  },
};

async function lintAll(
  run: TaskRun,
  paths: readonly string[],
  options: LintOptions,
): Promise<FileLint[]> {
  const { lintKindUrl } = await import("../../lib/tasks/mod.ts");
  return await mapFiles<FileLint, LintOptions>(run, "lint", lintKindUrl, paths, options);
}

/** A file that no rule saw. */
interface Unread {
  readonly path: string;
  readonly message: string;
  /** Whether it lay in a folder and has no format that we know. */
  readonly passedOver: boolean;
}

function print(
  io: CommandIo,
  read: number,
  runs: number,
  unread: readonly Unread[],
  findings: readonly Finding[],
): void {
  for (const { message, passedOver } of unread) {
    if (!passedOver) io.err(`joulebook lint: ${message}`);
  }
  const others = unread.filter(({ passedOver }) => passedOver).length;
  if (others > 0) io.err(`joulebook lint: ${others} files of no known format were passed over`);
  for (const { rule, severity, where, message, expected, found } of findings) {
    io.out(
      `${severity.padEnd(7)}  ${rule}\n         ${where}\n         ${message}\n` +
        `         expected ${expected}; found ${found}\n`,
    );
  }
  const counted = (severity: string): string => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return `${count} ${severity}${count === 1 ? "" : "s"}`;
  };
  io.out(
    `${read} file${read === 1 ? "" : "s"}${
      runs === 0 ? "" : ` and ${runs} run${runs === 1 ? "" : "s"} as a whole`
    } checked: ${counted("error")}, ${counted("warning")}, ${counted("note")}\n`,
  );
}

function printRules(io: CommandIo, json: boolean): void {
  const rows = [...rules, ...runRules].map(({ id, severity, reason, reference }) => ({
    id,
    severity,
    reason,
    reference,
  }));
  if (json) printJson(io, { rules: rows });
  else {io.out(
      textTable(["rule", "severity", "why"], rows.map((r) => [r.id, r.severity, r.reason])),
    );}
}
