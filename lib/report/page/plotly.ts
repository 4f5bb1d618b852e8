/** What the page uses of Plotly. */

import type { JsonObject } from "../../figures/plotly_traces.ts";

/** An element that Plotly has drawn in. */
export interface PlotElement extends HTMLElement {
  on(event: string, listener: (detail: Record<string, unknown>) => void): void;
}

/** The global that Plotly's bundle makes. */
export interface PlotlyLibrary {
  react(
    element: HTMLElement,
    data: unknown,
    layout: unknown,
    config?: unknown,
  ): Promise<PlotElement>;
}

/** Draws a figure, or draws it anew, as wide as its element. */
export function drawPlot(
  plotly: PlotlyLibrary,
  element: HTMLElement,
  data: unknown,
  layout: JsonObject,
): Promise<PlotElement> {
  return plotly.react(element, data, { ...layout, width: element.clientWidth }, plotConfig());
}

/** How figures behave: no logo, nothing that leaves the page. */
export function plotConfig(): Record<string, unknown> {
  return {
    displaylogo: false,
    showSendToCloud: false,
    doubleClick: false,
    modeBarButtonsToRemove: [
      "autoScale2d",
      "resetScale2d",
      "zoomIn2d",
      "zoomOut2d",
      "lasso2d",
      "select2d",
    ],
  };
}
