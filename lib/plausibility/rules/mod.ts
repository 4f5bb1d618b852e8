/** All rules, in the order in which findings are listed. */

import type { Rule } from "../rule.ts";
import {
  phaseIdentity,
  powerIdentity,
  responseIdentity,
  tokenIdentity,
} from "./claim_identities.ts";
import {
  idleGpusCounted,
  raplCountedTwice,
  totalBelowParts,
  totalMissing,
  zeroEnergy,
} from "./claim_parts.ts";
import { claimAboveTdp, wrongGpuMetered } from "./claim_power.ts";
import { paddedTokens, tokensAboveMaximum, wordTokens } from "./claim_tokens.ts";
import { idleDilution } from "./idle_dilution.ts";
import {
  averageAsInstant,
  constantPower,
  counterAgainstPower,
  gapsInTrace,
  impossibleReadings,
  powerAboveTdp,
  powerUnitSlip,
  staleReadings,
  zeroPower,
} from "./series_power.ts";

import { belowRoofline, cacheClosedForm } from "./model_limits.ts";
import { boardAverages, clocksApart, partsAboveWhole, timeOrder } from "./series_relations.ts";

/** Every rule of the linter. */
export const rules: readonly Rule[] = [
  powerAboveTdp,
  powerUnitSlip,
  zeroPower,
  constantPower,
  counterAgainstPower,
  partsAboveWhole,
  averageAsInstant,
  boardAverages,
  timeOrder,
  impossibleReadings,
  gapsInTrace,
  staleReadings,
  responseIdentity,
  tokenIdentity,
  powerIdentity,
  phaseIdentity,
  totalMissing,
  totalBelowParts,
  zeroEnergy,
  idleGpusCounted,
  raplCountedTwice,
  paddedTokens,
  tokensAboveMaximum,
  wordTokens,
  idleDilution,
  claimAboveTdp,
  wrongGpuMetered,
  cacheClosedForm,
  belowRoofline,
  clocksApart,
];
