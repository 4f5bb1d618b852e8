import { InputError } from "../errors.ts";
import { toPlotly } from "../figures/plotly.ts";
import { paletteOf } from "../figures/palette.ts";
import { histogram, spreadsOf } from "./distributions.ts";
import { encodeTable } from "./encode.ts";
import { headlines } from "./headline.ts";
import { firstRows, firstView } from "./first_view.ts";
import type { PageData } from "./page/data.ts";
import { pageScript } from "./page_script.ts";
import type { Report } from "./report.ts";
import { contentPolicy, jsonForHtml, scriptForHtml } from "./script_text.ts";
import { distributionsSection } from "./sections/distributions.ts";
import { downloadsSection } from "./sections/downloads.ts";
import { extraSections } from "./sections/extra_tables.ts";
import { findingsSection } from "./sections/findings.ts";
import { methodSection } from "./sections/method.ts";
import { numbersSection } from "./sections/numbers.ts";
import { powerSection } from "./sections/power.ts";
import { provenanceSection } from "./sections/provenance.ts";
import { rowsSection } from "./sections/rows.ts";
import { htmlText } from "./sections/section.ts";
import { styleSheet } from "./style.ts";
import { downloadsOf, rowsOf } from "./tables.ts";
import { timeAxis } from "./time_axis.ts";
import { pageTrace } from "./trace.ts";

/** What a page carries that is not its own. */
export interface PageAssets {
  /** Text of a bundle of plotly.js that has scatter and bar traces, such as plotly.js-basic-dist-min. */
  readonly plotly: string;
}

/**
 * A report as one HTML page that needs nothing else: figures, tables, the data behind them, and the
 * programs that draw and save them. The page can load nothing from anywhere and send nothing to
 * anywhere; its policy forbids it. Texts from files are only ever text.
 *
 * @param report What to report on; it is not changed.
 * @param assets The bundle of plotly.js.
 * @throws {InputError} `refused` when there is more than a browser can hold.
 * @return The page as text, to be saved as UTF-8. Its size is that of the bundle, and about 3 bytes
 * for each reading and 60 for each request.
 *
 * @example
 * ```ts
 * import { htmlPage, type Report } from "@joulebook/joulebook/report";
 * import { sampledPower } from "@joulebook/joulebook/power";
 * import assert from "node:assert/strict";
 *
 * const power = sampledPower({ timeS: Float64Array.of(0, 1), powerW: Float64Array.of(80, 90) });
 * const report: Report = {
 *   title: "Two readings of <gpu0>",
 *   origin: "generated",
 *   logOrigin: "generated",
 *   madeS: null,
 *   versions: {},
 *   power,
 *   devices: [power],
 *   facts: null,
 *   requests: null,
 *   windows: null,
 *   findings: [],
 *   files: [],
 *   notes: [],
 *   tables: [],
 *   texts: [],
 * };
 * const page = htmlPage(report, { plotly: "const Plotly = {};" });
 * assert.match(page, /^<!doctype html>/);
 * assert.match(page, /<h1>Two readings of &lt;gpu0&gt;<\/h1>/);
 * ```
 */
export function htmlPage(report: Report, assets: PageAssets): string {
  refuseTooMuch(report);
  const trace = report.power === null ? null : pageTrace(report.power);
  const rows = rowsOf(report);
  const numbers = headlines(report);
  const spreads = spreadsOf(report);
  const name = "joulebook";
  const downloads = downloadsOf(name, report, trace, rows, numbers, spreads);
  const layers = rows?.layers ?? [];
  const idleW = idlePowerOf(report);
  const time = timeAxis(report, trace);
  const data: PageData = {
    name,
    palettes: { light: paletteOf("light"), dark: paletteOf("dark") },
    time,
    trace: trace === null ? null : { shape: trace.shape, maxGapS: trace.maxGapS },
    idleW,
    layers,
    rows: rows === null ? null : { ...rows.rows, first: firstRows(rows) },
    firstView: firstView(trace, rows, time, idleW),
    figures: spreads.map((spread) => {
      const figure = histogram(spread);
      return {
        id: `figure-${spread.id}`,
        light: toPlotly(figure, { look: "light" }),
        dark: toPlotly(figure, { look: "dark" }),
      };
    }),
    tables: downloads.map(encodeTable),
  };
  const sections = [
    numbersSection(report, numbers),
    ...(trace === null && layers.length === 0 ? [] : [powerSection(report, layers, idleW)]),
    ...extraSections(report),
    ...(rows === null ? [] : [rowsSection(rows)]),
    ...(spreads.length === 0 ? [] : [distributionsSection(spreads)]),
    findingsSection(report),
    methodSection(report),
    provenanceSection(report),
    downloadsSection(downloads),
  ];
  const programs = [scriptForHtml(assets.plotly), scriptForHtml(pageScript())];
  return [
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${contentPolicy(programs)}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="referrer" content="no-referrer">',
    `<meta name="generator" content="Joulebook ${htmlText(report.versions["joulebook"] ?? "")}">`,
    `<title>${htmlText(report.title, 200)}</title>`,
    // An empty icon keeps browsers from asking a server for one.
    '<link rel="icon" href="data:,">',
    `<style>${styleSheet()}</style></head><body>`,
    '<a class="skip" href="#numbers">Skip to the numbers</a>',
    `<header class="top"><div><h1>${htmlText(report.title, 200)}</h1><p class="quiet">${
      subtitle(report)
    }</p></div>`,
    '<div class="no-print"><label class="small">Look <select id="look" autocomplete="off">' +
    '<option value="system">as the system</option><option value="light">light</option>' +
    '<option value="dark">dark</option></select></label></div></header>',
    `<nav aria-label="Contents"><ul>${
      sections.map(({ id, title }) => `<li><a href="#${id}">${htmlText(title, 40)}</a></li>`).join(
        "",
      )
    }</ul></nav><main>`,
    '<p class="notice" id="failure" role="alert" hidden></p>',
    '<noscript><p class="notice">Without scripts the figures and downloads are missing; all numbers ' +
    "of the text are here.</p></noscript>",
    ...sections.map(({ id, title, html }) =>
      `<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${
        htmlText(title, 200)
      }</h2>${html}</section>`
    ),
    "</main><footer>Made by Joulebook. This page holds all of its data and loads nothing.</footer>",
    `<script type="application/json" id="data">${jsonForHtml(data)}</script>`,
    ...programs.map((program) => `<script>${program}</script>`),
    "</body></html>\n",
  ].join("\n");
}

/** Most readings and rows of a page, whose text is then some 400 MB long. */
const most = { readings: 20_000_000, rows: 5_000_000 };

function refuseTooMuch({ power, requests, windows }: Report): void {
  const readings = power?.timeS.length ?? 0;
  const rows = requests?.log.submitS.length ?? windows?.length ?? 0;
  if (readings <= most.readings && rows <= most.rows) return;
  throw new InputError({
    code: "refused",
    problem: "this is more than one page can hold",
    expected: `at most ${most.readings} readings and ${most.rows} requests or windows`,
    found: `${readings} readings, ${rows} requests or windows`,
    advice: "report on a part of it, or on a resampled trace",
  });
}

/** Idle power that the attribution kept apart, in watts; 0 when the energies contain it. */
function idlePowerOf({ facts, power }: Report): number {
  const idle = facts?.idle ?? null;
  if (idle === null || facts === null || facts.idleJ === null || power === null) return 0;
  if (facts.idleRule === "in-requests") return 0;
  const [from, to] = [power.timeS[0]!, power.timeS.at(-1)!];
  // Bounds have no idle power that was seen, but one that was taken off.
  return idle.idleW ?? facts.idleJ / (to - from);
}

function subtitle({ origin, files, requests, windows }: Report): string {
  const badge = `<span class="origin${
    origin === "measured" ? "" : " other"
  }">${origin} power</span>`;
  const count = (n: number, noun: string): string =>
    `${n.toLocaleString("en-US")} ${noun}${n === 1 ? "" : "s"}`;
  const what = requests !== null
    ? count(requests.log.submitS.length, "request")
    : windows !== null
    ? count(windows.length, "window")
    : "";
  const few = files.length <= 4 ? files : [];
  const names = few.map(({ path }) => path.replace(/^.*[/\\]/, ""));
  const more = files.length > few.length ? [`${files.length} files`] : [];
  return [
    badge,
    htmlText(what),
    ...names.map((text) => `<bdi>${htmlText(text, 60)}</bdi>`),
    ...more,
  ]
    .filter((text) => text !== "").join(" · ");
}
