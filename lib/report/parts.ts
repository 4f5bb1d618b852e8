import type { AttributionFacts } from "./report.ts";

/** A part of the measured energy. */
export interface EnergyPart {
  /** What it went to. */
  readonly name: string;
  /** Joules. */
  readonly energyJ: number;
  /** Ends of its nominal 90 % interval, in joules; null without one. */
  readonly lowJ: number | null;
  readonly highJ: number | null;
  /** Variable of the style sheet with its colour: that of the same thing in the figures. */
  readonly colour: string;
}

/** The parts that together are the measured energy, those of nothing left out. */
export function partsOf(facts: AttributionFacts): EnergyPart[] {
  const { prefill, decode, unsplitJ, idleJ, unattributedJ, insideJ } = facts;
  const finite = (joules: number | undefined): number | null =>
    joules !== undefined && Number.isFinite(joules) ? joules : null;
  const plain = (name: string, energyJ: number | null | undefined, colour: string) => ({
    name,
    energyJ: energyJ ?? 0,
    lowJ: null,
    highJ: null,
    colour,
  });
  const phase = (name: string, of: AttributionFacts["prefill"], colour: string) => ({
    ...plain(name, of?.energyJ, colour),
    lowJ: finite(of?.lowJ),
    highJ: finite(of?.highJ),
  });
  const parts: EnergyPart[] = insideJ === undefined
    ? [
      phase("prefill", prefill, "--series-1"),
      phase("decode", decode, "--series-0"),
      plain("not split into phases", unsplitJ, "--series-3"),
      plain("idle", idleJ, "--quiet"),
      plain("unattributed", unattributedJ, "--series-2"),
    ]
    : [
      plain("in windows", insideJ, "--series-0"),
      plain("outside of windows", unattributedJ, "--quiet"),
    ];
  return parts.filter(({ energyJ }) => energyJ > 0);
}
