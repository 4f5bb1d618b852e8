import { type RequestLog, requestLog } from "./log.ts";

/**
 * Some requests of a log, in the order of the rows given; a row may come more than once.
 *
 * @param log The log; not changed.
 * @param rows Rows of the requests, counted from 0.
 * @return A log of them, with all that the log says about itself.
 * @throws {RangeError} When the log has no such row.
 *
 * @example
 * ```ts
 * import { pickRequests, requestLog } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const log = requestLog({
 *   submitS: Float64Array.of(0, 1, 2),
 *   outputTokens: Float64Array.of(5, 500, 7),
 * });
 * const short = pickRequests(log, [0, 2]);
 * assert.deepEqual([...short.submitS], [0, 2]);
 * ```
 */
export function pickRequests(log: RequestLog, rows: readonly number[]): RequestLog {
  const length = log.submitS.length;
  for (const row of rows) {
    if (!(Number.isInteger(row) && row >= 0 && row < length)) {
      throw new RangeError(`the log has rows 0 to ${length - 1}, none is ${row}`);
    }
  }
  const column = (values: Float64Array): Float64Array =>
    Float64Array.from(rows, (row) => values[row]!);
  let tokenTimes: RequestLog["tokenTimes"] = null;
  if (log.tokenTimes !== null) {
    const { offsets, timeS } = log.tokenTimes;
    const starts = new Uint32Array(rows.length + 1);
    rows.forEach((row, i) => starts[i + 1] = starts[i]! + offsets[row + 1]! - offsets[row]!);
    const times = new Float64Array(starts.at(-1)!);
    rows.forEach((row, i) => {
      times.set(timeS.subarray(offsets[row], offsets[row + 1]), starts[i]);
    });
    tokenTimes = { offsets: starts, timeS: times };
  }
  return requestLog({
    ...log,
    submitS: column(log.submitS),
    firstTokenS: column(log.firstTokenS),
    endS: column(log.endS),
    inputTokens: column(log.inputTokens),
    outputTokens: column(log.outputTokens),
    cachedTokens: log.cachedTokens === null ? null : column(log.cachedTokens),
    success: Uint8Array.from(rows, (row) => log.success[row]!),
    replica: log.replica === null ? null : Uint16Array.from(rows, (row) => log.replica![row]!),
    tokenTimes,
    ids: log.ids === null ? null : rows.map((row) => log.ids![row]!),
  });
}
