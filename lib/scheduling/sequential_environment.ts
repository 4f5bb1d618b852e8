/** One decision a batch of jobs, for learners of discrete actions. */

import type { Environment, EnvironmentOptions, Step, StepInfo } from "./environment.ts";
import { scheduleEnvironment } from "./environment.ts";
import { optionAt } from "./model.ts";
import { dayStartOf, type Policy, type SlotView } from "./policy.ts";
import { emptyDecision, type SlotDecision } from "./simulator.ts";
import { boxSpace, discreteSpace } from "./spaces.ts";

/**
 * The environment cut into one step for every origin and class of a slot: the action chooses a site
 * and a level for the whole batch (site * levels + level), or, as the last action, leaves waiting what
 * may wait. What does not fit is done at the levels that fit, then left waiting.
 * The battery follows the given policy. Only the last step of a slot earns its reward.
 *
 * @param options As of {@linkcode scheduleEnvironment}; the layer is not used.
 * @param battery Decides the battery flows.
 * @return The environment; only the first frequency of a site is used.
 */
export function sequentialEnvironment(
  options: Omit<EnvironmentOptions, "layer">,
  battery: Policy,
): Environment & { readonly actions: number } {
  const { model, source, hindsight } = options;
  const n = model.sites.length;
  const queues = n * model.classes.length;
  const levels = Math.max(...model.sites.map((site) => site.layout.mostLevels));
  const inner = scheduleEnvironment({
    ...options,
    layer: {
      name: "sequential",
      size: 1,
      information: { pastDays: 0, today: "past" },
      begin() {},
      decide: () => emptyDecision(model),
    },
  });
  const innerSize = inner.observationSpace.size;
  const size = innerSize + queues + n + 1;
  let queue = 0;
  let decision: SlotDecision = emptyDecision(model);
  let leftS = new Float64Array(n);
  let base: Float32Array = new Float32Array(innerSize);
  let info: StepInfo | null = null;

  const observe = (): Float32Array => {
    const out = new Float32Array(size);
    out.set(base);
    out[innerSize + queue] = 1;
    for (let j = 0; j < n; j++) {
      out[innerSize + queues + j] = 2 * leftS[j]! / model.sites[j]!.capacityS - 1;
    }
    const { view } = inner.episode;
    const images = view.slot < model.slots ? waiting(view) : 0;
    out[size - 1] = Math.log10(1 + images) / 2 - 1;
    return out;
  };
  const waiting = (view: SlotView): number =>
    view.waitingOf(Math.floor(queue / model.classes.length), queue % model.classes.length);
  const startSlot = (): void => {
    queue = 0;
    decision = emptyDecision(model);
    leftS = Float64Array.from(model.sites, (site) => site.capacityS);
  };
  const place = (view: SlotView, action: number): void => {
    const origin = Math.floor(queue / model.classes.length);
    const { jobType } = model.classes[queue % model.classes.length]!;
    const wait = action === n * levels;
    const j = wait ? origin : Math.floor(action / levels);
    const site = model.sites[j]!;
    if (model.transferUsd[queue * n + j] === Infinity) return;
    let left = wait ? view.urgentOf(origin, queue % model.classes.length) : waiting(view);
    const top = site.layout.levels[jobType]! - 1;
    for (let level = Math.min(top, wait ? top : action % levels); level >= 0 && left > 0; level--) {
      const option = optionAt(site, jobType, 0, level);
      const { gpuS } = site.options[option]!;
      // Keep enough for the rest of the batch at the least level, as far as there is room.
      const least = site.options[optionAt(site, jobType, 0, 0)]!.gpuS;
      const room = leftS[j]! * (1 - 1e-12);
      const jobs = level === 0
        ? Math.min(left, room / gpuS)
        : Math.max(0, Math.min(left, (room - left * least) / (gpuS - least)));
      decision.make[j]![option]! += jobs;
      decision.assign[queue * n + j]! += jobs;
      leftS[j]! -= jobs * gpuS;
      left -= jobs;
    }
  };
  return {
    actions: n * levels + 1,
    actionSpace: discreteSpace(n * levels + 1),
    observationSpace: boxSpace(size, -Infinity, Infinity),
    reset(reset) {
      const start = inner.reset(reset);
      battery.begin(dayStartOf(model, source, hindsight, start.info.day, battery.information));
      base = start.observation;
      info = start.info;
      startSlot();
      return { observation: observe(), info: start.info };
    },
    step(action): Step {
      const { view } = inner.episode;
      place(view, action[0]!);
      if (queue < queues - 1) {
        queue++;
        return {
          observation: observe(),
          reward: 0,
          terminated: false,
          truncated: false,
          info: { ...info!, utilityUsd: 0, violated: 0 },
        };
      }
      const flows = battery.decide(view).batteryKWh;
      const step = inner.stepDecision({ ...decision, batteryKWh: flows });
      base = step.observation;
      info = step.info;
      startSlot();
      return { ...step, observation: observe() };
    },
  };
}
