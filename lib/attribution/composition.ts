import type { Timeline } from "../requests/timeline.ts";
import type { Division } from "./divide.ts";

/** Part of the engines' busy time in which they compute prompts. */
export function prefillShare(timelines: readonly Timeline[]): number {
  let prefill = 0;
  let busy = 0;
  for (const { edgesS, prefilling, decoding } of timelines) {
    for (let j = 0; j < prefilling.length; j++) {
      const span = edgesS[j + 1]! - edgesS[j]!;
      if (prefilling[j]! > 0) prefill += span;
      if (prefilling[j]! + decoding[j]! > 0) busy += span;
    }
  }
  return busy > 0 ? prefill / busy : 0;
}

/** Composition of one phase of a request; its joules are added to those of all requests. */
export function compose(
  own: Float64Array,
  stepPart: number,
  otherPart: number,
  isPrefill: boolean,
  sum: Float64Array,
  energyJ: number,
): void {
  own.fill(0);
  own[isPrefill ? 0 : 1] = 1 - stepPart - otherPart;
  own[isPrefill ? 4 : 2] = otherPart;
  own[3] = stepPart;
  for (let c = 0; c < 5; c++) sum[c]! += own[c]! * energyJ;
}

/** Composition of everything that is divided. */
export function wholeComposition(divisions: readonly Division[]): Float64Array {
  const sum = new Float64Array(5);
  const own = new Float64Array(5);
  for (const division of divisions) {
    for (let k = 0; k < division.prefill.length; k++) {
      compose(
        own,
        division.prefillStepPart[k]!,
        division.prefillStretchPart[k]!,
        true,
        sum,
        division.prefill[k]!,
      );
      compose(
        own,
        division.decodeStepPart[k]!,
        division.decodeReadPart[k]!,
        false,
        sum,
        division.decode[k]!,
      );
    }
  }
  const total = sum.reduce((a, b) => a + b, 0);
  return total > 0 ? sum.map((joules) => joules / total) : sum;
}
