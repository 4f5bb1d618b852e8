/** Energies of groups of requests while they are found. */

/** Energies of a group of requests, and what they consist of. */
export interface GroupSum {
  /** Up to first tokens. */
  prefillJ: number;
  /** Behind first tokens. */
  decodeJ: number;
  /** Joules of the prefill by kind of cost, in the order of `FEATURES`. */
  readonly prefill: Float64Array;
  /** The same of the decode. */
  readonly decode: Float64Array;
}

/** Empty sums of each group. */
export function groupSums(requests: number, groupOf: (request: number) => number): GroupSum[] {
  let groups = 1;
  for (let i = 0; i < requests; i++) groups = Math.max(groups, groupOf(i) + 1);
  return Array.from({ length: groups }, () => ({
    prefillJ: 0,
    decodeJ: 0,
    prefill: new Float64Array(5),
    decode: new Float64Array(5),
  }));
}

/** The sum over all groups. */
export function addUp(sums: readonly GroupSum[]): GroupSum {
  const all = {
    prefillJ: 0,
    decodeJ: 0,
    prefill: new Float64Array(5),
    decode: new Float64Array(5),
  };
  for (const sum of sums) {
    all.prefillJ += sum.prefillJ;
    all.decodeJ += sum.decodeJ;
    for (let c = 0; c < 5; c++) {
      all.prefill[c]! += sum.prefill[c]!;
      all.decode[c]! += sum.decode[c]!;
    }
  }
  return all;
}
