import type { ReadResult } from "../formats/format.ts";
import { claimsOf } from "./claim.ts";
import { type Finding, worstFirst } from "./finding.ts";
import { type InputOutline, outlineOf } from "./outline.ts";
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
 * Where inputs do not fit into memory together, `lintInput` each and `mergeLint` what it says.
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
  return mergeLint(inputs.map((input) => lintInput(input, rules)), rules);
}

/** What the rules say of one input, and what is kept of it to compare it with others. */
export interface InputLint {
  /** Findings in the order of the rules. */
  readonly findings: readonly Finding[];
  /** What rules over several inputs need. */
  readonly outline: InputOutline;
}

/**
 * Looks for what is wrong with one input by itself.
 *
 * @param input What was read from a file.
 * @param rules The rules to apply; by default all.
 * @return Its findings, to be put together by {@linkcode mergeLint}.
 */
export function lintInput(input: ReadResult, rules: readonly Rule[] = allRules): InputLint {
  const findings = rules.flatMap((rule) => {
    const faults = [...rule.input?.(input) ?? []];
    if (rule.series !== undefined) {
      for (const series of input.series) faults.push(...rule.series({ series, input }));
    }
    if (rule.claim !== undefined || rule.claims !== undefined) {
      const claims = claimsOf(input);
      for (const claim of claims) faults.push(...rule.claim?.(claim) ?? []);
      for (const table of new Set(claims.map((claim) => claim.table))) {
        faults.push(...rule.claims?.(claims.filter((claim) => claim.table === table)) ?? []);
      }
    }
    return faults.map((fault) => ({ rule: rule.id, severity: rule.severity, ...fault }));
  });
  return { findings, outline: outlineOf(input) };
}

/**
 * The findings of several inputs, those of rules that compare them with each other included.
 *
 * @param parts What was found in each input, in their order.
 * @param rules The same rules.
 * @return The findings, errors first, then in the order of rules and inputs.
 */
export function mergeLint(
  parts: readonly InputLint[],
  rules: readonly Rule[] = allRules,
): Finding[] {
  const outlines = parts.map(({ outline }) => outline);
  const findings = rules.flatMap((rule) => [
    ...parts.flatMap((part) => part.findings.filter((finding) => finding.rule === rule.id)),
    ...(rule.inputs?.(outlines) ?? []).map((fault) => ({
      rule: rule.id,
      severity: rule.severity,
      ...fault,
    })),
  ]);
  return worstFirst(findings);
}
