/** Removes a solver's rounding from a decision, so that the simulator can hold it to 1e-9. */

import type { ScheduleModel } from "./model.ts";
import type { Simulator, SlotDecision } from "./simulator.ts";

/** A decision that differs from the given one by rounding only and is exactly possible. */
export function removeRounding(
  state: Pick<Simulator, "model" | "storedKWh" | "waitingOf">,
  decision: SlotDecision,
): SlotDecision {
  const { model } = state;
  const n = model.sites.length;
  const m = model.classes.length;
  const assign = Float64Array.from(decision.assign);
  const assigned = new Float64Array(n);
  for (let q = 0; q < n * m; q++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += assign[q * n + j]!;
    const have = state.waitingOf(Math.floor(q / m), q % m);
    const scale = sum > have || (have - sum < 1e-5 && sum > 0) ? have / sum : 1;
    for (let j = 0; j < n; j++) {
      assign[q * n + j]! *= scale;
      assigned[j]! += assign[q * n + j]!;
    }
  }
  const make = decision.make.map((row, j) => {
    const copy = Float64Array.from(row);
    matchAssigned(copy, assigned[j]!, model.sites[j]!.options, model.sites[j]!.capacityS);
    return copy;
  });
  return { assign, make, batteryKWh: fitBattery(model, state.storedKWh, decision.batteryKWh) };
}

/** Scales what is made to what was assigned and moves an excess of GPU seconds to quicker work. */
export function matchAssigned(
  make: Float64Array,
  assigned: number,
  options: readonly { readonly gpuS: number }[],
  capacityS: number,
): void {
  let quick = 0;
  for (let o = 1; o < make.length; o++) if (options[o]!.gpuS < options[quick]!.gpuS) quick = o;
  let sum = 0;
  for (const images of make) sum += images;
  if (sum > 0) { for (let o = 0; o < make.length; o++) make[o]! *= assigned / sum; }
  else make[quick] = assigned;
  let over = -capacityS;
  for (let o = 0; o < make.length; o++) over += make[o]! * options[o]!.gpuS;
  for (let o = make.length - 1; o >= 0 && over > 0; o--) {
    const gain = options[o]!.gpuS - options[quick]!.gpuS;
    if (gain <= 0) continue;
    const moved = Math.min(make[o]!, over / gain);
    make[o]! -= moved;
    make[quick]! += moved;
    over -= moved * gain;
  }
}

/** Battery flows cut to what rate and store allow. */
export function fitBattery(
  model: ScheduleModel,
  storedKWh: Float64Array,
  flowKWh: Float64Array,
): Float64Array {
  return flowKWh.map((flow, j) => {
    const { battery } = model.sites[j]!;
    const most = Math.min(
      battery.chargeKWh,
      (battery.capacityKWh - storedKWh[j]!) / battery.chargeEfficiency,
    );
    const least = Math.min(
      battery.dischargeKWh,
      (storedKWh[j]! - battery.minimumKWh) * battery.dischargeEfficiency,
    );
    return Math.max(-least, Math.min(most, flow));
  });
}
