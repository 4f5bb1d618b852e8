/** Whether a notebook still comes to its stored verdicts, whatever the numbers beside them. */

import { verdictsMediaType } from "../../lib/notebook/mod.ts";
import type { Output } from "./cell_outputs.ts";

/** Verdicts by the figure's name. */
export type Verdicts = ReadonlyMap<string, string>;

/** On which side a figure may go unchecked. */
export interface MayLack {
  /** The stored outputs were made without data that this run has. */
  readonly stored: boolean;
  /** This run is short, or lacks data that the stored outputs were made with. */
  readonly fresh: boolean;
}

/** What a comparison found. */
export interface VerdictComparison {
  /** Changed, lost and new verdicts, in words. */
  readonly differences: readonly string[];
  /** Figures that only one side could check. */
  readonly unchecked: number;
}

const notChecked = "cannot be checked";

/** The verdicts among the outputs of a cell, or null when it shows no verdict table. */
export function verdictsOf(outputs: readonly Output[]): Verdicts | null {
  const lists = outputs.flatMap((output) => {
    const list = "data" in output ? output.data[verdictsMediaType] : undefined;
    return Array.isArray(list) ? [list] : [];
  });
  if (lists.length === 0) return null;
  return new Map(lists.flat().map(({ figure, verdict }) => [String(figure), String(verdict)]));
}

/**
 * Compares the verdicts of two runs.
 *
 * @param stored Those in the file.
 * @param fresh Those of this run.
 * @param mayLack Where "cannot be checked" is no change.
 */
export function compareVerdicts(
  stored: Verdicts,
  fresh: Verdicts,
  mayLack: MayLack,
): VerdictComparison {
  const differences: string[] = [];
  let unchecked = 0;
  for (const figure of new Set([...stored.keys(), ...fresh.keys()])) {
    const [before, now] = [stored.get(figure), fresh.get(figure)];
    if (before === now) continue;
    if (before === undefined) differences.push(`new figure "${figure}": ${now}`);
    else if (now === undefined) differences.push(`figure "${figure}" is gone; it was ${before}`);
    else if (
      (mayLack.fresh && now === notChecked) || (mayLack.stored && before === notChecked)
    ) unchecked++;
    else differences.push(`verdict of "${figure}": stored ${before}, now ${now}`);
  }
  return { differences, unchecked };
}
