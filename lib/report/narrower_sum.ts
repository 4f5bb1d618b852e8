import type { EnergyInterval } from "../attribution/batched_result.ts";
import type { RequestEnergies } from "../attribution/equal_share.ts";

/** Ends of an interval, in joules. */
export interface Ends {
  readonly lowJ: number;
  readonly highJ: number;
}

/**
 * The interval of all requests' energy from those of the phases, where that is narrower than the
 * requests' own intervals added up: both are the most that their parts allow. Null where it is not,
 * or where requests without a split are in no phase.
 */
export function narrowerSum(
  { energyJ, lowJ, highJ }: RequestEnergies,
  prefill: EnergyInterval | null | undefined,
  decode: EnergyInterval | null | undefined,
): Ends | null {
  if (!prefill || !decode) return null;
  const sum = (column: Float64Array): number =>
    column.reduce((total, joules) => total + (Number.isNaN(joules) ? 0 : joules), 0);
  const split = prefill.energyJ + decode.energyJ;
  if (!(Math.abs(split - sum(energyJ)) <= 1e-9 * split)) return null;
  const ends = { lowJ: prefill.lowJ + decode.lowJ, highJ: prefill.highJ + decode.highJ };
  return ends.highJ - ends.lowJ < sum(highJ) - sum(lowJ) ? ends : null;
}
