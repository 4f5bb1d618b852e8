import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  evaluatePublished,
  type EvaluationPart,
  type PublishedOptions,
} from "../../prediction/evaluation/published.ts";
import type { EvaluationReport } from "../../prediction/evaluation/split_report.ts";
import type { TaskKind } from "../kind.ts";

/** A part of the tests, with the content of its files. */
export interface EvaluationUnit extends EvaluationPart {
  /** Checksum of each file. */
  readonly content: readonly string[];
}

/** Held-out tests on published data: a unit is a part of those on one data set. */
export const kind: TaskKind<PublishedOptions, EvaluationUnit, EvaluationReport> = {
  name: "evaluate",
  version: 1,
  start: (options, places) => (unit) => {
    const { dir } = places as { readonly dir: string };
    return evaluatePublished(unit, (path) => readFileSync(join(dir, path)), options);
  },
};
