/**
 * Figures: one figure type with exits to Plotly JSON, SVG and PNG.
 *
 * @module
 */

export {};
