import { cpus } from "node:os";
import { nowS } from "../clock.ts";
import { pollSensor } from "./poll.ts";
import { NotHere, type Sampler, textOption } from "./sampler.ts";

/** No sensor: a power worked out from a declared one. Marked as modelled wherever it is kept. */
export const declared: Sampler = {
  sensor: {
    basis: "modelled",
    says:
      "Not measured: idleW + utilisation x (tdpW - idleW), with the utilisation of this machine's " +
      "processors since the reading before, or a constant one. Its error is not known.",
  },
  async start(context) {
    if (context.host !== null) throw new NotHere("utilisation is read on this machine only");
    const { tdpW, idleW, utilisation } = context.settings.options as {
      tdpW: number;
      idleW: number;
      utilisation: "cpu" | number;
    };
    const id = textOption(context, "device", "cpu");
    let before = processorTimes();
    if (before.total === 0 && utilisation === "cpu") {
      throw new NotHere("this system does not tell how busy its processors are");
    }
    context.sink.series({
      id,
      device: { kind: "cpu", id, name: "declared model" },
      quantity: "power",
      reading: "average",
      averagingS: context.settings.periodS,
      column: "idleW + utilisation x (tdpW - idleW)",
      basis: "modelled",
    });
    return await pollSensor(context, () => [id], () => {
      let busy = typeof utilisation === "number" ? utilisation : NaN;
      if (utilisation === "cpu") {
        const now = processorTimes();
        const total = now.total - before.total;
        // The system counts in steps of 10 ms: a shorter period may see none pass.
        if (total <= 0) return;
        busy = (now.busy - before.busy) / total;
        before = now;
      }
      context.sink.reading(id, nowS(), Number((idleW + busy * (tdpW - idleW)).toFixed(3)));
    });
  },
};

function processorTimes(): { readonly busy: number; readonly total: number } {
  let busy = 0;
  let total = 0;
  for (const { times } of cpus()) {
    busy += times.user + times.nice + times.sys + times.irq;
    total += times.user + times.nice + times.sys + times.irq + times.idle;
  }
  return { busy, total };
}
