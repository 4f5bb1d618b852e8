import assert from "node:assert/strict";
import { powerByPhase } from "../../lib/figures/power_by_phase.ts";
import { createIntegrator } from "../../lib/power/integrate.ts";
import { sampledPower } from "../../lib/power/series.ts";
import { requestLog } from "../../lib/requests/log.ts";

Deno.test("the stacked areas are the measured energy, whatever the energies of the phases", () => {
  const timeS = Float64Array.from({ length: 601 }, (_, i) => i / 10);
  const series = sampledPower({
    timeS,
    powerW: timeS.map((t) => (t > 10 && t < 40 ? 250 + 50 * Math.sin(t) : 80)),
  });
  const figure = powerByPhase({
    series,
    log: requestLog({
      submitS: Float64Array.of(11, 20, NaN),
      firstTokenS: Float64Array.of(12, 23, NaN),
      endS: Float64Array.of(30, 39, NaN),
    }),
    energies: {
      prefillJ: Float64Array.of(100, 500, NaN),
      decodeJ: Float64Array.of(3000, 2000, NaN),
    },
    idleW: 80,
    origin: "generated",
  });
  let sumJ = 0;
  for (const mark of figure.panels[0]!.marks) {
    if (mark.mark !== "area") continue;
    const binS = mark.x[1]! - mark.x[0]!;
    for (let i = 0; i < mark.y.length; i++) {
      assert.ok(mark.y[i]! >= 0);
      sumJ += mark.y[i]! * binS;
    }
  }
  assert.ok(Math.abs(sumJ / createIntegrator(series).totalJ - 1) < 1e-9);
});
