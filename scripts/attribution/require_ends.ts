import { InputError } from "../../lib/errors.ts";
import type { RequestLog } from "../../lib/requests/log.ts";

/**
 * Refuses a log of which most answered requests have no end: nothing would be true of the rest.
 *
 * @param log The log.
 * @param path Its path.
 * @throws {InputError} `refused`, with what to record or give.
 */
export function requireEnds(log: RequestLog, path: string): void {
  let succeeded = 0;
  let ended = 0;
  for (let i = 0; i < log.submitS.length; i++) {
    if (log.success[i] !== 1) continue;
    succeeded++;
    if (!Number.isNaN(log.endS[i]!)) ended++;
  }
  if (succeeded === 0 || ended >= 0.5 * succeeded) return;
  throw new InputError({
    code: "refused",
    path,
    problem: `${succeeded - ended} of ${succeeded} requests have no end`,
    expected: "inter-token latencies, latencies or ends in the log",
    advice: "record them (vllm bench serve --save-detailed), or give --tpot, the seconds per " +
      "output token, to derive them",
  });
}
