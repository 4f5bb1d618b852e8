import type { PowerSeries } from "../power/series.ts";
import { createIntegrator } from "../power/integrate.ts";
import type { RequestLog } from "../requests/log.ts";
import type { Figure, Origin } from "./figure.ts";
import { spreadEnergy, stackPower } from "./phase_bins.ts";

/** What {@linkcode powerByPhase} draws. */
export interface PowerByPhase {
  /** The trace, on the log's clock. */
  readonly series: PowerSeries;
  /** The requests. */
  readonly log: RequestLog;
  /** Energies of the requests in joules, as columns; NaN where a request has none. */
  readonly energies: { readonly prefillJ: Float64Array; readonly decodeJ: Float64Array };
  /** Idle power kept apart, in watts; 0 when the energies contain it. */
  readonly idleW: number;
  /** What the numbers are. */
  readonly origin: Origin | readonly Origin[];
  /** Title; by default one that names the shares. */
  readonly title?: string;
}

const bins = 240;

/**
 * Power over time, stacked by idle, prefill and decode, and the requests in flight below. In each of
 * 240 bins the measured power above idle is divided in the proportion of the phases' energies
 * there, the energy of a request's phase taken to be even over the phase; power above idle in a bin
 * without a request stays apart. The areas are therefore those of the measurement, and the areas of
 * the phases those of their energies only to within the bins.
 *
 * @param options Trace, log, energies.
 * @return The figure: two panels with one time axis, in seconds from the start of the trace.
 */
export function powerByPhase(options: PowerByPhase): Figure {
  const { series, log, energies, idleW } = options;
  const power = createIntegrator(series, { minSamples: 0 });
  const { startS, endS } = power;
  const binS = (endS - startS) / bins;
  const x = Float64Array.from({ length: bins }, (_, i) => (i + 0.5) * binS);
  const measuredW = x.map((_, i) =>
    (power.cumulativeJ(startS + (i + 1) * binS) - power.cumulativeJ(startS + i * binS)) / binS
  );
  const stack = stackPower(measuredW, idleW, [
    spreadEnergy(log.firstTokenS, log.endS, energies.decodeJ, startS, binS, bins),
    spreadEnergy(log.submitS, log.firstTokenS, energies.prefillJ, startS, binS, bins),
  ]);
  const [decodeW, prefillW] = stack.layersW as [Float64Array, Float64Array];
  const sum = (column: Float64Array): number =>
    column.reduce((total, energyJ) => total + (Number.isNaN(energyJ) ? 0 : energyJ), 0);
  const share = (energyJ: number): string => `${(100 * energyJ / power.totalJ).toFixed(1)} %`;
  return {
    title: options.title ??
      `Prefill takes ${share(sum(energies.prefillJ))} of the energy, decode ` +
        share(sum(energies.decodeJ)),
    caption:
      `${log.submitS.length} requests over ${(endS - startS).toFixed(0)} s; the energy of a ` +
      "phase is taken to be even over it",
    origin: options.origin,
    columns: 1,
    panels: [
      {
        stacked: true,
        x: { label: "Time", unit: "s" },
        y: { label: "Power", unit: "W", zero: true },
        marks: [
          { mark: "area", series: "idle", quiet: true, x, y: stack.idleW },
          { mark: "area", series: "decode", x, y: decodeW },
          { mark: "area", series: "prefill", x, y: prefillW },
          { mark: "area", series: "no request", x, y: stack.restW },
        ],
      },
      {
        x: { label: "Time", unit: "s" },
        y: { label: "Requests in flight", unit: null, zero: true },
        marks: [
          { mark: "step", series: "decode", ...inFlight(log.firstTokenS, log.endS, startS, endS) },
          {
            mark: "step",
            series: "prefill",
            ...inFlight(log.submitS, log.firstTokenS, startS, endS),
          },
        ],
      },
    ],
  };
}

/** How many spans are open over time, as a step line. */
function inFlight(
  from: Float64Array,
  to: Float64Array,
  startS: number,
  endS: number,
): { readonly x: number[]; readonly y: number[] } {
  const events: [time: number, change: number][] = [];
  for (let i = 0; i < from.length; i++) {
    if (to[i]! >= from[i]!) events.push([from[i]!, 1], [to[i]!, -1]);
  }
  events.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  const x = [0];
  const y = [0];
  let open = 0;
  for (const [time, change] of events) {
    open += change;
    x.push(time - startS);
    y.push(open);
  }
  x.push(endS - startS);
  y.push(open);
  return { x, y };
}
