import type { Timeline } from "../requests/timeline.ts";
import { cutPrompts } from "./engines.ts";
import { fitCosts, type Placement } from "./fit.ts";

/** A limit is believed when it leaves less than this part of the squared residuals. */
const CLEARLY = 0.98;
/** Limits of prompt tokens in a step that servers are run with. */
const USUAL_CHUNKS = [512, 1024, 2048, 4096, 8192, 16384];

/**
 * The limit of prompt tokens in a step, from how the cost of a prompt grows with its length: the
 * usual limit with which the fit leaves the least.
 *
 * @param timelines The engines.
 * @param placement The readings.
 * @param idleW Idle power.
 * @param range Readings used.
 * @return Tokens; Infinity when no prompt is long enough to tell, or none explains more.
 */
export function inferChunkTokens(
  timelines: readonly Timeline[],
  placement: Placement,
  idleW: number,
  range: readonly [number, number],
): number {
  let longest = 0;
  for (const { windows } of timelines) {
    for (const tokens of windows.windowTokens) longest = Math.max(longest, tokens);
  }
  let best = Infinity;
  let least = fitCosts(timelines, placement, idleW, range[0], range[1]).squares;
  for (const chunk of USUAL_CHUNKS) {
    if (chunk >= longest) continue;
    const { squares } = fitCosts(
      cutPrompts(timelines, chunk),
      placement,
      idleW,
      range[0],
      range[1],
    );
    if (squares < CLEARLY * least) {
      least = squares;
      best = chunk;
    }
  }
  return best;
}
