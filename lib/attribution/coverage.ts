import type { RequestReason } from "./equal_share.ts";

/** The steps that are too long to be bridged, or were not measured. */
export interface GapIndex {
  readonly startS: readonly number[];
  readonly endS: readonly number[];
}

export function gapsBefore(
  centreS: Float64Array,
  maxGapS: number,
  unmeasuredBefore: ReadonlySet<number>,
): GapIndex {
  const startS: number[] = [];
  const endS: number[] = [];
  for (let i = 1; i < centreS.length; i++) {
    if (centreS[i]! - centreS[i - 1]! > maxGapS || unmeasuredBefore.has(i)) {
      startS.push(centreS[i - 1]!);
      endS.push(centreS[i]!);
    }
  }
  return { startS, endS };
}

export function coverage(
  startS: number,
  endS: number,
  covered: readonly [number, number],
  gaps: GapIndex,
): RequestReason | null {
  if (startS < covered[0] || endS > covered[1]) return "edges-not-bracketed";
  for (let g = 0; g < gaps.startS.length; g++) {
    if (gaps.startS[g]! < endS && gaps.endS[g]! > startS) return "gap-too-long";
  }
  return null;
}
