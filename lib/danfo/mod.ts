/**
 * danfo.js data frames from and to Joulebook's tables and logs. Optional: danfo.js is loaded at the
 * first call of `toDanfo`, and nothing else in Joulebook reaches this module.
 *
 * @module
 */

export type { DanfoModule, DataFrame } from "./data_frame.ts";
export { fromDanfo, requestsFromDanfo } from "./from_danfo.ts";
export { loadDanfo } from "./load.ts";
export { toDanfo } from "./to_danfo.ts";
