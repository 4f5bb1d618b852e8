import type { Report } from "../report.ts";
import { bdi, htmlText, type Section } from "./section.ts";

/** What the linter found. */
export function findingsSection({ findings }: Report): Section {
  const most = 60;
  const all = findings ?? [];
  return {
    id: "findings",
    title: "Findings of the linter",
    html: findings === null
      ? "<p>The linter was not run: the files are not at hand.</p>"
      : all.length === 0
      ? "<p>The linter found nothing that physical limits or arithmetic contradict.</p>"
      : all.slice(0, most).map(({ severity, rule, where, message, expected, found }) =>
        `<div class="finding ${severity}"><p><strong>${severity}</strong> · <code>${
          htmlText(rule)
        }</code> <span class="quiet">${bdi(where, 300)}</span></p><p>${
          bdi(message, 600)
        }</p><p class="small quiet">expected ${bdi(expected, 300)}; found ${
          bdi(found, 300)
        }</p></div>`
      ).join("") +
        (all.length > most ? `<p>${all.length - most} more are in the download.</p>` : ""),
  };
}
