/** Random power traces for property tests. */

import * as fc from "fast-check";
import { type SampledPower, sampledPower } from "../../lib/power/series.ts";

/** A trace of 2 to 200 samples with irregular steps and now and then a long gap. */
export const trace: fc.Arbitrary<SampledPower> = fc.array(
  fc.record({
    stepS: fc.oneof(
      { weight: 9, arbitrary: fc.double({ min: 0.01, max: 0.5, noNaN: true }) },
      { weight: 1, arbitrary: fc.double({ min: 5, max: 60, noNaN: true }) },
    ),
    powerW: fc.double({ min: 0, max: 1000, noNaN: true }),
  }),
  { minLength: 2, maxLength: 200 },
).map((samples) => {
  let t = 0;
  return sampledPower({
    timeS: Float64Array.from(samples, ({ stepS }) => t += stepS),
    powerW: Float64Array.from(samples, ({ powerW }) => powerW),
  });
});

/** A share of a trace's extent, from a little before it to a little after. */
export const place: fc.Arbitrary<number> = fc.double({ min: -0.1, max: 1.1, noNaN: true });
