/** The requests of a log that a server can take, in order of arrival. */

import { InputError } from "../../errors.ts";
import { type Loss, LossCounter } from "../../losses.ts";
import type { RequestLog } from "../../requests/log.ts";

/** A trace, ready to be replayed. */
export interface ReplayTrace {
  /** Requests of the log in order of arrival; those that no server can take are left out. */
  readonly order: readonly number[];
  /** Arrival of every request of the log, s after the first that is taken. */
  readonly arrivalS: Float64Array;
  /** Longest sequence at its end, tokens. */
  readonly maxLength: number;
  /** Requests left out, and why. */
  readonly rejected: readonly Loss[];
}

/**
 * Orders a log and leaves out what cannot be replayed: no arrival, no prompt or output tokens, or more
 * tokens than the model has positions.
 *
 * @param log The log.
 * @param options Positions of the model, null when it has no limit.
 * @return The trace.
 * @throws InputError (`empty`) when nothing is left.
 */
export function replayTrace(
  log: RequestLog,
  { maxPositions }: { readonly maxPositions: number | null },
): ReplayTrace {
  const losses = new LossCounter();
  const order: number[] = [];
  let maxLength = 0;
  for (let i = 0; i < log.submitS.length; i++) {
    const input = log.inputTokens[i]!, output = log.outputTokens[i]!;
    if (Number.isNaN(log.submitS[i])) losses.add("no-arrival-time");
    else if (!isCount(input)) losses.add("no-prompt-tokens");
    else if (!isCount(output)) losses.add("no-output-tokens");
    else if (input + output > (maxPositions ?? Infinity)) losses.add("longer-than-model");
    else {
      order.push(i);
      maxLength = Math.max(maxLength, input + output);
    }
  }
  if (order.length === 0) {
    throw new InputError({
      code: "empty",
      path: log.source.path,
      problem: "no request can be replayed",
      expected: "requests with an arrival, prompt tokens and output tokens",
      found: losses.list().map(({ reason, count }) => `${count} ${reason}`).join(", ") ||
        "no requests",
    });
  }
  order.sort((a, b) => log.submitS[a]! - log.submitS[b]! || a - b);
  const firstS = log.submitS[order[0]!]!;
  const arrivalS = log.submitS.map((timeS) => timeS - firstS);
  return { order, arrivalS, maxLength, rejected: losses.list() };
}

function isCount(tokens: number): boolean {
  return Number.isSafeInteger(tokens) && tokens >= 1;
}
