import { InputError } from "../errors.ts";
import type { ReadOptions } from "../formats/format.ts";
import { readInput } from "../formats/read.ts";
import { type InputLint, lintInput } from "./lint.ts";
import { rules } from "./rules/mod.ts";

/** How to lint. */
export interface LintOptions {
  /** How to read the files. */
  readonly read: ReadOptions;
  /** Ids of the rules to apply. */
  readonly rules: readonly string[];
}

/** What was found in a file, or why it could not be read. */
export type FileLint =
  | { readonly path: string; readonly format: string; readonly lint: InputLint }
  | { readonly path: string; readonly code: string; readonly message: string };

/**
 * What the rules say of one file.
 *
 * @param path The file.
 * @param options How to read it, which rules.
 * @return The findings, or why it could not be read.
 * @throws {InputError} `bad-option`: the command line is wrong, not the file.
 */
export async function lintFile(path: string, options: LintOptions): Promise<FileLint> {
  const chosen = rules.filter(({ id }) => options.rules.includes(id));
  try {
    const input = await readInput(path, options.read);
    return { path: input.path, format: input.format, lint: lintInput(input, chosen) };
  } catch (error) {
    if (!(error instanceof InputError) || error.code === "bad-option") throw error;
    return { path, code: error.code, message: error.message };
  }
}
