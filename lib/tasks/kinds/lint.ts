import { type FileLint, lintFile, type LintOptions } from "../../plausibility/lint_file.ts";
import type { InputFile } from "../input_file.ts";
import type { TaskKind } from "../kind.ts";

/** What is wrong with files: a unit is a file. */
export const kind: TaskKind<LintOptions, InputFile, FileLint> = {
  name: "lint",
  version: 1,
  start: (options) => (file) => lintFile(file.path, options),
};
