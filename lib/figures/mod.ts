/**
 * Figures: one figure type with exits to Plotly JSON, SVG and PNG.
 *
 * A {@linkcode Figure} is plain data: series, bars, bands, stacks, heat maps and small multiples,
 * axes with units, and a caption that begins with where the numbers come from. The exits draw the
 * same data in the same colours between the same ends of the axes.
 *
 * @module
 */

export * from "./figure.ts";
export { type PlotlyFigure, type PlotlyOptions, toPlotly } from "./plotly.ts";
export type { JsonObject } from "./plotly_traces.ts";
export { type SvgOptions, toSvg } from "./svg.ts";
export { type PngOptions, toPng } from "./raster.ts";
export { type PowerByPhase, powerByPhase } from "./power_by_phase.ts";
