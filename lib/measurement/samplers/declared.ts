import { cpus } from "node:os";
import { nowS } from "../clock.ts";
import { pollSensor } from "./poll.ts";
import { ProcessTime } from "./process_time.ts";
import { NotHere, type Sampler, textOption } from "./sampler.ts";

/** No sensor: a power worked out from a declared one. Marked as modelled wherever it is kept. */
export const declared: Sampler = {
  sensor: {
    basis: "modelled",
    says:
      "Not measured: idleW + utilisation x (tdpW - idleW), with the utilisation of this machine's " +
      "processors since the reading before, by all programs or by those named, or a constant one. " +
      "Its error is not known.",
  },
  async start(context) {
    if (context.host !== null) throw new NotHere("utilisation is read on this machine only");
    const { tdpW, idleW } = context.settings.options as { tdpW: number; idleW: number };
    const id = textOption(context, "device", "cpu");
    const utilisation = utilisationBy(context.settings.options);
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
      const busy = utilisation();
      if (busy === null) return;
      context.sink.reading(id, nowS(), Number((idleW + busy * (tdpW - idleW)).toFixed(3)));
    });
  },
};

/** Gives the utilisation since it was last asked, 0 to 1; null when no time has passed. */
function utilisationBy(options: Readonly<Record<string, unknown>>): () => number | null {
  const { utilisation, process } = options as {
    utilisation: "cpu" | number;
    process?: string;
  };
  if (typeof process === "string") return ofPrograms(process);
  if (typeof utilisation === "number") return () => utilisation;
  let before = processorTimes();
  if (before.total === 0) {
    throw new NotHere("this system does not tell how busy its processors are");
  }
  return () => {
    const now = processorTimes();
    const total = now.total - before.total;
    // The system counts in steps of 10 ms: a shorter period may see none pass.
    if (total <= 0) return null;
    const busy = (now.busy - before.busy) / total;
    before = now;
    return busy;
  };
}

function ofPrograms(text: string): () => number | null {
  const time = new ProcessTime(text);
  let seconds: number;
  try {
    seconds = time.seconds();
  } catch {
    throw new NotHere("this system does not tell the processor time of its programs");
  }
  if (time.programs === 0) throw new NotHere(`no program runs with ${text} in its command line`);
  let atS = nowS();
  return () => {
    const [nextSeconds, nextS] = [time.seconds(), nowS()];
    const busy = (nextSeconds - seconds) / ((nextS - atS) * cpus().length);
    seconds = nextSeconds;
    atS = nextS;
    return Math.min(1, Math.max(0, busy));
  };
}

function processorTimes(): { readonly busy: number; readonly total: number } {
  let busy = 0;
  let total = 0;
  for (const { times } of cpus()) {
    busy += times.user + times.nice + times.sys + times.irq;
    total += times.user + times.nice + times.sys + times.irq + times.idle;
  }
  return { busy, total };
}
