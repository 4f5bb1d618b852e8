/**
 * Plausibility: what is wrong with a trace or a published result.
 *
 * @module
 */

export * from "./claim.ts";
export type { ClaimField } from "./claim_fields.ts";
export * from "./finding.ts";
export * from "./lint.ts";
export type { Extent, InputOutline } from "./outline.ts";
export * from "./rule.ts";
export { rules } from "./rules/mod.ts";
