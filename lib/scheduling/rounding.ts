/** Removes a solver's rounding from a decision, so that the simulator can hold it to 1e-9. */

import type { ScheduleModel, SiteModel } from "./model.ts";
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
  const w = model.jobTypes;
  const assigned = new Float64Array(n * w);
  for (let q = 0; q < n * m; q++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += assign[q * n + j]!;
    const have = state.waitingOf(Math.floor(q / m), q % m);
    const scale = sum > have || (have - sum < 1e-5 && sum > 0) ? have / sum : 1;
    for (let j = 0; j < n; j++) {
      assign[q * n + j]! *= scale;
      assigned[j * w + model.classes[q % m]!.jobType]! += assign[q * n + j]!;
    }
  }
  const make = decision.make.map((row, j) => {
    const copy = Float64Array.from(row);
    matchAssigned(copy, assigned.subarray(j * w, (j + 1) * w), model.sites[j]!);
    return copy;
  });
  return { assign, make, batteryKWh: fitBattery(model, state.storedKWh, decision.batteryKWh) };
}

/**
 * Scales what is done to what was assigned, by job type, and moves an excess of GPU seconds to quicker
 * work of the same type.
 *
 * @param make Jobs by option; changed.
 * @param assigned Jobs assigned to the site, by job type.
 * @param site Its options and capacity.
 */
function matchAssigned(
  make: Float64Array,
  assigned: Float64Array,
  { options, layout, capacityS }: Pick<SiteModel, "options" | "layout" | "capacityS">,
): void {
  const quick = Int32Array.from(layout.first);
  for (let type = 0; type < assigned.length; type++) {
    const first = layout.first[type]!;
    const end = first + layout.levels[type]! * layout.frequencies;
    let sum = 0;
    for (let o = first; o < end; o++) {
      if (options[o]!.gpuS < options[quick[type]!]!.gpuS) quick[type] = o;
      sum += make[o]!;
    }
    if (sum > 0) { for (let o = first; o < end; o++) make[o]! *= assigned[type]! / sum; }
    else if (end > first) make[quick[type]!] = assigned[type]!;
  }
  let over = -capacityS;
  for (let o = 0; o < make.length; o++) over += make[o]! * options[o]!.gpuS;
  for (let o = make.length - 1; o >= 0 && over > 0; o--) {
    const to = quick[options[o]!.jobType]!;
    const gain = options[o]!.gpuS - options[to]!.gpuS;
    if (gain <= 0) continue;
    const moved = Math.min(make[o]!, over / gain);
    make[o]! -= moved;
    make[to]! += moved;
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
