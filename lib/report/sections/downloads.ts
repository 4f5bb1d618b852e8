import { formatFixed } from "../../number_text.ts";
import type { Download } from "../tables.ts";
import { htmlText, type Section } from "./section.ts";

/** Buttons that save the tables. */
export function downloadsSection(downloads: readonly Download[]): Section {
  return {
    id: "downloads",
    title: "Downloads",
    html:
      "<p>The tables are in this page and are written as CSV by your browser: all rows, every number " +
      "as it was computed. A text that a spreadsheet would take for a formula begins with an " +
      `apostrophe.</p><div class="controls">${
        downloads.map(({ id, title, columns }) =>
          `<button type="button" data-table="${htmlText(id)}">${htmlText(title)} <small>${
            formatFixed(Object.values(columns)[0]!.length, 0)
          } rows</small></button>`
        ).join("")
      }</div>`,
  };
}
