import assert from "node:assert/strict";
import fc from "fast-check";
import type { Day } from "../../lib/scheduling/day.ts";
import { chainStoredValue } from "../../lib/scheduling/chain_value.ts";
import {
  learnPriceChain,
  mixOf,
  stateDeviations,
  states,
} from "../../lib/scheduling/price_chain.ts";
import { expectedProfile } from "../../lib/scheduling/price_profile.ts";
import { createEpisode } from "../../lib/scheduling/policy.ts";
import { createRandom } from "../../lib/random.ts";
import { addSlopes, cells } from "../../lib/scheduling/stored_value.ts";
import { flatDay, oneSiteModel } from "./fixtures.ts";

/** A day of one site whose price is given by the hour. */
function pricedDay(price: (hour: number) => number, index = 0): Day {
  const model = oneSiteModel();
  const day = flatDay(model, { arrivals: 100, priceUsdPerKWh: 0, renewableKWh: 0.5 });
  return {
    ...day,
    index,
    priceUsdPerKWh: day.priceUsdPerKWh.map((_, t) => price(Math.floor(t / 4))),
  };
}

Deno.test("a spike of one day in ten does not move the expected price", () => {
  const flat = (value: number): Float64Array => new Float64Array(96).fill(value);
  const days = Array.from({ length: 10 }, (_, k) => flat(k === 4 ? 900 : 30));
  assert.ok(expectedProfile(days).every((price) => Math.abs(price - 30) < 1e-9));
  assert.deepEqual([...expectedProfile([flat(7)])], [...flat(7)]);
});

Deno.test("a deviation lies between two states in proportion", () => {
  for (const [b, deviation] of stateDeviations.entries()) {
    const { state, upper } = mixOf(deviation);
    assert.ok(Math.abs(state + upper - b) < 1e-9);
  }
  assert.deepEqual(mixOf(1e9), { state: states - 2, upper: 1 });
  assert.deepEqual(mixOf(-1e9), { state: 0, upper: 0 });
});

Deno.test("every row of a learned chain is a distribution", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 0, max: 6 }), (seed, count) => {
      const random = createRandom(seed);
      const days = Array.from(
        { length: count },
        () => Float64Array.from({ length: 96 }, () => 3 * random.normal()),
      );
      const step = learnPriceChain(days, 96).transition(random.integer(95));
      for (let b = 0; b < states; b++) {
        const row = step.subarray(b * states, (b + 1) * states);
        assert.ok(row.every((p) => p >= 0));
        assert.ok(Math.abs(row.reduce((a, p) => a + p, 0) - 1) < 1e-12);
      }
    }),
    { numRuns: 30 },
  );
});

Deno.test("a chain learns that spikes of the past ended with their hour", () => {
  // Every day strays by 2 in the hour from 10 and is back at 0 from 11.
  const day = Float64Array.from({ length: 96 }, (_, t) => t >= 40 && t < 44 ? 2 : 0);
  const chain = learnPriceChain(Array.from({ length: 20 }, () => day), 96);
  const spike = stateDeviations.indexOf(2);
  const calm = stateDeviations.indexOf(0);
  const after = (slot: number, to: number): number => chain.transition(slot)[spike * states + to]!;
  assert.ok(after(43, calm) > 0.95, "it ends at 11");
  assert.ok(after(41, spike) > 0.95, "it lasts within the hour");
});

Deno.test("on days that are all alike the chain's worth of a kWh is that of the day known", () => {
  const model = oneSiteModel();
  const day = pricedDay((h) => h === 3 ? 0.01 : h === 19 ? 0.3 : 0.08);
  const past = Array.from({ length: 66 }, () => day);
  const load = new Float64Array(96).fill(1);
  const known = new Float64Array(96 * cells);
  const terminal = day.priceUsdPerKWh.reduce((a, b) => a + b, 0) / 96;
  addSlopes(model, day, load, 0, 0, terminal, 1, known);
  const valueOf = chainStoredValue(model, past, [load], false);
  const { view } = createEpisode(model, day);
  const found = valueOf(view);
  let worst = 0;
  for (let c = 0; c < cells; c++) {
    worst = Math.max(worst, Math.abs(found.usdPerKWh[c]! - known[c]!));
  }
  assert.ok(worst < 0.004, `differs by ${worst} US dollars a kWh`);
});

Deno.test("the worth of a kWh does not rise with the store", () => {
  const model = oneSiteModel();
  const random = createRandom(5);
  const past = Array.from({ length: 30 }, (_, k) => {
    const level = Math.exp(0.4 * random.normal());
    const peak = random.integer(24);
    return pricedDay((h) => level * (h === peak ? 0.5 : 0.05 + 0.002 * h), k);
  });
  const valueOf = chainStoredValue(model, past, [new Float64Array(96).fill(1)], false);
  const episode = createEpisode(model, past[3]!);
  for (let slot = 0; slot < 96; slot++) {
    const { usdPerKWh } = valueOf(episode.view);
    for (let c = 0; c + 1 < cells; c++) {
      const i = slot * cells + c;
      assert.ok(usdPerKWh[i]! >= usdPerKWh[i + 1]! - 1e-9, `slot ${slot}, cell ${c}`);
    }
    const { simulator } = episode;
    const assign = new Float64Array(1).fill(simulator.waiting[0]!);
    episode.play({
      assign,
      make: [Float64Array.of(assign[0]!, 0)],
      batteryKWh: new Float64Array(1),
    });
  }
});
