import type { RequestLog } from "../requests/log.ts";

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
  const order = Array.from(log.submitS.keys()).sort((a, b) => log.submitS[a]! - log.submitS[b]!);
  let lastEndS = -Infinity;
  return order.every((i) => {
    const apart = !(log.submitS[i]! < lastEndS);
    if (log.endS[i]! > lastEndS) lastEndS = log.endS[i]!;
    return apart;
  });
}
