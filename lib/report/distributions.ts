import type { Figure, Origin } from "../figures/figure.ts";
import { type Distribution, distributionOf } from "../metrics/distribution.ts";
import { latenciesOf } from "../metrics/latency.ts";
import { formatFixed, formatQuantity } from "../number_text.ts";
import { originOfShares } from "./headline.ts";
import type { Report } from "./report.ts";

/** One quantity of many requests or windows. */
export interface Spread {
  /** Part of the id of its figure. */
  readonly id: string;
  /** Name. */
  readonly label: string;
  /** Unit. */
  readonly unit: string;
  /** What the values are. */
  readonly origin: Origin;
  /** The values; NaN where there is none. */
  readonly values: Float64Array;
  /** Their percentiles. */
  readonly distribution: Distribution;
}

/** The distributions of a report; those without two values are left out. */
export function spreadsOf(report: Report): Spread[] {
  const { requests, windows, origin, logOrigin } = report;
  const shares = originOfShares(report);
  const found: Omit<Spread, "distribution">[] = [];
  if (requests !== null) {
    const { log, energies } = requests;
    const { ttftS, tpotS } = latenciesOf(log);
    found.push({
      id: "ttft",
      label: "Time to first token",
      unit: "s",
      origin: logOrigin,
      values: ttftS,
    });
    found.push({
      id: "tpot",
      label: "Time per output token",
      unit: "s",
      origin: logOrigin,
      values: tpotS,
    });
    if (energies !== null) {
      const { energyJ } = energies;
      found.push({
        id: "token-energy",
        label: "Energy per output token",
        unit: "J",
        origin: shares,
        values: energyJ.map((joules, i) => {
          const tokens = log.outputTokens[i]!;
          return tokens > 0 ? joules / tokens : NaN;
        }),
      });
      found.push({
        id: "request-energy",
        label: "Energy per request",
        unit: "J",
        origin: shares,
        values: energyJ,
      });
    }
  }
  if (windows !== null) {
    const column = (of: (i: number) => number | null): Float64Array =>
      Float64Array.from(windows, (_, i) => of(i) ?? NaN);
    found.push({
      id: "window-energy",
      label: "Energy per window",
      unit: "J",
      origin,
      values: column((i) => windows[i]!.energyJ),
    });
    found.push({
      id: "window-power",
      label: "Mean power of a window",
      unit: "W",
      origin,
      values: column((i) => {
        const { energyJ, startS, endS } = windows[i]!;
        return energyJ === null ? null : energyJ / (endS - startS);
      }),
    });
  }
  return found.map((spread) => ({
    ...spread,
    distribution: distributionOf(spread.values, [5, 50, 90, 95, 99]),
  })).filter(({ distribution }) => distribution.count > 1);
}

const bins = 36;

/** A histogram, narrow enough for a telephone. */
export function histogram({ label, unit, origin, values, distribution }: Spread): Figure {
  const { count, min, max, percentiles } = distribution;
  const most = distributionOf(values, [99.5]).percentiles["p99.5"]!;
  // A long tail would squeeze everything else into one bar; it is counted instead.
  const end = max! - min! > 2 * (most - min!) && most > min! ? most : max!;
  const from = Math.max(0, min! > 0.5 * end ? min! : 0);
  const width = (end - from) / bins || Math.abs(end) * 0.1 || 1;
  const counts = new Float64Array(bins);
  let above = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    if (value > end) above++;
    else counts[Math.min(bins - 1, Math.max(0, Math.floor((value - from) / width)))]!++;
  }
  const text = (value: number | null | undefined): string => formatQuantity(value ?? null, unit);
  return {
    title: `${label}: median ${text(percentiles["p50"])}`,
    caption: `${formatFixed(count, 0)} values, 90 % of them ` +
      `${text(percentiles["p5"])} to ${text(percentiles["p95"])}` +
      (above === 0 ? "" : `; ${formatFixed(above, 0)} lie beyond the axis, up to ${text(max)}`),
    origin,
    width: 344,
    panelHeight: 170,
    panels: [{
      x: { label, unit },
      y: { label: "Number", unit: null },
      marks: [
        {
          mark: "bars",
          series: "",
          x: Float64Array.from({ length: bins }, (_, i) => from + (i + 0.5) * width),
          y: counts,
          width,
        },
        { mark: "rule", axis: "x", at: percentiles["p50"]! },
      ],
    }],
  };
}
