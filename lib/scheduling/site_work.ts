/** What the jobs of a system take at a site. */

import { InputError } from "../errors.ts";
import type { WorkOption } from "./model.ts";

/** What a site can do. */
export interface SiteWork {
  /** Its options, ordered by job type, then frequency, then level. */
  readonly options: readonly WorkOption[];
  /** Power of an idle GPU, W. */
  readonly idleW: number;
}

/**
 * Energy of a job less what the GPUs would have drawn idle meanwhile, kWh.
 *
 * @throws InputError (`bad-option`) when that is negative.
 */
export function aboveIdleKWh(
  joules: number,
  idleW: number,
  gpuS: number,
  what: string,
  site: string,
): number {
  const dynamicJ = joules - idleW * gpuS;
  if (dynamicJ < 0) {
    throw new InputError({
      code: "bad-option",
      problem: `${what} at ${site} would draw less than an idle GPU`,
      expected: `at least ${(idleW * gpuS).toFixed(1)} J`,
      found: `${joules.toFixed(1)} J`,
    });
  }
  return dynamicJ / 3.6e6;
}
