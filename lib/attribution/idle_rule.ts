import type { RequestLog } from "../requests/log.ts";

/**
 * What happens to idle energy.
 *
 * - `unassigned`: kept apart
 * - `time-present`: at every instant in equal parts to the requests in flight; kept apart when none
 * - `tokens`: all of it in proportion to prompt and output tokens
 */
export type IdleRule = "unassigned" | "time-present" | "tokens";

/**
 * Idle energy of each request by a rule.
 *
 * @param log The log.
 * @param rule The rule.
 * @param idleW Idle power.
 * @param idleJ Idle energy of the whole trace.
 * @param coveredS Span of the trace on the log's clock.
 * @return Joules for each request, in the order of the log; null when kept apart.
 */
export function shareIdle(
  log: RequestLog,
  rule: IdleRule,
  idleW: number,
  idleJ: number,
  coveredS: readonly [number, number],
): Float64Array | null {
  if (rule === "unassigned") return null;
  const n = log.submitS.length;
  const shares = new Float64Array(n);
  if (rule === "tokens") {
    const tokens = (i: number): number => (log.inputTokens[i]! || 0) + (log.outputTokens[i]! || 0);
    let all = 0;
    for (let i = 0; i < n; i++) all += tokens(i);
    for (let i = 0; i < n; i++) shares[i] = all > 0 ? idleJ * tokens(i) / all : 0;
    return shares;
  }
  const clamp = (t: number): number => Math.min(coveredS[1], Math.max(coveredS[0], t));
  const placed = [...log.submitS.keys()].filter((i) => log.endS[i]! >= log.submitS[i]!);
  const starts = Float64Array.from(placed, (i) => clamp(log.submitS[i]!)).sort();
  const ends = Float64Array.from(placed, (i) => clamp(log.endS[i]!)).sort();
  // Energy that one request present since the beginning would have, at every event.
  const knotS = new Float64Array(2 * placed.length);
  const knotJ = new Float64Array(2 * placed.length);
  let [s, open, last, joules] = [0, 0, 0, 0];
  for (let e = 0, k = 0; e < ends.length; k++) {
    const isStart = s < starts.length && starts[s]! <= ends[e]!;
    const time = isStart ? starts[s++]! : ends[e++]!;
    if (open > 0) joules += idleW * (time - last) / open;
    open += isStart ? 1 : -1;
    last = time;
    knotS[k] = time;
    knotJ[k] = joules;
  }
  const at = (time: number): number => {
    let low = 0;
    let high = knotS.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (knotS[middle]! < time) low = middle + 1;
      else high = middle;
    }
    return knotJ[low]!;
  };
  for (const i of placed) shares[i] = at(clamp(log.endS[i]!)) - at(clamp(log.submitS[i]!));
  return shares;
}
