import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { InputError } from "../errors.ts";
import { delimiterOf, forEachRow } from "../formats/delimited.ts";
import { openFile } from "../formats/open.ts";
import { createRandom } from "../random.ts";
import type { MeasureSettings, PromptSettings } from "./settings.ts";
import { words } from "./words.ts";

/** A prompt as the server takes it: text, or token ids. */
export type Prompt = string | readonly number[];

/** Gives the prompt of a request: by the seed of its cell, its number, and the tokens wanted. */
export type PromptSource = (seed: number, number: number, inputTokens: number) => Prompt;

/** Where a path in a configuration leads: relative paths start at its file. */
export function besideConfig(configPath: string, path: string): string {
  return isAbsolute(path) ? path : join(dirname(configPath), path);
}

/**
 * Made-up prompts, each different from the others, so that no prefix cache shortens the work.
 *
 * @param unit Words (one for each token wanted; the server's count is what is recorded) or token ids.
 * @param vocabulary Ids are drawn from 1000 (or 0 in a smaller vocabulary) up to this.
 */
export function syntheticPrompts(unit: "words" | "token-ids", vocabulary: number): PromptSource {
  const first = vocabulary > 2000 ? 1000 : 0;
  return (seed, number, inputTokens) => {
    const random = createRandom(seed).fork(number + 1);
    const draw = (n: number): number => random.integer(n);
    return unit === "words"
      ? Array.from({ length: inputTokens }, () => words[draw(words.length)]!).join(" ")
      : Array.from({ length: inputTokens }, () => first + draw(vocabulary - first));
  };
}

/** Prompts of a list, taken in order and from the start again. */
function listedPrompts(prompts: readonly string[]): PromptSource {
  return (_seed, number) => prompts[number % prompts.length]!;
}

/**
 * The prompts of a configuration.
 *
 * @param settings What is wanted.
 * @param configPath Path of the configuration.
 * @param resolveDataset Finds the local copy of a registered file.
 * @throws {InputError} When the file cannot be read or a record has no such field.
 */
export async function promptSource(
  settings: MeasureSettings,
  configPath: string,
  resolveDataset: (path: string) => Promise<string>,
): Promise<PromptSource> {
  const { prompts } = settings;
  if (prompts.kind === "synthetic") return syntheticPrompts(prompts.unit, prompts.vocabulary);
  const path = prompts.kind === "file"
    ? besideConfig(configPath, prompts.file)
    : await resolveDataset(prompts.dataset);
  return listedPrompts(await readPrompts(path, prompts));
}

async function readPrompts(
  path: string,
  { field }: Exclude<PromptSettings, { kind: "synthetic" }>,
): Promise<string[]> {
  const fail = (problem: string, line?: number): never => {
    throw new InputError({
      code: "malformed",
      path,
      ...(line !== undefined && { line }),
      problem,
      expected: `prompts in the field "${field}"`,
      advice: "name the field under prompts.field",
    });
  };
  const fieldOf = (record: unknown, line?: number): string => {
    const value = (record as Record<string, unknown> | null)?.[field];
    return typeof value === "string" && value !== "" ? value : fail("a record has no prompt", line);
  };
  let found: string[];
  if (path.endsWith(".csv")) found = await csvColumn(path, field, fail);
  else {
    // Opened here only for its errors, which name the path.
    openFile(path);
    const text = readFileSync(path, "utf8");
    const lines = text.split(/\r?\n/);
    if (path.endsWith(".jsonl")) {
      found = lines.flatMap((line, i) =>
        line === "" ? [] : [fieldOf(json(line, fail, i + 1), i + 1)]
      );
    } else if (path.endsWith(".json")) {
      const list = json(text, fail);
      if (!Array.isArray(list)) fail("the file is no array of records");
      found = (list as unknown[]).map((item) => typeof item === "string" ? item : fieldOf(item));
    } else found = lines.filter((line) => line !== "");
  }
  return found.length > 0 ? found : fail("there is no prompt in this file");
}

function json(
  text: string,
  fail: (problem: string, line?: number) => never,
  line?: number,
): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return fail("this is no JSON", line);
  }
}

async function csvColumn(
  path: string,
  field: string,
  fail: (problem: string, line?: number) => never,
): Promise<string[]> {
  const found: string[] = [];
  let column = -1;
  const source = openFile(path);
  const first = readFileSync(path, "utf8").split(/\r?\n/, 1)[0] ?? "";
  await forEachRow(source, delimiterOf(first), ({ cells, line }) => {
    if (column === -1) {
      column = cells.indexOf(field);
      if (column === -1) fail("the header does not name this column", line);
      return;
    }
    const cell = cells[column];
    found.push(cell === undefined || cell === "" ? fail("a row has no prompt", line) : cell);
  });
  return found;
}
