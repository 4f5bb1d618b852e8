import { originOfShares } from "../headline.ts";
import type { Layer } from "../page/data.ts";
import type { Report } from "../report.ts";
import { bdi, htmlText, type Section } from "./section.ts";

/** Power over time with its controls. */
export function powerSection(
  report: Report,
  layers: readonly Layer[],
  idleW: number,
): Section {
  const isMeasured = report.power !== null;
  const noun = report.windows !== null ? "window" : "request";
  const isApart = isMeasured && idleW > 0;
  const box = (key: string, name: string, colour: string, kind = ""): string =>
    `<label><input type="checkbox" checked data-layer="${key}" autocomplete="off">` +
    `<span class="swatch${kind}" style="background:${colour}"></span>${bdi(name, 60)}</label>`;
  const boxes = [
    ...(isApart ? [box("idle", "idle", "var(--quiet)")] : []),
    ...layers.map(({ name, colour }, i) =>
      box(String(i), name, colour === null ? "var(--quiet)" : `var(--series-${colour})`)
    ),
    ...(isMeasured
      ? [
        box("rest", `no ${noun}`, isApart ? "var(--series-2)" : "var(--quiet)"),
        box("readings", "readings", "var(--ink)", " line"),
      ]
      : []),
  ];
  const button = (id: string, text: string, label: string): string =>
    `<button type="button" id="${id}" aria-label="${label}">${text}</button>`;
  return {
    id: "power-over-time",
    title: isMeasured ? "Power over time" : "Attributed power over time",
    html: `<figure><fieldset class="controls"><legend>Show</legend>${boxes.join("")}</fieldset>` +
      `<div class="controls" role="group" aria-label="Zoom">${button("zoom-in", "+", "Zoom in")}${
        button("zoom-out", "−", "Zoom out")
      }${button("earlier", "◀", "Earlier")}${button("later", "▶", "Later")}${
        button("whole", "Whole span", "Show the whole span")
      }<span class="small quiet">or drag over the figure; with the figure in focus the keys + − ← → 0</span></div>` +
      '<div class="plot" id="power" tabindex="0" role="group" aria-label="Figure: power over time, stacked by ' +
      `${report.windows !== null ? "window" : "phase"}"></div><figcaption>${
        htmlText(powerCaption(report, layers.length > 0, isApart))
      }</figcaption></figure>`,
  };
}

function powerCaption(report: Report, hasLayers: boolean, isApart: boolean): string {
  const [origin, shares] = [report.origin, originOfShares(report)];
  const word = (text: string): string => text[0]!.toUpperCase() + text.slice(1);
  if (report.power === null) {
    return `${
      word(shares)
    }: energies spread evenly over their spans; the document holds no readings.`;
  }
  const areas = !hasLayers
    ? ""
    : report.windows !== null
    ? ", as means of bins of equal length, coloured by the windows that were open"
    : ", as means of bins of equal length" + (isApart ? ", idle power below" : "") +
      ", divided in proportion to the energies of what was running" +
      (shares === origin ? "" : ` (${shares})`);
  return `${
    word(origin)
  } power${areas}. The thin line is the readings: where there are more than can ` +
    "be drawn, the first, least, greatest and last of each piece, so that no peak is hidden; zooming " +
    "in shows all of them." +
    (hasLayers && report.windows === null ? " Below, the mean number in flight." : "");
}
