import { formatHtmlTable } from "../../notebook/html_table.ts";
import type { Report } from "../report.ts";
import { htmlText, scroll, type Section } from "./section.ts";

/** Tables such as the cells of a run. */
export function extraSections({ tables }: Report): Section[] {
  return tables.map(({ id, title, text, rows, columns }) => ({
    id: `table-${id}`,
    title,
    html: `<p>${htmlText(text)}</p>${
      scroll(
        title,
        formatHtmlTable(rows, {
          maxRows: 100,
          maxColumns: 30,
          ...(columns !== undefined && { columns }),
        }),
      )
    }`,
  }));
}
