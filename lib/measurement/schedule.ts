/** When the requests of a cell are due, and what each asks for. */

import { InputError } from "../errors.ts";
import type { RequestLog } from "../requests/log.ts";
import { createRandom } from "../random.ts";
import type { MeasureSettings } from "./settings.ts";
import type { Cell } from "./sweep.ts";

/** One request of a cell, as planned. */
export interface Planned {
  /** Its number in the cell. */
  readonly number: number;
  /** Prompt tokens wanted; 0 where the prompts say. */
  readonly inputTokens: number;
  /** Output tokens asked for. */
  readonly outputTokens: number;
  /** Seconds after the start of the load at which it is due; null in closed loops and batches. */
  readonly afterS: number | null;
}

/** A recorded load to be replayed. */
export type Replay = readonly Required<Planned>[];

/**
 * The load of a request log, to be replayed.
 *
 * @param log The log.
 * @param speed How much faster than recorded.
 * @param path The log's file, for messages.
 * @throws {InputError} `refused` when a request has no time or no lengths: they are not guessed.
 */
export function replayOf(log: RequestLog, speed: number, path: string): Replay {
  const order = Array.from(log.submitS, (_, i) => i)
    .sort((a, b) => log.submitS[a]! - log.submitS[b]!);
  const startS = order.length === 0 ? 0 : log.submitS[order[0]!]!;
  return order.map((row, number) => {
    const afterS = (log.submitS[row]! - startS) / speed;
    const inputTokens = log.inputTokens[row]!;
    const outputTokens = log.outputTokens[row]!;
    if (!(afterS >= 0 && inputTokens >= 1 && outputTokens >= 1)) {
      throw new InputError({
        code: "refused",
        path,
        problem: `request ${row + 1} of the trace cannot be replayed`,
        expected: "a time, input tokens and output tokens of each request",
        found: `${log.submitS[row]}, ${inputTokens}, ${outputTokens}`,
        advice: "leave such requests out of the trace",
      });
    }
    return { number, inputTokens, outputTokens, afterS };
  });
}

/**
 * The load of a cell, made as it is asked for: times of Poisson arrivals by the cell's seed, those of
 * a trace as recorded, none for closed loops and batches.
 */
export function* plannedRequests(
  settings: MeasureSettings,
  cell: Cell,
  replay: Replay | null,
): Generator<Planned> {
  const { requests, durationS } = settings.load;
  const random = createRandom(cell.seed).fork(0);
  let timeS = 0;
  for (let number = 0; number < requests; number++) {
    if (replay !== null) {
      const planned = replay[number];
      if (planned === undefined || (durationS !== null && planned.afterS! > durationS)) return;
      yield planned;
      continue;
    }
    if (cell.requestsPerS !== null) timeS += random.exponential() / cell.requestsPerS;
    if (durationS !== null && timeS > durationS) return;
    yield {
      number,
      inputTokens: cell.inputTokens ?? 0,
      outputTokens: cell.outputTokens!,
      afterS: cell.requestsPerS === null ? null : timeS,
    };
  }
}
