/** What runs when the page is opened. */

import type { PageData } from "./data.ts";
import { startDownloads } from "./downloads.ts";
import { drawPlot, type PlotlyLibrary } from "./plotly.ts";
import { startPower } from "./power_chart.ts";
import { startRows } from "./rows.ts";
import { byId, openPage, type Page } from "./state.ts";

/** Starts the page; `document.body.dataset.state` says `ready`, or `failed` with a message shown. */
export async function startPage(plotly: PlotlyLibrary): Promise<void> {
  addEventListener("unhandledrejection", ({ reason }) => sayFailure(reason));
  try {
    const data = JSON.parse(byId("data").textContent!) as PageData;
    const page = openPage(data, plotly);
    startLook(page);
    startDownloads(page);
    const drawFigures = (): Promise<unknown> =>
      Promise.all(data.figures.map(async (figure) => {
        const { data, layout } = figure[page.look];
        await drawPlot(plotly, byId(figure.id), data, layout);
      }));
    page.onLook.push(() => void drawFigures());
    if (data.trace !== null || data.layers.length > 0) await startPower(page);
    await drawFigures();
    if (data.rows !== null) await startRows(page);
    document.body.dataset["state"] = "ready";
  } catch (error) {
    sayFailure(error);
    document.body.dataset["state"] = "failed";
  }
}

/** Tells that something could not be drawn. */
export function sayFailure(reason: unknown): void {
  const notice = byId("failure");
  notice.hidden = false;
  notice.textContent = `Not all of this page can be drawn: ${
    reason instanceof Error ? reason.message : reason
  }`;
}

/** The look: that of the system until a reader chooses; light on paper. */
export function startLook(page: Page): void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const choice = byId<HTMLSelectElement>("look");
  const { classList, dataset } = document.documentElement;
  const update = (isPrinting: boolean): void => {
    const wanted = choice.value === "system" ? (dark.matches ? "dark" : "light") : choice.value;
    const look = isPrinting ? "light" : wanted as "light" | "dark";
    const isChanged = look !== page.look || isPrinting !== classList.contains("printing");
    dataset["look"] = look;
    // The style sheet makes figures as wide as a sheet of paper.
    classList.toggle("printing", isPrinting);
    page.look = look;
    if (isChanged) { for (const draw of page.onLook) draw(); }
  };
  choice.addEventListener("change", () => update(false));
  dark.addEventListener("change", () => update(false));
  let waiting: ReturnType<typeof setTimeout> | undefined;
  addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => page.onLook.forEach((draw) => draw()), 100);
  });
  addEventListener("beforeprint", () => update(true));
  addEventListener("afterprint", () => update(false));
  update(false);
}
