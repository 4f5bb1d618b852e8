import type { Rule } from "../rule.ts";
import { short } from "../text.ts";

/** Seconds that old TokenPowerBench samples around a run, and the share of samples that it keeps. */
const paddingS = 4.05;
const kept = 0.8;

/** Short runs whose mean power is diluted by the idle time sampled around them. */
export const idleDilution: Rule = {
  id: "idle-dilution",
  severity: "error",
  reason: "Old TokenPowerBench samples 2 s before and after a run and drops only a tenth of the " +
    "samples at each end: a run shorter than 16 s has idle time in its mean power, and its energy, " +
    "mean times duration, is too low.",
  reference:
    "TokenPowerBench ec00f52; busy share f = T / (0.8 (T + 4.05 s)), recomputed on 114 runs",
  claim: (claim) => {
    const duration = claim.value("durationS");
    const power = claim.value("gpuW");
    if (!claim.format.startsWith("tokenpowerbench") || claim.value("gpuJPerResponse") === null) {
      return [];
    }
    if (duration === null || power === null || power === 0) return [];
    const busy = duration / (kept * (duration + paddingS));
    if (busy >= 1) return [];
    return [{
      where: claim.where,
      message: `only ${(100 * busy).toFixed(0)} % of the averaged time was busy` +
        (duration < 1.1 ? ": too short to be corrected" : ""),
      expected: `a run of at least ${short(kept * paddingS / (1 - kept))} s`,
      found: `${short(duration)} s`,
    }];
  },
};
