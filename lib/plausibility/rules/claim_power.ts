import { InputError } from "../../errors.ts";
import { findHardware, type Hardware } from "../../hardware/mod.ts";
import type { Claim } from "../claim.ts";
import type { Rule } from "../rule.ts";
import { short } from "../text.ts";

/** The catalogue's entry of a printed name; null when it has none or several. */
export function deviceNamed(name: string | null | undefined): Hardware | null {
  if (name === null || name === undefined) return null;
  try {
    return findHardware(name);
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}

/** Mean power of one GPU that a row implies, by phase. */
function impliedPowers(claim: Claim): { readonly phase: string; readonly powerW: number }[] {
  const gpus = claim.value("gpus") ?? 1;
  const ratio = (phase: string, energy: number | null, time: number | null) =>
    energy === null || time === null || time === 0 || energy === 0
      ? []
      : [{ phase, powerW: energy / time / gpus }];
  return [
    ...ratio("prefill", claim.value("promptJ"), claim.value("ttftS")),
    ...ratio("decode", claim.value("stepJ"), claim.value("tpotS")),
    ...ratio("request", claim.value("requestJ"), claim.value("ttltS")),
  ];
}

/** More power than the board may draw. */
export const claimAboveTdp: Rule = {
  id: "claim-above-tdp",
  severity: "error",
  reason: "A board does not draw more than its power limit for the length of a phase.",
  reference: "datasheet TDP of the named device, 5 % allowed",
  claim: (claim) => {
    const device = deviceNamed(claim.text("device"));
    if (device === null || device.tdpW === null) return [];
    return impliedPowers(claim).filter(({ powerW }) => powerW > 1.05 * device.tdpW!).map((
      { phase, powerW },
    ) => ({
      where: claim.where,
      message: `${phase} implies more than ${device.name} may draw`,
      expected: `at most ${device.tdpW} W a GPU`,
      found: `${short(powerW)} W a GPU`,
    }));
  },
};

/** Several GPUs that together draw what one or two would. */
export const wrongGpuMetered: Rule = {
  id: "wrong-gpu-metered",
  severity: "error",
  reason: "GPUs that share a busy run draw about what one of them draws alone. Less than half of " +
    "that for each means that idle GPUs were metered in place of working ones.",
  reference: "ELANA 20e1775: NVML index = local rank, whatever CUDA_VISIBLE_DEVICES says",
  claims: (claims) =>
    claims.flatMap((claim) => {
      const device = claim.text("device");
      if ((claim.value("gpus") ?? 1) < 2 || device === null) return [];
      const request = (one: Claim) => impliedPowers(one).find(({ phase }) => phase === "request");
      const alone = claims.filter((other) =>
        other.text("device") === device && (other.value("gpus") ?? 1) === 1
      ).flatMap((other) => request(other)?.powerW ?? []).sort((a, b) => a - b);
      const usual = alone[alone.length >> 1];
      const here = request(claim)?.powerW;
      if (usual === undefined || here === undefined || here >= 0.5 * usual) return [];
      return [{
        where: claim.where,
        message: `each of ${claim.value("gpus")} ${device} draws ${
          (100 * here / usual).toFixed(0)
        } % of what one draws alone in the same table`,
        expected: `about ${short(usual)} W a GPU`,
        found: `${short(here)} W a GPU`,
      }];
    }),
};
