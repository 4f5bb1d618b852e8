// deno-lint-ignore-file no-console
/**
 * Writes the expectations that are missing, or with `--all` every one whose name contains the
 * filter, for a person to review before they are committed.
 */

import { existsSync, writeFileSync } from "node:fs";
import { fixtureCases, outcome } from "./fixture_cases.ts";

const all = Deno.args.includes("--all");
const filter = Deno.args.find((arg) => !arg.startsWith("--")) ?? "";
for (const fixture of fixtureCases()) {
  if (!fixture.name.includes(filter) || (!all && existsSync(fixture.expected))) continue;
  writeFileSync(fixture.expected, JSON.stringify(await outcome(fixture), null, 2) + "\n");
  console.log(`wrote the expectation of ${fixture.name}`);
}
