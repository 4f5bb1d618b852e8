import type { Origin } from "../figures/figure.ts";
import { formatNumber } from "../number_text.ts";
import { isMeasuring } from "./headline.ts";
import type { AttributionFacts, Report } from "./report.ts";

/** What was done, and what it cannot say: sentences in plain words, without markup. */
export interface MethodText {
  /** How the numbers came about. */
  readonly method: readonly string[];
  /** What they do not say. */
  readonly limits: readonly string[];
}

const estimators: Readonly<Record<string, string>> = {
  "trapezoid":
    "Readings of power are joined by straight lines, and the area under them is the energy.",
  "counter-difference": "Energy is the difference of a counter between two moments.",
  "interval-sum":
    "Energies of intervals are summed, those at the edges by the part that lies inside.",
  "sample-mean": "Energy is the mean of the readings inside a span times its length.",
};

/** What is to be minded of readings of an origin. */
const originLimits: Readonly<Record<Origin, readonly string[]>> = {
  measured: [],
  published: ["The readings were published by others; how they were taken is theirs to say."],
  modelled: [
    "The power was worked out from a declared power, not measured: how far it is off is not known, and " +
    "no interval has it.",
  ],
  simulated: [
    "The readings are simulated, not measured: they say nothing about a real accelerator.",
  ],
  generated: [
    "The readings are generated, not measured: the numbers show how the method works, and say nothing " +
    "about a real accelerator.",
  ],
};

/** Method and limits of a report in plain words. */
export function methodText(report: Report): MethodText {
  const { facts } = report;
  if (facts === null) {
    return {
      method: ["Power is shown as it was read; nothing was divided among requests."],
      limits: sensorLimits(report),
    };
  }
  return {
    method: [
      estimators[facts.estimator ?? estimatorOf(report)] ?? "",
      ...facts.method.split(" and ").flatMap((method) => divisionOf(method, facts)),
      clockOf(facts),
      report.power === null
        ? ""
        : facts.method === "windows"
        ? "In the figure of power, colours say which windows were open."
        : "In the figure of power, the power above idle of each moment is divided in " +
          "proportion to the energies of what was running then, the energy of a phase taken to be " +
          "even over the phase.",
    ].filter((text) => text !== ""),
    limits: [...divisionLimits(facts), ...sensorLimits(report)],
  };
}

function estimatorOf({ power }: Report): string {
  if (power === null) return "";
  return { power: "trapezoid", counter: "counter-difference", interval: "interval-sum" }[
    power.quantity
  ];
}

function divisionOf(method: string, facts: AttributionFacts): string[] {
  const idle = facts.idleRule === "in-requests" ? "idle power included" : "less idle power";
  switch (method) {
    case "windows":
      return [
        "Each window has the energy that was measured during it. Windows may overlap; what was " +
        "counted more than once is not in the sum.",
      ];
    case "serial":
      return [
        `Where requests never overlap, each has the energy that was measured during it, ${idle}. ` +
        "Prefill is the time from sending a request to its first token, decode from there " +
        "to its last.",
      ];
    case "one-at-a-time":
      return [
        "Where answers never overlap although requests do, each has the energy from the end of the one " +
        `before, or from when it was sent, to its own end, ${idle}.`,
      ];
    case "equal-share":
      return [
        "At every instant the measured power, idle power included, is divided in equal parts among " +
        "the requests in flight. Prefill is the time from sending a request to its first token, " +
        "decode from there to its last.",
      ];
  }
  const r2 = facts.fit?.r2 ?? null;
  const costs = method.startsWith("regression")
    ? "what each request's prompt tokens, output tokens, context reads and engine steps cost, costs " +
      `fitted to this trace${
        r2 !== null && Number.isFinite(r2)
          ? ` (they explain ${(100 * r2).toFixed(1)} % of the variance of power)`
          : ""
      }`
    : `a rule that is not fitted to the trace (${method})`;
  return [
    `Idle power is taken off first. The rest is divided at every instant by ${costs}.` +
    (facts.sharing ? ` Its rule: ${facts.sharing}.` : ""),
    (facts.idleRule ?? "unassigned") === "unassigned"
      ? "Idle energy belongs to no request."
      : `Idle energy is given to requests by the rule ${facts.idleRule}; it is not in the energies of ` +
        "prefill and decode shown here.",
  ];
}

function clockOf({ offsetS, offsetWidthS, overlap }: AttributionFacts): string {
  const inside = overlap === undefined
    ? ""
    : `${(100 * overlap).toFixed(1)} % of the time lies inside the trace.`;
  return offsetS === 0 && offsetWidthS === 0
    ? `Trace and log were taken to be on one clock. ${inside}`
    : `${formatNumber(offsetS, 7)} s were added to the trace's times, known to ± ` +
      `${formatNumber(offsetWidthS, 2)} s. ${inside}`;
}

function divisionLimits(facts: AttributionFacts): string[] {
  return [
    ...(facts.kind === "bounds"
      ? [
        "Idle power is not known: the energies are the middle of what is possible, and their " +
        "intervals are bounds.",
      ]
      : []),
    ...(isMeasuring(facts.method) ? [] : [
      "How requests that run together share power is a convention, not a measurement. The " +
      "intervals do not say how another rule would have divided it.",
    ]),
    ...(facts.method === "windows" ? [] : [
      "Energies of single requests are less certain than their sums; each has its own interval in " +
      "the table.",
    ]),
  ];
}

function sensorLimits({ power, origin }: Report): string[] {
  return [
    "Intervals are nominal 90 % intervals of what sampling and timing leave open: jumps of the power " +
    "between readings, and edges that are known only to within a step of the trace. An error of " +
    "calibration of the sensor is not in them.",
    ...(power === null
      ? [
        "This page was made from results alone: it shows the energies spread evenly over their " +
        "spans, not the power that was measured.",
      ]
      : power.quantity === "power" && power.reading === "average"
      ? [
        "The sensor averages over its window: the peaks of the readings are lower than those of the " +
        "power.",
      ]
      : []),
    ...originLimits[origin],
  ];
}
