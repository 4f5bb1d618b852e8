/**
 * The page's program as text. The functions in `page/` are type-checked and tested as they stand; in
 * a page they share one scope, so each uses only parameters, the platform, and functions of this
 * list.
 */

import { peakIndices } from "../figures/decimate.ts";
import { spreadEnergy, stackPower } from "../figures/phase_bins.ts";
import {
  decimalsFor,
  exponential,
  formatFixed,
  formatNumber,
  missingText,
} from "../number_text.ts";
import { csvCell, csvPieces } from "./page/csv.ts";
import { cumulate, energyUpTo, firstNotBefore } from "./page/cumulate.ts";
import {
  bytesOfBase64,
  decodeColumn,
  inflate,
  joinPlanes,
  readDifferences,
} from "./page/decode.ts";
import { saveCsv, startDownloads } from "./page/downloads.ts";
import { orderRows, pickRows } from "./page/pick_rows.ts";
import { drawPlot, plotConfig } from "./page/plotly.ts";
import {
  countsFlight,
  followZoom,
  joinControls,
  openLayers,
  openTrace,
  powerLayout,
  powerTraces,
  restName,
  setSpan,
  startPower,
} from "./page/power_chart.ts";
import { openLayer, powerView } from "./page/power_view.ts";
import { openRows, readQuery, sortKey, startRows } from "./page/rows.ts";
import { columnFormat, fillTable } from "./page/rows_table.ts";
import { sayFailure, startLook, startPage } from "./page/start.ts";
import { axisTime, byId, clockTime, openPage, paletteNow } from "./page/state.ts";
import { plainText, plotText } from "./page/plain_text.ts";
import { rowText, waterfallLayout, waterfallTraces } from "./page/waterfall.ts";

/** Everything that the page carries. */
export const pageFunctions = [
  axisTime,
  byId,
  bytesOfBase64,
  clockTime,
  columnFormat,
  countsFlight,
  csvCell,
  csvPieces,
  cumulate,
  decimalsFor,
  decodeColumn,
  drawPlot,
  energyUpTo,
  exponential,
  fillTable,
  firstNotBefore,
  followZoom,
  formatFixed,
  formatNumber,
  inflate,
  joinControls,
  joinPlanes,
  openLayer,
  openLayers,
  openPage,
  openRows,
  openTrace,
  orderRows,
  paletteNow,
  peakIndices,
  pickRows,
  plainText,
  plotConfig,
  plotText,
  powerLayout,
  powerTraces,
  powerView,
  readDifferences,
  readQuery,
  restName,
  rowText,
  saveCsv,
  sayFailure,
  setSpan,
  sortKey,
  spreadEnergy,
  stackPower,
  startDownloads,
  startLook,
  startPage,
  startPower,
  startRows,
  waterfallLayout,
  waterfallTraces,
] as const;

/** The program, to be run behind Plotly's bundle. */
export function pageScript(): string {
  return [
    "(() => {",
    '"use strict";',
    `const missingText = ${JSON.stringify(missingText)};`,
    ...pageFunctions.map(String),
    "startPage(Plotly);",
    "})();",
  ].join("\n");
}
