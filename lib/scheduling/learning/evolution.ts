/** Evolution strategies: search by antithetic perturbation of a parameter vector. */

import type { Random } from "../../random.ts";

/** State of a search. */
export interface Evolution {
  /** Centre of the search. */
  readonly mean: Float64Array;
  /** Candidates of the next generation, in pairs mean + d, mean - d. */
  ask(random: Random): Float64Array[];
  /** Moves the centre by the candidates' scores (higher is better). */
  tell(candidates: readonly Float64Array[], scores: readonly number[]): void;
}

/**
 * The strategy of Salimans et al. (arXiv 1703.03864) with centred ranks and a momentum of 0.9 on the
 * step.
 *
 * @param start First centre.
 * @param pairs Antithetic pairs of a generation.
 * @param deviation Size of a perturbation.
 * @param rate Length of a step for a unit estimate.
 * @return The search.
 */
export function createEvolution(
  start: ArrayLike<number>,
  pairs: number,
  deviation: number,
  rate: number,
): Evolution {
  const mean = Float64Array.from(start);
  const velocity = new Float64Array(mean.length);
  return {
    mean,
    ask(random) {
      const out: Float64Array[] = [];
      for (let p = 0; p < pairs; p++) {
        const d = Float64Array.from(mean, () => deviation * random.normal());
        out.push(mean.map((x, i) => x + d[i]!), mean.map((x, i) => x - d[i]!));
      }
      return out;
    },
    tell(candidates, scores) {
      const order = scores.map((_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
      const rank = new Float64Array(scores.length);
      order.forEach((i, place) => rank[i] = place / (scores.length - 1) - 0.5);
      for (let i = 0; i < mean.length; i++) {
        let slope = 0;
        candidates.forEach((candidate, c) =>
          slope += rank[c]! * (candidate[i]! - mean[i]!) / deviation
        );
        velocity[i] = 0.9 * velocity[i]! + 0.1 * rate * slope * 2 / Math.sqrt(candidates.length);
        mean[i]! += velocity[i]!;
      }
    },
  };
}
