/** Shadow numbers as constants plus shared weights on what is seen. */

import type { Observer } from "./observation.ts";
import { shadowNumbers } from "./shadow_layer.ts";

/** Observation numbers (by the stem of their name) that a site's and an origin's numbers see. */
const siteFeatures = ["price", "rank", "next2h", "charge"];
const originFeatures = ["arrivals", "waiting", "expected"];

/** Numbers of a rule for some sites. */
export function shadowRuleSize(sites: number): number {
  return shadowNumbers * sites + 2 * siteFeatures.length + 2 * originFeatures.length;
}

/**
 * The shadow action of a rule: every number its constant plus weights, the same for all sites, times
 * what is seen of the site or origin.
 *
 * @param parameters Constants, then the weights.
 * @param observation What is seen.
 * @param names Names of its numbers, from the {@linkcode Observer}.
 * @param sites Number of sites.
 * @return The action.
 */
export function shadowRuleAction(
  parameters: ArrayLike<number>,
  observation: Float32Array,
  names: Observer["names"],
  sites: number,
): Float64Array {
  const constants = shadowNumbers * sites;
  const action = new Float64Array(constants);
  for (let i = 0; i < constants; i++) {
    const origin = i >= 2 * sites;
    const site = Math.floor((origin ? i - 2 * sites : i) / 2);
    const features = origin ? originFeatures : siteFeatures;
    const start = constants + (origin ? 2 * siteFeatures.length : 0) + (i % 2) * features.length;
    let sum = parameters[i]!;
    features.forEach((feature, f) => {
      sum += parameters[start + f]! * observation[names.indexOf(`${feature}${site}`)]!;
    });
    action[i] = Math.max(-1, Math.min(1, sum));
  }
  return action;
}
