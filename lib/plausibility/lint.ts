import type { ReadResult } from "../formats/format.ts";
import { claimsOf } from "./claim.ts";
import type { Finding } from "./finding.ts";
import type { Rule } from "./rule.ts";
import { rules as allRules } from "./rules/mod.ts";

/**
 * Looks for what is wrong with measurements and published results, by physical limits and
 * arithmetic.
 *
 * @param inputs What was read, from any number of files: some rules compare files with each other.
 * @param rules The rules to apply; by default all.
 * @return The findings, errors first, then in the order of inputs and rules.
 *
 * @example
 * ```ts
 * import { lint } from "@joulebook/joulebook/plausibility";
 * import { readInput, sourceOf } from "@joulebook/joulebook/formats";
 * import assert from "node:assert/strict";
 *
 * const input = await readInput(sourceOf(
 *   "timestamp, index, name, power.draw [W]\n" +
 *     "2026/01/01 00:00:00.000, 0, NVIDIA H100 80GB HBM3, 690.00 W\n" +
 *     "2026/01/01 00:00:01.000, 0, NVIDIA H100 80GB HBM3, 7100.00 W\n",
 *   "power.csv",
 * ));
 * assert.equal(lint([input])[0]!.rule, "power-above-tdp");
 * ```
 */
export function lint(inputs: readonly ReadResult[], rules: readonly Rule[] = allRules): Finding[] {
  const findings: Finding[] = [];
  for (const rule of rules) {
    const add = (faults: readonly Omit<Finding, "rule" | "severity">[]): void => {
      for (const fault of faults) {
        findings.push({ rule: rule.id, severity: rule.severity, ...fault });
      }
    };
    for (const input of inputs) {
      if (rule.input !== undefined) add(rule.input(input));
      if (rule.series !== undefined) {
        for (const series of input.series) add(rule.series({ series, input }));
      }
      if (rule.claim !== undefined || rule.claims !== undefined) {
        const claims = claimsOf(input);
        for (const claim of claims) add(rule.claim?.(claim) ?? []);
        for (const table of new Set(claims.map((claim) => claim.table))) {
          add(rule.claims?.(claims.filter((claim) => claim.table === table)) ?? []);
        }
      }
    }
    if (rule.inputs !== undefined) add(rule.inputs(inputs));
  }
  const rank = { error: 0, warning: 1, note: 2 };
  return findings.map((finding, i) => ({ finding, i }))
    .sort((a, b) => rank[a.finding.severity] - rank[b.finding.severity] || a.i - b.i)
    .map(({ finding }) => finding);
}
