import type { Origin } from "../figures/figure.ts";
import { energyMetrics } from "../metrics/energy.ts";
import type { Figure } from "../metrics/estimate.ts";
import { summariseLatency } from "../metrics/latency.ts";
import { formatInterval, formatNumber, formatQuantity, missingText } from "../number_text.ts";
import { createIntegrator } from "../power/integrate.ts";
import type { Report } from "./report.ts";

/** One number at the top of a page. */
export interface Headline {
  /** What it is. */
  readonly label: string;
  /** The number in its unit, or a dash. */
  readonly value: number | null;
  /** Ends of its nominal 90 % interval; null without one. */
  readonly low: number | null;
  readonly high: number | null;
  /** Unit of the three. */
  readonly unit: string;
  /** How it reads, with its unit and interval. */
  readonly text: string;
  /** `measured`, `modelled` and so on. */
  readonly origin: string;
  /** What it is made of, or why there is none. */
  readonly remark: string;
}

/** Methods that give each span what was measured during it, and model nothing. */
const measuringMethods: ReadonlySet<string> = new Set(["serial", "windows"]);

/** What the energies of requests and phases are, seen from what the readings are. */
export function originOfShares(report: Report): Origin {
  const isModelled = report.facts !== null && !measuringMethods.has(report.facts.method);
  return report.origin === "measured" && isModelled ? "modelled" : report.origin;
}

/** The numbers at the top of a page, in order; those that cannot be made say why. */
export function headlines(report: Report): Headline[] {
  return [
    ...energyOf(report),
    ...sharesOf(report),
    ...perRequest(report),
    ...latency(report),
  ];
}

function energyOf({ power, facts, origin, devices }: Report): Headline[] {
  const integrator = power === null ? null : createIntegrator(power, { minSamples: 0 });
  const totalJ = facts?.totalJ ?? integrator?.totalJ ?? null;
  if (totalJ === null) return [];
  const whole = integrator?.estimate(integrator.startS, integrator.endS);
  // The interval is that of the drawn trace; it is moved to the total where devices were added.
  const half = whole?.energyJ == null ? null : (whole.highJ! - whole.lowJ!) / 2;
  const measuredS = integrator === null
    ? null
    : integrator.endS - integrator.startS - integrator.gapS;
  const names = (facts?.devices ?? devices.map(({ device }) => device.id)).join(" + ");
  const meanW = measuredS === null ? null : totalJ / measuredS;
  const idle = facts?.idle;
  return [
    quantity({
      label: "Energy of the whole trace",
      value: totalJ,
      low: half === null ? null : Math.max(0, totalJ - half),
      high: half === null ? null : totalJ + half,
      unit: "J",
      origin,
      remark: `${names}${measuredS === null ? "" : ` over ${formatNumber(measuredS, 4)} s`}`,
    }),
    quantity({
      label: "Mean power",
      value: meanW,
      low: half === null || measuredS === null ? null : Math.max(0, totalJ - half) / measuredS,
      high: half === null || measuredS === null ? null : (totalJ + half) / measuredS,
      unit: "W",
      origin,
      remark: meanW === null
        ? "the document does not say how long was measured"
        : idle?.idleW != null
        ? `idle ${formatNumber(idle.idleW, 3)} ± ${formatNumber(idle.widthW, 2)} W, ${idle.source}`
        : "energy over the time that was measured",
    }),
  ];
}

function sharesOf(report: Report): Headline[] {
  const { facts } = report;
  if (facts === null) return [];
  const share = (
    label: string,
    of: { readonly energyJ: number; readonly lowJ: number | null; readonly highJ: number | null },
    remark: string,
  ): Headline => {
    const part = (joules: number | null): number | null =>
      joules === null || !Number.isFinite(joules) ? null : 100 * joules / facts.totalJ;
    const [value, low, high] = [part(of.energyJ)!, part(of.lowJ), part(of.highJ)];
    return {
      label,
      value,
      low,
      high,
      unit: "%",
      text: low === null || high === null
        ? `${value.toFixed(1)} %`
        : `${value.toFixed(1)} % (${low.toFixed(1)} to ${high.toFixed(1)})`,
      origin: originOfShares(report),
      remark,
    };
  };
  const phases = [
    ...(facts.prefill
      ? [share("Prefill share", facts.prefill, joules(facts.prefill.energyJ))]
      : []),
    ...(facts.decode ? [share("Decode share", facts.decode, joules(facts.decode.energyJ))] : []),
  ];
  const rests: [string, number | null | undefined][] = facts.insideJ === undefined
    ? [["Idle share", facts.idleJ], ["Unattributed share", facts.unattributedJ]]
    : [["In windows", facts.insideJ], ["Outside of windows", facts.unattributedJ]];
  if (facts.unsplitJ) rests.unshift(["Not split into phases", facts.unsplitJ]);
  return [
    ...phases,
    ...rests.flatMap(([label, energyJ]) =>
      energyJ == null ? [] : [share(label, { energyJ, lowJ: null, highJ: null }, joules(energyJ))]
    ),
    {
      label: "Conservation",
      value: facts.conservationError,
      low: null,
      high: null,
      unit: "relative",
      text: facts.conservationError === 0
        ? "exact"
        : `to ${facts.conservationError.toExponential(0)}`,
      origin: "computed",
      remark: "how far the parts together are from the energy of the whole trace",
    },
  ];
}

function joules(energyJ: number): string {
  return formatQuantity(energyJ, "J", 4);
}

function perRequest(report: Report): Headline[] {
  const { requests, facts } = report;
  if (requests === null || requests.energies === null) return [];
  const { energies, log } = requests;
  const { prefill, decode } = facts ?? {};
  const phase = (
    energyJ: Float64Array,
    sum: { readonly lowJ: number; readonly highJ: number } | null | undefined,
  ) => ({
    energyJ,
    ...(sum && Number.isFinite(sum.lowJ) && Number.isFinite(sum.highJ) && { sumJ: sum }),
  });
  const metrics = energyMetrics({
    energyJ: energies.energyJ,
    lowJ: energies.lowJ,
    highJ: energies.highJ,
    prefill: phase(energies.prefillJ, prefill),
    decode: phase(energies.decodeJ, decode),
  }, log);
  const origin = originOfShares(report);
  const used = energies.energyJ.reduce((n, value) => n + (Number.isNaN(value) ? 0 : 1), 0);
  const rows: [string, Figure, string, string][] = [
    [
      "Energy of a request",
      metrics.perRequest,
      "J",
      `mean of ${formatNumber(used, 15)} of ${formatNumber(log.submitS.length, 15)} requests`,
    ],
    [
      "Energy per output token",
      metrics.wholePerOutputToken,
      "J",
      "prefill and decode over output tokens",
    ],
    ["Decode energy per output token", metrics.perOutputToken, "J", "decode over output tokens"],
    ["Prefill energy per input token", metrics.perInputToken, "J", "prefill over prompt tokens"],
  ];
  return rows.map(([label, { value, low, high, reason }, unit, remark]) =>
    quantity({ label, value, low, high, unit, origin, remark: reason ?? remark })
  );
}

function latency({ requests, origin }: Report): Headline[] {
  if (requests === null) return [];
  const { ttftS, tpotS } = summariseLatency(requests.log, [50, 95]);
  const row = (label: string, { percentiles, count }: typeof ttftS): Headline =>
    quantity({
      label,
      value: percentiles["p50"] ?? null,
      low: null,
      high: null,
      unit: "s",
      origin,
      remark: count === 0
        ? "the log does not say"
        : `95 % of ${formatNumber(count, 15)} within ${formatQuantity(percentiles["p95"]!, "s")}`,
    });
  return [row("TTFT, median", ttftS), row("TPOT, median", tpotS)];
}

function quantity(init: Omit<Headline, "text">): Headline {
  const { value, low, high, unit } = init;
  return { ...init, text: value === null ? missingText : formatInterval(value, low, high, unit) };
}
