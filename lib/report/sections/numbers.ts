import { formatQuantity } from "../../number_text.ts";
import type { Headline } from "../headline.ts";
import { partsOf } from "../parts.ts";
import type { Report } from "../report.ts";
import { bdi, htmlText, list, type Section } from "./section.ts";

/** The numbers at the top, how the energy splits, and doubts. */
export function numbersSection(report: Report, numbers: readonly Headline[]): Section {
  const { facts } = report;
  const warnings = facts?.warnings ?? [];
  return {
    id: "numbers",
    title: "The numbers",
    html:
      (warnings.length === 0
        ? ""
        : `<div class="notice"><p><strong>${
          warnings.length === 1 ? "A doubt" : "Doubts"
        }</strong></p>${list(warnings.map(({ message }) => message))}</div>`) +
      (report.requests === null || report.requests.energies !== null
        ? ""
        : "<p>There is no attribution: nothing says which request took which energy.</p>") +
      splitBar(report) +
      `<dl class="numbers">${
        numbers.filter(({ rank }) => rank < 3).map(({ label, rank, text, origin, remark }) =>
          `<div class="rank-${rank}"><dt>${htmlText(label)}</dt><dd class="value">${
            htmlText(text)
          }</dd>` +
          `<dd class="remark">${htmlText(origin)}${
            remark === "" ? "" : ` · ${bdi(remark)}`
          }</dd></div>`
        ).join("")
      }</dl>` +
      '<p class="small quiet" style="margin-top:1rem">± and ranges are nominal 90 % intervals; a number without one has none ' +
      "that is known. <em>Modelled</em>: worked out by a model, or measured and then divided by a rule or a " +
      "fitted model.</p>",
  };
}

function splitBar({ facts }: Report): string {
  if (facts === null || !(facts.totalJ > 0)) return "";
  const parts = partsOf(facts);
  const percent = (energyJ: number): string => (100 * energyJ / facts.totalJ).toFixed(1);
  return `<div class="split" aria-hidden="true">${
    parts.map(({ energyJ, colour }) =>
      `<span style="flex:${percent(energyJ)} 0 0;background:var(${colour})"></span>`
    ).join("")
  }</div><ul class="key" aria-label="Where the energy went">${
    parts.map(({ name, energyJ, colour }) =>
      `<li><span class="swatch" style="background:var(${colour})"></span>${name} ${
        percent(energyJ)
      } % <span class="quiet">(${formatQuantity(energyJ, "J", 4)})</span></li>`
    ).join("")
  }</ul>`;
}
