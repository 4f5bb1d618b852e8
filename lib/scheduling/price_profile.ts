/** The price that past days let one expect at each slot of a day. */

/** Past days averaged, and the weight that is left of a day's a day earlier. */
const profileDays = 10;
const dayDecay = 0.85;
/** Share of the weight left out at either end, so that a spike does not count. */
const trimmedShare = 0.25;

/** Days before a day that {@linkcode expectedProfile} reads. */
export const profilePastDays = profileDays;

/**
 * The mean of a slot's prices over ten past days, weighted 0.85 a day back, without the lowest and the
 * highest quarter of the weight.
 *
 * The three constants were chosen on published prices of 2021 and 2022 (README of datasets/scheduling).
 *
 * @param past Prices of past days by slot, latest first; as many as there are up to ten are used.
 * @return One price a slot.
 */
export function expectedProfile(past: readonly Float64Array[]): Float64Array {
  const used = past.slice(0, profileDays);
  const order = used.map((_, k) => k);
  const total = used.reduce((sum, _, k) => sum + dayDecay ** k, 0);
  const [low, high] = [trimmedShare * total, (1 - trimmedShare) * total];
  return used[0]!.map((_, t) => {
    order.sort((a, b) => used[a]![t]! - used[b]![t]!);
    let seen = 0;
    let sum = 0;
    for (const k of order) {
      const next = seen + dayDecay ** k;
      const kept = Math.min(high, next) - Math.max(low, seen);
      if (kept > 0) sum += kept * used[k]![t]!;
      seen = next;
    }
    return sum / (high - low);
  });
}

/** Mean magnitude of a profile: the unit of deviations from it; at least a tenth of a cent. */
export function profileScale(profile: Float64Array): number {
  return Math.max(1e-3, profile.reduce((sum, price) => sum + Math.abs(price), 0) / profile.length);
}
