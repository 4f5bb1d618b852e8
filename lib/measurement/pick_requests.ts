import { type RequestLog, requestLog } from "../requests/log.ts";

/** Some requests of a log, by their rows. */
export function pickRequests(log: RequestLog, rows: readonly number[]): RequestLog {
  const column = (values: Float64Array): Float64Array =>
    Float64Array.from(rows, (row) => values[row]!);
  let tokenTimes: RequestLog["tokenTimes"] = null;
  if (log.tokenTimes !== null) {
    const { offsets, timeS } = log.tokenTimes;
    const starts = Uint32Array.from({ length: rows.length + 1 }, () => 0);
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
    tokenTimes,
    ids: log.ids === null ? null : rows.map((row) => log.ids![row]!),
  });
}
