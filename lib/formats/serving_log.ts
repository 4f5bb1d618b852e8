import type { Clock } from "../clock.ts";
import { InputError } from "../errors.ts";
import { LossCounter } from "../losses.ts";
import { type RequestLog, requestLog } from "../requests/log.ts";
import type { ReadOptions } from "./format.ts";
import type { NumberList } from "./number_list.ts";
import type { ServingColumn, ServingRun } from "./serving_json.ts";

/** How ends come about where all is recorded. */
export const summedRule = "submit + TTFT + sum of inter-token latencies";

/** Requests of a serving benchmark, with times from the start of each where no clock is given. */
export interface ServingRequests {
  /** The log; without a clock its submit times are NaN and the other times count from the submit. */
  readonly log: RequestLog;
  /** Whether the source says when requests were sent. */
  readonly placed: boolean;
}

/**
 * The requests of a run with parallel arrays.
 *
 * The end of a request is the sum of what is recorded: TTFT and inter-token latencies, else the
 * request's latency. Where neither is there it is derived from a time per output token that the
 * caller or the run's summary gives, and else unknown. The log's `endOrigin` says which.
 *
 * @param run The run.
 * @param source Path and format.
 * @param options A time per output token.
 * @return The requests; null when the run has no arrays.
 * @throws {InputError} `malformed` when arrays differ in length, `refused` when times cannot be
 *   seconds.
 */
export function servingRequests(
  run: ServingRun,
  source: RequestLog["source"],
  options: ReadOptions,
): ServingRequests | null {
  const inputLens = run.columns.get("input_lens");
  const first = inputLens ?? run.columns.get("ttfts") ?? run.columns.get("output_lens");
  if (first === undefined) return null;
  const n = first.length;
  const losses = new LossCounter();
  const lists: [string, number][] = [...run.columns].map(([name, list]) => [name, list.length]);
  // Intervals of the first requests only still belong to those.
  const intervalLists = run.itls?.count.length ?? 0;
  if (intervalLists > n) lists.push(["itls", intervalLists]);
  for (const [name, length] of lists) {
    if (length === n) continue;
    throw new InputError({
      code: "malformed",
      path: source.path,
      line: run.line,
      problem: `the lists differ in length: ${name} has ${length} entries, others ${n}`,
      expected: "one entry for each request in every list",
      advice: "take the file as the benchmark wrote it; which request an entry belongs to is lost",
    });
  }
  const column = (name: ServingColumn): NumberList | null => run.columns.get(name) ?? null;
  const submit = submitTimes(run, source.path);
  const submitS = submit?.timeS ?? new Float64Array(n).fill(NaN);
  const outcomes = run.failed !== null && run.failed.length === n ? run.failed : null;
  const ttfts = column("ttfts");
  const latencies = column("latencies");
  const counts = (name: "input_lens" | "output_lens"): Float64Array =>
    Float64Array.from({ length: n }, (_, i) => {
      const count = column(name)?.at(i) ?? NaN;
      if (count >= 0) return count;
      if (column(name) !== null) losses.add("bad-token-count", undefined, `${name}[${i}]`);
      return NaN;
    });
  const inputTokens = counts("input_lens");
  const outputTokens = counts("output_lens");
  const success = new Uint8Array(n);
  const firstTokenS = new Float64Array(n).fill(NaN);
  const endS = new Float64Array(n).fill(NaN);
  const rules = new Map<string, number>();
  const tpot = timePerToken(run, options);
  const itls = run.itls;
  for (let i = 0; i < n; i++) {
    // Failed requests have zeros in older versions, which record no errors.
    const ok = outcomes === null ? outputTokens[i] !== 0 : outcomes[i] === 0;
    if (!ok) continue;
    success[i] = 1;
    const originS = submit === null ? 0 : submitS[i]!;
    if (Number.isNaN(originS)) {
      losses.add("bad-time", undefined, `request ${i}`);
      continue;
    }
    const ttft = ttfts?.at(i) ?? NaN;
    if (ttft > 0) firstTokenS[i] = originS + ttft;
    else losses.add("no-first-token-time", undefined, `request ${i}`);
    const intervals = itls === null || i >= itls.count.length ? 0 : itls.count.at(i);
    const sumS = intervals === 0 ? NaN : itls!.sumS.at(i);
    const latency = latencies?.at(i) ?? NaN;
    let end = NaN;
    let rule: string;
    if (intervals > 0 || outputTokens[i] === 1) {
      end = firstTokenS[i]! + (intervals > 0 ? sumS : 0);
      rule = summedRule;
      if (intervals > 0 && Number.isNaN(sumS)) {
        losses.add("bad-token-interval", undefined, `request ${i}`);
      }
    } else if (latencies !== null) {
      end = originS + latency;
      rule = "submit + latency";
      if (!(end >= (firstTokenS[i]! || originS))) {
        losses.add("ends-before-start", undefined, `request ${i}`);
        end = NaN;
      }
    } else if (tpot !== null) {
      end = firstTokenS[i]! + (outputTokens[i]! - 1) * tpot.tpotS;
      rule = tpot.rule;
    } else {
      rule = "not known: the file records neither inter-token latencies nor request latencies";
      losses.add("end-not-recorded", undefined, `request ${i}`);
    }
    rules.set(rule, (rules.get(rule) ?? 0) + 1);
    endS[i] = end;
  }
  const failures = n - success.reduce((sum, ok) => sum + ok, 0);
  losses.add("request-failed", undefined, undefined, failures);
  const tokenTimes = tokenTimesOf(run, firstTokenS, success);
  const model = run.summary.get("model_id");
  return {
    placed: submit !== null,
    log: requestLog({
      clock: submit?.clock ?? "elapsed",
      submitS,
      firstTokenS,
      endS,
      inputTokens,
      outputTokens,
      success,
      tokenTimes,
      ...(typeof model === "string" && { model }),
      endOrigin: { kind: "derived", rule: ruleText(rules) },
      source,
      dropped: losses.list(),
    }),
  };
}

/** Absolute token times from intervals, in place of the intervals. */
function tokenTimesOf(
  run: ServingRun,
  firstTokenS: Float64Array,
  success: Uint8Array,
): RequestLog["tokenTimes"] {
  const { itls } = run;
  if (itls === null || itls.flat === null || itls.count.length !== success.length) return null;
  const flat = itls.flat.view();
  const offsets = new Uint32Array(success.length + 1);
  let from = 0;
  let to = 0;
  for (let i = 0; i < success.length; i++) {
    const intervals = itls.count.at(i);
    const first = firstTokenS[i]!;
    const known = success[i] === 1 && first === first && itls.sumS.at(i) >= 0;
    if (known) {
      let sumS = 0;
      flat[to++] = first;
      for (let k = 1; k <= intervals; k++) {
        sumS += flat[from + k]!;
        flat[to++] = first + sumS;
      }
    }
    from += intervals + 1;
    offsets[i + 1] = to;
  }
  return { offsets, timeS: flat.slice(0, to) };
}

/** When requests were sent, and on which clock. */
function submitTimes(
  run: ServingRun,
  path: string,
): { readonly timeS: Float64Array; readonly clock: Clock } | null {
  const stamps = run.columns.get("request_timestamps");
  const column = stamps ?? run.columns.get("start_times");
  if (column === undefined) return null;
  const timeS = column.take();
  const known = timeS.filter((time) => time === time);
  const epoch = known.filter((time) => time >= 1e9).length;
  // A clock that counts from the boot of the machine takes 31 years to get there.
  if (epoch === 0) return { timeS, clock: stamps === undefined ? "monotonic" : "elapsed" };
  if (epoch === known.length && known.every((time) => time < 1e11)) {
    return { timeS, clock: "epoch" };
  }
  const odd = known.find((time) => (time >= 1e9) !== (known[0]! >= 1e9)) ?? known[0]!;
  throw new InputError({
    code: "refused",
    path,
    line: run.line,
    problem: "the times at which requests were sent are not all seconds of one clock",
    expected: "seconds since the epoch, or seconds of a monotonic clock",
    found: String(odd),
    advice: "divide milliseconds by 1000 and take all times from one clock",
  });
}

function timePerToken(
  run: ServingRun,
  options: ReadOptions,
): { readonly tpotS: number; readonly rule: string } | null {
  const spelt = (tpotS: number, origin: string): string =>
    `first token + (output tokens - 1) x ${Number((tpotS * 1000).toPrecision(6))} ms, ${origin}`;
  if (options.tpotS !== undefined) {
    if (!(options.tpotS > 0 && options.tpotS < 3600)) {
      throw new InputError({
        code: "bad-option",
        problem: "not a time per output token",
        expected: "seconds, such as 0.012",
        found: String(options.tpotS),
      });
    }
    return {
      tpotS: options.tpotS,
      rule: spelt(options.tpotS, "the time per output token given by the caller"),
    };
  }
  const mean = run.summary.get("mean_tpot_ms");
  return typeof mean === "number" && mean > 0
    ? { tpotS: mean / 1000, rule: spelt(mean / 1000, "the run's own mean_tpot_ms") }
    : null;
}

function ruleText(rules: ReadonlyMap<string, number>): string {
  if (rules.size <= 1) return [...rules.keys()][0] ?? "no request succeeded";
  return [...rules].map(([rule, count]) => `${count} x ${rule}`).join("; ");
}
