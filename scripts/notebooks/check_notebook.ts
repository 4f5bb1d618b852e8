/** A notebook's stored outputs against those of a run that may be shorter or have less data. */

import { firstDifference } from "./compare_outputs.ts";
import { compareVerdicts, verdictsOf } from "./compare_verdicts.ts";
import { type Cell, type Notebook, tagsOf } from "./notebook_file.ts";
import type { Problem } from "./problem.ts";

/** Which data a run had: published data through a mirror, or only what the repository ships. */
export type Data = "bundled" | "mirror";

/** What a check found. */
export interface NotebookCheck {
  /** Outputs and verdicts that changed. */
  readonly problems: readonly Problem[];
  /** What was not compared, or empty. */
  readonly note: string;
}

/**
 * Compares outputs. Everything counts when both runs had the same data and all of it. In fast mode,
 * and where the data differ, only cells tagged `verdict` count: in a verdict table the verdicts,
 * without their numbers; in fast mode the whole output of a tagged cell without such a table.
 *
 * @param stored The notebook as it is in the file.
 * @param fresh The notebook after this run.
 * @param fast Whether this run was short.
 */
export function checkNotebook(stored: Notebook, fresh: Notebook, fast: boolean): NotebookCheck {
  const [before, now] = [dataOf(stored), dataOf(fresh)];
  const sameData = before === null || before === now;
  const mayLack = {
    stored: !sameData && before === "bundled",
    fresh: fast || (!sameData && now === "bundled"),
  };
  const after = codeCells(fresh);
  const problems: Problem[] = [];
  let unchecked = 0;
  for (const [i, cell] of codeCells(stored).entries()) {
    const tags = tagsOf(cell);
    if (tags.includes("nbval-ignore-output")) continue;
    const [a, b] = [cell.outputs ?? [], after[i]?.outputs ?? []];
    const add = (message: string) => problems.push({ cell: i + 1, line: null, message });
    if (sameData && !fast) {
      const difference = firstDifference(a, b);
      if (difference !== null) add(difference);
    } else if (tags.includes("verdict")) {
      const [old, latest] = [verdictsOf(a), verdictsOf(b)];
      if (old !== null && latest !== null) {
        const comparison = compareVerdicts(old, latest, mayLack);
        comparison.differences.forEach(add);
        unchecked += comparison.unchecked;
      } else if (sameData || old !== latest) {
        const difference = firstDifference(a, b);
        if (difference !== null) add(difference);
      }
    }
  }
  return { problems, note: noteOf(sameData ? null : before, unchecked) };
}

/** What writing a run's outputs loses, or empty: those of a run that had the published data. */
export function lossOfWriting(stored: Notebook, fresh: Notebook): string {
  return dataOf(stored) === "mirror" && dataOf(fresh) === "bundled"
    ? "in place of outputs made with mirror data"
    : "";
}

/** Which data a run has: a notebook that does not ask for the mirror has none of it. */
export function dataFor(notebook: Notebook, mirror: string | undefined): Data {
  const asks = codeCells(notebook).some(({ source }) => source.includes("JOULEBOOK_MIRROR"));
  return asks && mirror !== undefined ? "mirror" : "bundled";
}

/** Writes down which data outputs were made with. */
export function withData(notebook: Notebook, data: Data): Notebook {
  return { ...notebook, metadata: { ...notebook.metadata, joulebook: { data } } };
}

function dataOf(notebook: Notebook): string | null {
  const note = notebook.metadata["joulebook"];
  return typeof note === "object" && note !== null && "data" in note ? String(note.data) : null;
}

function noteOf(otherData: string | null, unchecked: number): string {
  const parts = [
    ...(otherData === null ? [] : [`outputs made with ${otherData} data, only verdicts compared`]),
    ...(unchecked === 0
      ? []
      : [`${unchecked} ${unchecked === 1 ? "verdict" : "verdicts"} not checked here`]),
  ];
  return parts.join("; ");
}

function codeCells(notebook: Notebook): Cell[] {
  return notebook.cells.filter((cell) => cell.cell_type === "code");
}
