import type { Format } from "../format.ts";
import { headerOf, readResultCsv } from "../result_csv.ts";
import { unitOfName } from "../result_units.ts";

/**
 * Any table of results whose header names at least two quantities with their units, one of them an
 * energy or a power, and which is no time series: what papers and scripts publish. Columns whose
 * name says no unit have none.
 */
export const format: Format = {
  id: "results-csv",
  title: "table of results with units in its header, CSV",
  kinds: ["results"],
  writtenBy: "experiment scripts and papers",
  detect(head) {
    if (head.binary) return 0;
    const names = headerOf(head);
    if (/^(time|timestamp|date|elapsed|t)(_|\b|$)/i.test(names[0] ?? "")) return 0;
    const units = names.map(unitOfName).filter((unit) => unit !== undefined);
    return units.length >= 2 && units.some((unit) => /^[mk]?(J|W|Wh)(\/|$)/.test(unit)) ? 1 : 0;
  },
  read: (source, into) =>
    readResultCsv(source, into, {
      table: "rows",
      needs: [],
      unitOf: unitOfName,
    }),
};
