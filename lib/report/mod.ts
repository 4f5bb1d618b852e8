/**
 * Report: a measurement or an attribution as one HTML page that holds everything and loads nothing.
 *
 * @module
 */

export { type AttributionDocument, parseAttribution } from "./attribution_document.ts";
export { drawnPower } from "./drawn_power.ts";
export { htmlPage, type PageAssets } from "./html_page.ts";
export * from "./report.ts";
