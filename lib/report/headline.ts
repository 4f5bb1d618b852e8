import type { WindowEnergy } from "../attribution/windows.ts";
import type { Origin } from "../figures/figure.ts";
import { energyMetrics } from "../metrics/energy.ts";
import type { Figure } from "../metrics/estimate.ts";
import { summariseLatency } from "../metrics/latency.ts";
import {
  formatFixed,
  formatInterval,
  formatNumber,
  formatQuantity,
  missingText,
} from "../number_text.ts";
import { deviceNames } from "../power/device_name.ts";
import { createIntegrator } from "../power/integrate.ts";
import { type Ends, narrowerSum } from "./narrower_sum.ts";
import { partsOf } from "./parts.ts";
import type { Report } from "./report.ts";

/** One number at the top of a page. */
export interface Headline {
  /** What it is. */
  readonly label: string;
  /** 1 for the first that a reader wants, 3 for what only the table has. */
  readonly rank: 1 | 2 | 3;
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

/** Whether a method gives each span what was measured during it, and models nothing. */
export function isMeasuring(method: string): boolean {
  return method.split(" and ").every((one) =>
    one === "serial" || one === "one-at-a-time" || one === "windows"
  );
}

/** What the energies of requests and phases are, seen from what the readings are. */
export function originOfShares(report: Report): Origin {
  const isModelled = report.facts !== null && !isMeasuring(report.facts.method);
  const isReal = report.origin === "measured" || report.origin === "published";
  return isReal && isModelled ? "modelled" : report.origin;
}

/** The numbers at the top of a page, in order; those that cannot be made say why. */
export function headlines(report: Report): Headline[] {
  const all = [
    ...energyOf(report),
    ...perRequest(report),
    ...sharesOf(report),
    ...windowNumbers(report),
    ...latency(report),
    ...conservationOf(report),
  ];
  return all.sort((a, b) => a.rank - b.rank);
}

function energyOf({ power, facts, origin, devices }: Report): Headline[] {
  const integrator = power === null ? null : createIntegrator(power, { minSamples: 0 });
  const totalJ = facts?.totalJ ?? integrator?.totalJ ?? null;
  if (totalJ === null) return [];
  const whole = integrator?.estimate(integrator.startS, integrator.endS);
  // The interval is that of the drawn trace; it is moved to the total where devices were added.
  const half = (whole?.energyJ ?? null) === null ? null : (whole!.highJ! - whole!.lowJ!) / 2;
  const measuredS = integrator === null
    ? null
    : integrator.endS - integrator.startS - integrator.gapS;
  const names = (facts?.devices ?? deviceNames(devices.map(({ device }) => device))).join(" + ")
    .slice(0, 80);
  const meanW = measuredS === null ? null : totalJ / measuredS;
  const idleW = facts?.idle?.idleW ?? null;
  return [
    quantity({
      label: "Energy of the whole trace",
      rank: 1,
      value: totalJ,
      low: half === null ? null : Math.max(0, totalJ - half),
      high: half === null ? null : totalJ + half,
      unit: "J",
      origin,
      remark: `${names}${measuredS === null ? "" : ` over ${formatNumber(measuredS, 4)} s`}`,
    }),
    quantity({
      label: "Mean power",
      rank: 1,
      value: meanW,
      low: half === null || measuredS === null ? null : Math.max(0, totalJ - half) / measuredS,
      high: half === null || measuredS === null ? null : (totalJ + half) / measuredS,
      unit: "W",
      origin,
      remark: meanW === null
        ? "the document does not say how long was measured"
        : idleW !== null
        ? `idle ${intervalAround(idleW, facts!.idle!.widthW)}, ${
          facts!.idle!.source === "measured" ? "seen while no request ran" : facts!.idle!.source
        }`
        : "energy over the time that was measured",
    }),
  ];
}

function sharesOf(report: Report): Headline[] {
  const { facts } = report;
  if (facts === null || !(facts.totalJ > 0)) return [];
  const percent = (joules: number | null): number | null =>
    joules === null ? null : 100 * joules / facts.totalJ;
  return partsOf(facts).map((part) => {
    const value = 100 * part.energyJ / facts.totalJ;
    const [low, high] = [percent(part.lowJ), percent(part.highJ)];
    const isPhase = part.name === "prefill" || part.name === "decode";
    return {
      label: `Share: ${part.name}`,
      rank: isPhase ? 2 : 3,
      value,
      low,
      high,
      unit: "%",
      text: low === null || high === null
        ? `${value.toFixed(1)} %`
        : `${value.toFixed(1)} % (${low.toFixed(1)} to ${high.toFixed(1)})`,
      origin: originOfShares(report),
      remark: formatQuantity(part.energyJ, "J", 4),
    };
  });
}

function conservationOf({ facts }: Report): Headline[] {
  if (facts === null) return [];
  const { conservationError } = facts;
  return [{
    label: "Conservation",
    rank: 2,
    value: conservationError,
    low: null,
    high: null,
    unit: "relative",
    text: conservationError === 0 ? "exact" : `to ${conservationError.toExponential(0)}`,
    origin: "computed",
    remark: "how far the parts together are from the energy of the whole trace",
  }];
}

function perRequest(report: Report): Headline[] {
  const { requests, facts } = report;
  if (requests === null || requests.energies === null) return [];
  const { energies, log } = requests;
  const { prefill, decode } = facts ?? {};
  const phase = (energyJ: Float64Array, sum: Ends | null | undefined) => ({
    energyJ,
    ...(sum && Number.isFinite(sum.lowJ) && Number.isFinite(sum.highJ) && { sumJ: sum }),
  });
  const sumJ = narrowerSum(energies, prefill, decode);
  const metrics = energyMetrics({
    energyJ: energies.energyJ,
    lowJ: energies.lowJ,
    highJ: energies.highJ,
    ...(sumJ !== null && { sumJ }),
    prefill: phase(energies.prefillJ, prefill),
    decode: phase(energies.decodeJ, decode),
  }, log);
  const origin = originOfShares(report);
  const used = energies.energyJ.reduce((n, value) => n + (Number.isNaN(value) ? 0 : 1), 0);
  const rows: [string, 1 | 2, Figure, string, string][] = [
    [
      "Energy of a request",
      1,
      metrics.perRequest,
      "J",
      `mean of ${formatFixed(used, 0)} of ${formatFixed(log.submitS.length, 0)} requests`,
    ],
    [
      "Energy per output token",
      1,
      metrics.wholePerOutputToken,
      "J",
      "prefill and decode over output tokens",
    ],
    ["Decode energy per output token", 2, metrics.perOutputToken, "J", "decode over output tokens"],
    ["Prefill energy per input token", 2, metrics.perInputToken, "J", "prefill over prompt tokens"],
  ];
  return rows.map(([label, rank, { value, low, high, reason }, unit, remark]) =>
    quantity({ label, rank, value, low, high, unit, origin, remark: reason ?? remark })
  );
}

/** How many windows have an energy, and how these compare with what the source itself gives. */
function windowNumbers({ windows, origin }: Report): Headline[] {
  if (windows === null) return [];
  const found = windows.filter(({ energyJ }) => energyJ !== null);
  const compared = found.filter(({ referenceJ }) => referenceJ !== null);
  const sum = (of: (window: WindowEnergy) => number): number =>
    compared.reduce((total, window) => total + of(window), 0);
  const plain = (label: string, value: number, text: string, unit: string, remark: string) => ({
    label,
    rank: 2 as const,
    value,
    low: null,
    high: null,
    unit,
    text,
    origin,
    remark,
  });
  const inside =
    compared.filter(({ referenceJ, lowJ, highJ }) => referenceJ! >= lowJ! && referenceJ! <= highJ!)
      .length;
  const off = 100 * (sum(({ energyJ }) => energyJ!) / sum(({ referenceJ }) => referenceJ!) - 1);
  return [
    plain(
      "Windows with an energy",
      found.length,
      `${formatFixed(found.length, 0)} of ${formatFixed(windows.length, 0)}`,
      "windows",
      found.length === windows.length ? "all" : "the table says why others have none",
    ),
    ...(compared.length === 0 ? [] : [
      plain(
        "Sum against the reference",
        off,
        `${off >= 0 ? "+" : "−"}${Math.abs(off).toFixed(2)} %`,
        "%",
        `the source gives an energy for ${formatFixed(compared.length, 0)} of these`,
      ),
      plain(
        "References inside the interval",
        inside,
        `${formatFixed(inside, 0)} of ${formatFixed(compared.length, 0)}`,
        "windows",
        "90 % is what the interval is made for",
      ),
    ]),
  ];
}

function latency({ requests, logOrigin: origin }: Report): Headline[] {
  if (requests === null) return [];
  const { log } = requests;
  const { ttftS, tpotS } = summariseLatency(log, [50, 95]);
  const row = (label: string, { percentiles, count }: typeof ttftS): Headline =>
    quantity({
      label,
      rank: 2,
      value: percentiles["p50"] ?? null,
      low: null,
      high: null,
      unit: "s",
      origin,
      remark: count === 0
        ? "the log does not say"
        : `95 % of ${formatFixed(count, 0)} within ${formatQuantity(percentiles["p95"]!, "s")}`,
    });
  let [firstS, lastS, tokens] = [Infinity, -Infinity, 0];
  for (let i = 0; i < log.submitS.length; i++) {
    if (!(log.success[i] === 1 && log.outputTokens[i]! >= 0)) continue;
    firstS = Math.min(firstS, log.submitS[i]!);
    lastS = Math.max(lastS, log.endS[i]!);
    tokens += log.outputTokens[i]!;
  }
  const rate = lastS > firstS ? tokens / (lastS - firstS) : null;
  return [row("TTFT, median", ttftS), row("TPOT, median", tpotS), {
    label: "Output tokens a second",
    rank: 2,
    value: rate,
    low: null,
    high: null,
    unit: "tokens/s",
    text: formatNumber(rate, 4),
    origin,
    remark: rate === null
      ? "the log does not say"
      : `${formatFixed(tokens, 0)} tokens from the first request to the last token`,
  }];
}

function quantity(init: Omit<Headline, "text">): Headline {
  const { value, low, high, unit } = init;
  return { ...init, text: value === null ? missingText : formatInterval(value, low, high, unit) };
}

function intervalAround(value: number, half: number | null): string {
  return formatInterval(value, value - (half ?? NaN), value + (half ?? NaN), "W");
}
