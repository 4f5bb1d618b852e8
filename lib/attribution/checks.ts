import type { RequestLog } from "../requests/log.ts";
import type { Timeline } from "../requests/timeline.ts";
import type { Alignment } from "./align.ts";
import type { EnginePlacement } from "./engines.ts";
import type { Fit } from "./fit.ts";
import type { IdlePower } from "./idle.ts";
import { isPartTime } from "./intervals.ts";
import type { AttributionWarning } from "./warning.ts";

/** What is looked at for doubts. */
export interface CheckInput {
  /** The log. */
  readonly log: RequestLog;
  /** The engines. */
  readonly timelines: readonly Timeline[];
  /** How the trace lies against the log. */
  readonly alignment: Alignment;
  /** Idle power. */
  readonly idle: IdlePower;
  /** Which phases run on the devices of the trace. */
  readonly placement: EnginePlacement;
  /** The fit; null for methods that do not fit. */
  readonly fit: Fit | null;
  /** Prefill of all requests. */
  readonly prefill: { readonly energyJ: number; readonly lowJ: number; readonly highJ: number };
  /** Requests whose end was estimated. */
  readonly estimatedEnds: number;
  /** Median step between readings. */
  readonly stepS: number;
  /** Requests that the trace does not cover. */
  readonly uncovered: number;
}

/**
 * Limits, set on the serving generator (seeds 1 to 8): runs with nothing missing stay below them at
 * every load, for each physics but the mixture of experts, which no sum of costs describes.
 */
const LIMITS = {
  /** Residual of one-second means of power, relative to their mean. */
  misfit: 0.024,
  /** The same for a sensor that averages less than half a second. */
  fastMisfit: 0.027,
  /** The same for a sensor that sees only a part of the time, and adds its own noise. */
  partialMisfit: 0.08,
  /** Deviation of token counts from the common step rate. */
  rateMisfit: 0.012,
  /** Part of the long prompts that came faster than the engine computes prompts. */
  fastPrompts: 0.02,
  /** Part of the readings without requests that are well above idle. */
  busyIdle: 0.05,
  /** Part of events in one engine step that carry the same time. */
  sameTimes: 0.5,
  /** Half width of the prefill total, relative. */
  prefillWidth: 0.3,
  /** Half width of the clock, in seconds. */
  clockS: 0.05,
} as const;

/**
 * Looks for inputs that are missing or wrong in what the division leaves over.
 *
 * @param input Everything that is known.
 * @return The doubts.
 */
export function checkAttribution(input: CheckInput): AttributionWarning[] {
  const { timelines, alignment, idle, fit, prefill } = input;
  const warnings: AttributionWarning[] = [];
  const doubt = (
    code: AttributionWarning["code"],
    value: number,
    limit: number,
    message: string,
  ): void => {
    if (value > limit) warnings.push({ code, message, value, limit });
  };
  const pct = (x: number, digits = 0): string => `${(100 * x).toFixed(digits)} %`;

  if (idle.source === "unknown") {
    doubt(
      "idle-unknown",
      1,
      0,
      "the trace has no moment without requests and idle power is not given: it cannot be told from " +
        "the power of steps, so energies are the middle of bounds from no idle power to the lowest " +
        "power seen; give idle power",
    );
  }
  doubt(
    "below-idle",
    -prefill.energyJ,
    0,
    `the power with requests is below the idle power of ${
      idle.idleW.toFixed(1)
    } W, so that energies are below 0: ${
      idle.source === "given" ? "the idle power that was given is not this device's" : "readings " +
        "and requests are not of one run"
    }`,
  );
  doubt(
    "power-without-requests",
    idle.busyShare,
    LIMITS.busyIdle,
    `${
      pct(idle.busyShare)
    } of the readings without requests are well above idle: the log misses requests, ` +
      "or something else used the device",
  );
  if (fit !== null) {
    const isPartial = isPartTime(alignment.averagingS, input.stepS);
    doubt(
      "unexplained-power",
      fit.misfit,
      isPartial
        ? LIMITS.partialMisfit
        : alignment.averagingS < 0.5
        ? LIMITS.fastMisfit
        : LIMITS.misfit,
      // A residual above the mean power above idle: no percentage of that would tell anything.
      fit.misfit > 1
        ? "power hardly rises above idle power while requests run, so that there is next to nothing to " +
          "divide: another load, or a sensor of something else, leaves such a trace"
        : `power strays ${
          pct(fit.misfit, 1)
        } from what any costs of the logged work give: requests not in ` +
          "the log, cached prompts, speculative decoding or a mixture of experts leave such a trace",
    );
    doubt(
      "collinear",
      (prefill.highJ - prefill.lowJ) / 2 / prefill.energyJ,
      LIMITS.prefillWidth,
      "the load hardly changes its mix, so that the trace does not tell prefill from decode",
    );
  }
  const fast = fastPromptShare(timelines);
  doubt(
    "prefill-too-fast",
    fast,
    LIMITS.fastPrompts,
    `${
      pct(fast)
    } of the long prompts were answered faster than the engine computes prompts: a prefix ` +
      "cache whose hits the log does not tell; give cached tokens",
  );
  const uneven = Math.max(...timelines.map((line) => line.rateMisfit));
  const counted = timelines.every((line) => line.rateSource === "token-times");
  // Methods that do not fit may use uniform rates on purpose.
  if (!counted && fit !== null) {
    doubt(
      "uneven-steps",
      uneven,
      LIMITS.rateMisfit,
      `token counts stray ${
        pct(uneven, 1)
      } from one token for each sequence and step: speculative ` +
        "decoding, or ends that were not measured; give token times",
    );
  }
  const apart = 1 - sameTimeShare(timelines, input.placement === "together");
  doubt(
    "jittered-times",
    apart,
    LIMITS.sameTimes,
    `of the events that fall in one engine step ${
      pct(apart)
    } carry different times, as stamps of a ` +
      "client do: prompts are placed less well, and the clock's centre lag has the mean delay in it",
  );
  doubt(
    "clock-width",
    alignment.widthS,
    LIMITS.clockS,
    `the offset is known to ${(1000 * alignment.widthS).toFixed(0)} ms; the split needs 50 ms`,
  );
  doubt(
    "ends-estimated",
    input.estimatedEnds,
    0,
    `${input.estimatedEnds} requests have no end in the log: ends were set by the one time per output ` +
      "token that explains the trace best",
  );
  doubt(
    "partial-coverage",
    input.uncovered / Math.max(1, input.log.submitS.length),
    0,
    `${input.uncovered} requests have no energy: the trace does not cover them, or their times or ` +
      "counts are missing",
  );
  return warnings;
}

/** Part of the prompts of three step times and more that came in less than 1/1.3 of their time. */
function fastPromptShare(timelines: readonly Timeline[]): number {
  let long = 0;
  let fast = 0;
  for (const { windows } of timelines) {
    const { stepS, promptTokenS } = windows.shape;
    for (let k = 0; k < windows.request.length; k++) {
      const needS = promptTokenS * windows.promptTokens[k]!;
      if (needS < 3 * stepS) continue;
      long++;
      if (needS > 1.3 * (windows.firstTokenS[k]! - windows.submitS[k]!)) fast++;
    }
  }
  return long < 10 ? 0 : fast / long;
}

/**
 * Of neighbouring events less than a step apart, the part within 0.1 ms; 1 when there are too few
 * to tell.
 */
function sameTimeShare(timelines: readonly Timeline[], withFirsts: boolean): number {
  let near = 0;
  let same = 0;
  for (const { windows } of timelines) {
    const n = Math.min(windows.request.length, 20_000);
    const events = new Float64Array(withFirsts ? 2 * n : n);
    events.set(windows.endS.subarray(0, n));
    // Only where both phases run on one device do first tokens and ends share its steps.
    if (withFirsts) events.set(windows.firstTokenS.subarray(0, n), n);
    events.sort();
    for (let e = 1; e < events.length; e++) {
      const gapS = events[e]! - events[e - 1]!;
      if (gapS < 0.8 * windows.shape.stepS) near++;
      if (gapS < 1e-4) same++;
    }
  }
  return near < 10 ? 1 : same / near;
}
