/** The fixture pairs of the readers: a small input beside what must come out of it. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { InputError } from "../../lib/errors.ts";
import type { ReadOptions } from "../../lib/formats/format.ts";
import { inspectInput } from "../../lib/formats/read.ts";
import { openFile } from "../../lib/formats/open.ts";

/** Folder of the fixtures: one folder a format id. */
export const fixturesDir: string = fileURLToPath(new URL("./fixtures/", import.meta.url));

/** One fixture pair. */
export interface FixtureCase {
  /** `format-id/case.ext`. */
  readonly name: string;
  /** Path of the input. */
  readonly input: string;
  /** Path of the expected outcome. */
  readonly expected: string;
  /** Options from `case.options.json`, where there is one. */
  readonly options: ReadOptions;
}

/** All pairs, whether or not the expectation exists yet. */
export function fixtureCases(): FixtureCase[] {
  return readdirSync(fixturesDir).sort().flatMap((format) =>
    readdirSync(`${fixturesDir}${format}`).sort()
      .filter((file) => !/\.(expected|options)\.json$/.test(file))
      .map((file) => {
        const stem = `${fixturesDir}${format}/${file.replace(/(\.[^.]+){1,2}$/, "")}`;
        const options = `${stem}.options.json`;
        return {
          name: `${format}/${file}`,
          input: `${fixturesDir}${format}/${file}`,
          expected: `${stem}.expected.json`,
          options: existsSync(options)
            ? JSON.parse(readFileSync(options, "utf8")) as ReadOptions
            : {},
        };
      })
  );
}

/** What comes out of an input: its summary, or the error, in a form that can be compared. */
export async function outcome(fixture: FixtureCase): Promise<unknown> {
  const named = { ...openFile(fixture.input), path: fixture.name };
  try {
    return JSON.parse(JSON.stringify(await inspectInput(named, fixture.options)));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { error: { code: error.code, message: error.message } };
  }
}
