import { type RequestLog, requestLog } from "../requests/log.ts";

/**
 * Whether no request is sent before the one before it has ended, so that each may be given all that
 * was measured during it.
 *
 * @param log The requests.
 * @return True also for a log of one request or none.
 *
 * @example
 * ```ts
 * import { isSerial } from "@joulebook/joulebook/attribution";
 * import { requestLog } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const submitS = Float64Array.of(0, 2);
 * assert.equal(isSerial(requestLog({ submitS, endS: Float64Array.of(2, 3) })), true);
 * assert.equal(isSerial(requestLog({ submitS, endS: Float64Array.of(2.5, 3) })), false);
 * ```
 */
export function isSerial(log: RequestLog): boolean {
  let lastEndS = -Infinity;
  return rowsBy(log.submitS).every((i) => {
    const apart = !(log.submitS[i]! < lastEndS);
    if (log.endS[i]! > lastEndS) lastEndS = log.endS[i]!;
    return apart;
  });
}

/**
 * The log of an engine that works at one request at a time, with the wait for the others taken off:
 * each request then begins when it was sent or the one before it ended, whichever is later, and the
 * log is serial. Such an engine is known by answers that never overlap although requests do. Requests
 * that failed before their first token hold nobody up; they lose their times.
 *
 * @param log The requests as the client saw them.
 * @return The log without waits, or as it is when it is serial; null when answers overlap, or one that
 *   succeeded has no first token or no end.
 *
 * @example
 * ```ts
 * import { withoutWaits } from "@joulebook/joulebook/attribution";
 * import { requestLog } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const log = requestLog({
 *   submitS: Float64Array.of(0, 0),
 *   firstTokenS: Float64Array.of(1, 5),
 *   endS: Float64Array.of(4, 8),
 * });
 * assert.deepEqual([...withoutWaits(log)!.submitS], [0, 4]);
 * assert.equal(withoutWaits({ ...log, firstTokenS: Float64Array.of(1, 3) }), null);
 * ```
 */
export function withoutWaits(log: RequestLog): RequestLog | null {
  if (isSerial(log)) return log;
  const { submitS, firstTokenS, success } = log;
  const startS = submitS.slice();
  const endS = log.endS.slice();
  let lastEndS = -Infinity;
  for (let i = 0; i < startS.length; i++) {
    if (!Number.isNaN(firstTokenS[i]!)) continue;
    if (success[i] === 1) return null;
    startS[i] = endS[i] = NaN;
  }
  for (const i of rowsBy(firstTokenS)) {
    if (!(firstTokenS[i]! >= lastEndS && endS[i]! >= firstTokenS[i]!)) return null;
    startS[i] = Math.max(submitS[i]!, lastEndS);
    lastEndS = endS[i]!;
  }
  return requestLog({ ...log, submitS: startS, endS });
}

/** Rows in the order of a column; those without a value are left out. */
function rowsBy(times: Float64Array): number[] {
  return Array.from(times.keys()).filter((i) => !Number.isNaN(times[i]!)).sort((a, b) =>
    times[a]! - times[b]!
  );
}
