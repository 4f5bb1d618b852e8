/**
 * Datasets: the registry of published measurements (where each file is, what its bytes must be, what
 * its licence allows), and getting, checking and finding local copies.
 *
 * @module
 */

export { loadRegistry, parseRegistry } from "./registry.ts";
export type { DatasetFile, Digest, Origin, Registry } from "./registry.ts";
export { findFiles } from "./find.ts";
export { resolveFile } from "./resolve.ts";
export type { ResolveOptions } from "./resolve.ts";
export { pullFiles } from "./pull.ts";
export type { PullOptions, PullProgress, PullResult, PullStatus } from "./pull.ts";
export { verifyFiles } from "./verify.ts";
export type { FileState, VerifyOptions, VerifyResult } from "./verify.ts";
export {
  type PublishedFigures,
  publishedFigures,
  type PublishedId,
  type PublishedTable,
} from "./published.ts";
export { hashFile } from "./hash_file.ts";
export { sourceUrl } from "./source_url.ts";
