import { formatFixed } from "../../number_text.ts";
import type { PageRows } from "../tables.ts";
import { scroll, type Section } from "./section.ts";

/** The filter, the waterfall, and the table. */
export function rowsSection({ rows, columns }: PageRows): Section {
  const isRequests = rows.table === "requests";
  const count = columns["startS"]!.length;
  const option = (value: string, text: string): string =>
    `<option value="${value}">${text}</option>`;
  return {
    id: rows.table,
    title: isRequests ? "Requests" : "Windows",
    html: `<form id="rows-form" class="controls" autocomplete="off">` +
      '<label>Name contains <input type="search" id="rows-text" size="14"></label>' +
      `<label>Energy <select id="rows-energy">${option("all", "all")}${option("with", "known")}${
        option("without", "not known")
      }</select></label>` +
      '<label>At least (J) <input type="number" id="rows-least" min="0" step="any"></label>' +
      `<label>Sort by <select id="rows-sort">${option("start", "start")}${
        option("energy", "energy, most first")
      }${option("duration", "duration, longest first")}${
        isRequests ? option("ttft", "TTFT, longest first") : ""
      }</select></label>` +
      '<label><input type="checkbox" id="rows-in-span"> only in the span shown above</label>' +
      '<button type="reset">Clear</button></form>' +
      `<div class="controls"><button type="button" id="rows-before">Before</button>` +
      '<button type="button" id="rows-after">Next</button>' +
      `<span role="status" id="rows-count">${formatFixed(count, 0)} ${rows.noun}s</span>` +
      '<button type="button" id="rows-save">Save what fits (CSV)</button></div>' +
      (isRequests
        ? '<ul class="key"><li><span class="swatch" style="background:var(--series-1)"></span>prefill</li>' +
          '<li><span class="swatch" style="background:var(--series-0)"></span>decode</li>' +
          '<li><span class="swatch" style="background:var(--quiet)"></span>no energy, or not split</li></ul>'
        : "") +
      `<figure><div class="plot" id="waterfall" role="group" aria-label="Figure: ${rows.noun}s over time"></div>` +
      `</figure>${
        scroll(
          `${isRequests ? "Requests" : "Windows"}, the same ones`,
          '<table id="rows-table"></table>',
        )
      }`,
  };
}
