import assert from "node:assert/strict";
import * as fc from "fast-check";
import { attributeWindows } from "../../lib/attribution/windows.ts";
import { createIntegrator } from "../../lib/power/integrate.ts";
import { sampledPower } from "../../lib/power/series.ts";
import { windows } from "../../lib/requests/windows.ts";
import { place, trace } from "../power/arbitrary.ts";

Deno.test("inside plus outside is the measured energy for any windows over any trace", () => {
  fc.assert(
    fc.property(trace, fc.array(fc.tuple(place, place), { maxLength: 40 }), (series, spans) => {
      const power = createIntegrator(series);
      const at = (share: number): number => power.startS + share * (power.endS - power.startS);
      const sorted = spans.map(([a, b]) => [at(Math.min(a, b)), at(Math.max(a, b))] as const);
      const result = attributeWindows(
        power,
        windows({
          names: sorted.map((_, i) => `w${i}`),
          startS: Float64Array.from(sorted, ([start]) => start),
          endS: Float64Array.from(sorted, ([, end]) => end),
        }),
      );
      assert.ok(result.conservationError <= 1e-9);
      assert.ok(result.insideJ >= 0 && result.outsideJ >= -1e-9 * result.totalJ);
    }),
  );
});

Deno.test("energy in two windows at once is counted in both and named as shared", () => {
  const timeS = Float64Array.from({ length: 11 }, (_, i) => i);
  const power = createIntegrator(sampledPower({ timeS, powerW: timeS.map(() => 100) }));
  const result = attributeWindows(
    power,
    windows({ names: ["a", "b"], startS: Float64Array.of(1, 2), endS: Float64Array.of(4, 5) }),
  );
  assert.deepEqual(result.windows.map(({ energyJ }) => Math.round(energyJ!)), [300, 300]);
  assert.equal(Math.round(result.insideJ), 400);
  assert.equal(Math.round(result.sharedJ), 200);
});
