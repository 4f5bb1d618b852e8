/** The figure of power over time: areas that can be switched off, zoom by mouse and by keys. */

import type { JsonObject } from "../../figures/plotly_traces.ts";
import { cumulate } from "./cumulate.ts";
import { drawPlot, type PlotElement } from "./plotly.ts";
import {
  type OpenLayer,
  openLayer,
  type OpenTrace,
  type PowerView,
  powerView,
} from "./power_view.ts";
import { axisTime, byId, clockTime, type Page, paletteNow } from "./state.ts";
import { plotText } from "./plain_text.ts";

/** Reads what the figure needs, draws it, and joins it to its controls. */
export async function startPower(page: Page): Promise<void> {
  const element = byId("power");
  let isJoined = false;
  let opened: Promise<[OpenTrace | null, OpenLayer[]]> | null = null;
  const draw = async (): Promise<void> => {
    const width = element.clientWidth;
    const { fromS, toS } = page.span;
    const { startS, endS } = page.data.time;
    let view: PowerView = page.data.firstView;
    if (fromS > startS || toS < endS) {
      opened ??= Promise.all([openTrace(page), openLayers(page)]);
      const bins = Math.max(120, Math.min(700, Math.round(width * 0.8)));
      const [trace, layers] = await opened;
      view = powerView(trace, layers, page.data.idleW, fromS, toS, bins);
      // Another span may have been asked for while the columns were read.
      if (page.span.fromS !== fromS || page.span.toS !== toS) return;
    }
    const drawn = await drawPlot(
      page.plotly,
      element,
      powerTraces(page, view),
      powerLayout(page, width),
    );
    element.dataset["fromS"] = String(fromS);
    element.dataset["toS"] = String(toS);
    if (isJoined) return;
    isJoined = true;
    followZoom(page, drawn);
  };
  page.onLook.push(draw);
  page.onSpan.push(draw);
  joinControls(page, draw);
  await draw();
}

/** The trace with its energies; null where the page has none. */
export async function openTrace(page: Page): Promise<OpenTrace | null> {
  const { trace } = page.data;
  if (trace === null) return null;
  const timeS = await page.column("power", "timeS") as Float64Array;
  const powerW = await page.column("power", "powerW") as Float64Array;
  const sumsJ = cumulate(timeS, powerW, trace.shape, trace.maxGapS);
  return { timeS, powerW, sumsJ, ...trace };
}

/** The layers with their columns. */
export function openLayers(page: Page): Promise<OpenLayer[]> {
  const table = page.data.rows?.table ?? "";
  const numbers = async (name: string): Promise<Float64Array> =>
    await page.column(table, name) as Float64Array;
  return Promise.all(
    page.data.layers.map(async ({ name, from, to, energyJ, where, inFlightFrom }) =>
      openLayer(
        name,
        await numbers(from),
        await numbers(to),
        await numbers(energyJ),
        where === undefined ? null : await page.column(table, where.column),
        where?.is ?? "",
        await numbers(inFlightFrom ?? from),
      )
    ),
  );
}

/** Areas from below, readings over them, and the number in flight beneath. */
export function powerTraces(page: Page, view: PowerView): Record<string, unknown>[] {
  const palette = paletteNow(page);
  const x = Array.from(view.timeS, (timeS) => axisTime(page, timeS));
  const colourOf = (index: number | null): string =>
    index === null ? palette.quiet : palette.series[index % palette.series.length]!;
  const area = (
    key: string,
    name: string,
    watts: ArrayLike<number>,
    colour: string,
  ): Record<string, unknown> => ({
    type: "scatter",
    mode: "lines",
    name: plotText(name, 40),
    x,
    y: Array.from(watts),
    stackgroup: "power",
    line: { width: 0, shape: "hvh", color: colour },
    fillcolor: colour,
    visible: !page.hidden.has(key),
    hovertemplate: "%{y:.4~g} W",
  });
  const { layers } = page.data;
  const isMeasured = page.data.trace !== null;
  const isApart = isMeasured && page.data.idleW > 0;
  return [
    ...(isApart ? [area("idle", "idle", view.idleW, palette.quiet)] : []),
    ...layers.map(({ name, colour }, i) =>
      area(String(i), name, view.layersW[i]!, colourOf(colour))
    ),
    ...(isMeasured
      ? [area("rest", restName(page), view.restW, isApart ? palette.series[2]! : palette.quiet), {
        type: "scatter",
        mode: "lines",
        name: "readings",
        x: Array.from(view.readings.timeS, (timeS) => axisTime(page, timeS)),
        y: Array.from(view.readings.powerW, (watts) => Number.isNaN(watts) ? null : watts),
        line: {
          width: 0.7,
          color: palette.ink,
          shape: page.data.trace!.shape === "step" ? "vh" : "linear",
        },
        opacity: 0.65,
        visible: !page.hidden.has("readings"),
        hoverinfo: "skip",
      }]
      : []),
    ...(countsFlight(page) ? layers : []).map(({ name, colour }, i) => ({
      type: "scatter",
      mode: "lines",
      name: plotText(`${name}, in flight`, 40),
      x,
      y: Array.from(view.inFlight[i]!),
      yaxis: "y2",
      line: { width: 1.6, shape: "hvh", color: colourOf(colour) },
      visible: !page.hidden.has(String(i)),
      hovertemplate: "%{y:.3~g}",
    })),
  ];
}

/** Whether the figure counts what is in flight: for requests, which overlap as a rule. */
export function countsFlight(page: Page): boolean {
  return page.data.rows?.table === "requests" && page.data.layers.length > 0;
}

/** What power above idle outside of all layers is called. */
export function restName(page: Page): string {
  return `no ${page.data.rows?.noun ?? "request"}`;
}

/** Two panels over one time axis. */
export function powerLayout(page: Page, width: number): JsonObject {
  const palette = paletteNow(page);
  const { fromS, toS } = page.span;
  const axis = {
    gridcolor: palette.grid,
    linecolor: palette.axis,
    zerolinecolor: palette.axis,
    tickcolor: palette.axis,
    tickfont: { color: palette.faint },
    separatethousands: true,
  };
  const hasFlight = countsFlight(page);
  const title = (text: string): unknown => ({
    text,
    font: { color: palette.faint, size: 12 },
    standoff: 8,
  });
  return {
    height: width < 500 ? 420 : width < 700 ? 360 : 480,
    autosize: true,
    margin: { l: 56, r: 12, t: 12, b: 48 },
    font: { family: "system-ui, sans-serif", size: 12, color: palette.ink },
    paper_bgcolor: palette.paper,
    plot_bgcolor: palette.paper,
    showlegend: false,
    hovermode: "x unified",
    hoverlabel: { bgcolor: palette.paper, bordercolor: palette.axis, font: { color: palette.ink } },
    modebar: { color: palette.faint, activecolor: palette.ink, bgcolor: "rgba(0,0,0,0)" },
    dragmode: "zoom",
    xaxis: {
      ...axis,
      anchor: hasFlight ? "y2" : "y",
      range: [axisTime(page, fromS), axisTime(page, toS)],
      title: title(plotText(page.data.time.label, width < 500 ? 46 : 120)),
      showgrid: false,
      showline: true,
      ticks: "outside",
      unifiedhovertitle: { text: `%{x:.6~g} ${page.data.time.unit}` },
    },
    yaxis: {
      ...axis,
      domain: hasFlight ? [0.32, 1] : [0, 1],
      title: title(page.data.trace !== null ? "Power (W)" : "Attributed power (W)"),
      rangemode: "tozero",
      fixedrange: true,
    },
    ...(hasFlight && {
      yaxis2: {
        ...axis,
        domain: [0, 0.24],
        title: title("In flight"),
        rangemode: "tozero",
        fixedrange: true,
        nticks: 4,
      },
    }),
  };
}

/** A zoom by mouse becomes the page's span. */
export function followZoom(page: Page, drawn: PlotElement): void {
  drawn.on("plotly_relayout", (change) => {
    const from = change["xaxis.range[0]"];
    const to = change["xaxis.range[1]"];
    if (typeof from === "number" && typeof to === "number") {
      setSpan(page, clockTime(page, from), clockTime(page, to));
    }
  });
  drawn.on("plotly_doubleclick", () => {
    setSpan(page, page.data.time.startS, page.data.time.endS);
  });
}

/** Shows a span of time, kept within the data and not shorter than a millisecond. */
export function setSpan(page: Page, fromS: number, toS: number): void {
  const { startS, endS } = page.data.time;
  const lengthS = Math.max(0.001, toS - fromS);
  const from = Math.min(Math.max(startS, fromS), endS - lengthS);
  page.span = lengthS < endS - startS
    ? { fromS: from, toS: from + lengthS }
    : { fromS: startS, toS: endS };
  for (const tell of page.onSpan) tell();
}

/** Buttons, check boxes and keys. */
export function joinControls(page: Page, draw: () => Promise<void>): void {
  const zoom = (factor: number): void => {
    const { fromS, toS } = page.span;
    const middle = (fromS + toS) / 2;
    const half = (toS - fromS) / 2 * factor;
    setSpan(page, middle - half, middle + half);
  };
  const move = (share: number): void => {
    const { fromS, toS } = page.span;
    const by = (toS - fromS) * share;
    setSpan(page, fromS + by, toS + by);
  };
  const actions: Record<string, () => void> = {
    "zoom-in": () => zoom(0.5),
    "zoom-out": () => zoom(2),
    "earlier": () => move(-0.5),
    "later": () => move(0.5),
    "whole": () => setSpan(page, page.data.time.startS, page.data.time.endS),
  };
  for (const [name, act] of Object.entries(actions)) byId(name).addEventListener("click", act);
  byId("power").addEventListener("keydown", (event) => {
    const keys: Record<string, string> = {
      "+": "zoom-in",
      "=": "zoom-in",
      "-": "zoom-out",
      "ArrowLeft": "earlier",
      "ArrowRight": "later",
      "0": "whole",
      "Escape": "whole",
    };
    const action = actions[keys[event.key] ?? ""];
    if (action === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  });
  for (const box of document.querySelectorAll<HTMLInputElement>("input[data-layer]")) {
    const name = box.dataset["layer"]!;
    box.addEventListener("change", () => {
      if (box.checked) page.hidden.delete(name);
      else page.hidden.add(name);
      void draw();
    });
    if (!box.checked) page.hidden.add(name);
  }
}
