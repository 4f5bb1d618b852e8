import type { Claim } from "../claim.ts";
import type { ClaimField } from "../claim_fields.ts";
import type { Fault } from "../finding.ts";
import type { Rule } from "../rule.ts";
import { off, short } from "../text.ts";

/** Rows are printed to a few digits; beyond this share two of their numbers contradict each other. */
const rounding = 0.02;

/** A quantity that must equal the product of two others. */
interface Product {
  readonly of: readonly [ClaimField, ClaimField];
  readonly is: ClaimField;
  readonly unit: string;
  readonly says: string;
}

function check(claim: Claim, { of, is, unit, says }: Product): Fault[] {
  const [a, b, c] = [claim.value(of[0]), claim.value(of[1]), claim.value(is)];
  if (a === null || b === null || c === null || a * b === 0 || c === 0) return [];
  if (Math.abs(a * b / c - 1) <= rounding) return [];
  return [{
    where: claim.where,
    message: `${says}: the product is ${off(a * b, c)} of the row's own total`,
    expected: `${short(c)} ${unit}`,
    found: `${short(a)} x ${short(b)} = ${short(a * b)} ${unit}`,
  }];
}

/** J/response times responses must be the energy. */
export const responseIdentity: Rule = {
  id: "energy-per-response",
  severity: "error",
  reason: "Energy per response times the number of responses is the energy. Old TokenPowerBench " +
    "files divide by the number of RAPL samples instead of responses.",
  reference: "TokenPowerBench results of 2025, found by recomputing every row",
  claim: (claim) => [
    ...check(claim, {
      of: ["gpuJPerResponse", "responses"],
      is: "gpuJ",
      unit: "J",
      says: "GPU energy per response does not fit the responses",
    }),
    ...check(claim, {
      of: ["totalJPerResponse", "responses"],
      is: "totalJ",
      unit: "J",
      says: "total energy per response does not fit the responses",
    }),
  ],
};

/** J/token times tokens must be the energy. */
export const tokenIdentity: Rule = {
  id: "energy-per-token",
  severity: "error",
  reason: "Energy per token times the number of tokens is the energy.",
  reference: "arithmetic",
  claim: (claim) => [
    ...check(claim, {
      of: ["gpuJPerToken", "totalOutputTokens"],
      is: "gpuJ",
      unit: "J",
      says: "GPU energy per token does not fit the tokens",
    }),
    ...check(claim, {
      of: ["totalJPerToken", "totalOutputTokens"],
      is: "totalJ",
      unit: "J",
      says: "energy per token does not fit the tokens",
    }),
  ],
};

/** Mean power times duration must be the energy. */
export const powerIdentity: Rule = {
  id: "power-times-duration",
  severity: "error",
  reason: "Mean power times duration is the energy; a factor of 1000 or 3600 is a slip of units.",
  reference: "arithmetic",
  claim: (claim) =>
    (["gpu", "cpu", "dram", "total"] as const).flatMap((part) =>
      check(claim, {
        of: [`${part}W`, "durationS"],
        is: `${part}J`,
        unit: "J",
        says: `${part} power does not fit the ${part} energy`,
      })
    ),
};

/** TTFT plus the other tokens at TPOT must be TTLT, for time and for energy. */
export const phaseIdentity: Rule = {
  id: "phases-add-up",
  severity: "error",
  reason: "The first token and the rest at their pace make up the whole request, in time and in " +
    "energy. Where they do not, phases and whole were measured under different conditions.",
  reference: "TTLT = TTFT + (n - 1) TPOT; ELANA, arXiv 2512.09946, tables",
  claim: (claim) => {
    const tokens = claim.value("outputTokens");
    if (tokens === null || tokens < 2) return [];
    const sides: readonly (readonly [ClaimField, ClaimField, ClaimField, string, string])[] = [
      ["ttftS", "tpotS", "ttltS", "s", "latencies"],
      ["promptJ", "stepJ", "requestJ", "J", "energies"],
    ];
    return sides.flatMap(([first, step, whole, unit, name]) => {
      const [a, b, c] = [claim.value(first), claim.value(step), claim.value(whole)];
      if (a === null || b === null || c === null || c === 0) return [];
      const sum = a + (tokens - 1) * b;
      // A tenth: growth of the cache over a request moves the pace of its tokens by less.
      if (Math.abs(sum / c - 1) <= 0.1) return [];
      return [{
        where: claim.where,
        message: `the ${name} of the phases are ${off(sum, c)} of the whole request's`,
        expected: `${short(c)} ${unit}`,
        found: `${short(a)} + ${tokens - 1} x ${short(b)} = ${short(sum)} ${unit}`,
      }];
    });
  },
};
