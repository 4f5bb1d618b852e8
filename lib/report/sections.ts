import { escapeHtml } from "../html_text.ts";
import { formatHtmlTable } from "../notebook/html_table.ts";
import { formatFixed, formatNumber, formatQuantity } from "../number_text.ts";
import { histogram, type Spread } from "./distributions.ts";
import { type Headline, originOfShares } from "./headline.ts";
import { methodText } from "./method_text.ts";
import type { Layer } from "./page/data.ts";
import { partsOf } from "./parts.ts";
import type { Report } from "./report.ts";
import { type Download, droppedOf, type PageRows } from "./tables.ts";

/** A part of the page. */
export interface Section {
  /** Anchor. */
  readonly id: string;
  /** Heading. */
  readonly title: string;
  /** HTML behind the heading. */
  readonly html: string;
}

/** A text from a file, kept apart from the direction of its surroundings. */
function bdi(text: string): string {
  return `<bdi>${escapeHtml(text)}</bdi>`;
}

function list(sentences: readonly string[]): string {
  return sentences.length === 0
    ? ""
    : `<ul class="plain">${sentences.map((text) => `<li>${bdi(text)}</li>`).join("")}</ul>`;
}

/** A wide table that scrolls by itself, also by keys. */
function scroll(label: string, table: string): string {
  return `<div class="scroll" role="region" tabindex="0" aria-label="${escapeHtml(label)}">` +
    `${table}</div>`;
}

/** The numbers at the top, how the energy splits, and doubts. */
export function numbersSection(report: Report, numbers: readonly Headline[]): Section {
  const { facts } = report;
  const warnings = facts?.warnings ?? [];
  return {
    id: "numbers",
    title: "The numbers",
    html:
      (warnings.length === 0
        ? ""
        : `<div class="notice"><p><strong>${
          warnings.length === 1 ? "A doubt" : "Doubts"
        }</strong></p>${list(warnings.map(({ message }) => message))}</div>`) +
      (report.requests === null || report.requests.energies !== null
        ? ""
        : "<p>There is no attribution: nothing says which request took which energy.</p>") +
      splitBar(report) +
      `<dl class="numbers">${
        numbers.filter(({ rank }) => rank < 3).map(({ label, rank, text, origin, remark }) =>
          `<div class="rank-${rank}"><dt>${escapeHtml(label)}</dt><dd class="value">${
            escapeHtml(text)
          }</dd>` +
          `<dd class="remark">${escapeHtml(origin)}${
            remark === "" ? "" : ` · ${bdi(remark)}`
          }</dd></div>`
        ).join("")
      }</dl>` +
      '<p class="small quiet" style="margin-top:1rem">± and ranges are nominal 90 % intervals; a number without one has none ' +
      "that is known. <em>Modelled</em> stands for measured energy that was divided by a rule or a " +
      "fitted model.</p>",
  };
}

function splitBar({ facts }: Report): string {
  if (facts === null || !(facts.totalJ > 0)) return "";
  const parts = partsOf(facts);
  const percent = (energyJ: number): string => (100 * energyJ / facts.totalJ).toFixed(1);
  return `<div class="split" aria-hidden="true">${
    parts.map(({ energyJ, colour }) =>
      `<span style="flex:${percent(energyJ)} 0 0;background:var(${colour})"></span>`
    ).join("")
  }</div><ul class="key" aria-label="Where the energy went">${
    parts.map(({ name, energyJ, colour }) =>
      `<li><span class="swatch" style="background:var(${colour})"></span>${name} ${
        percent(energyJ)
      } % <span class="quiet">(${formatQuantity(energyJ, "J", 4)})</span></li>`
    ).join("")
  }</ul>`;
}

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
    `<span class="swatch${kind}" style="background:${colour}"></span>${bdi(name)}</label>`;
  const boxes = [
    ...(isApart ? [box("idle", "idle", "var(--quiet)")] : []),
    ...layers.map(({ name, colour }, i) =>
      box(String(i), shorten(name), colour === null ? "var(--quiet)" : `var(--series-${colour})`)
    ),
    ...(isMeasured
      ? [
        box("rest", `no ${noun}`, isApart ? "var(--grid)" : "var(--quiet)"),
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
        escapeHtml(powerCaption(report, layers.length > 0, isApart))
      }</figcaption></figure>`,
  };
}

function powerCaption(report: Report, hasLayers: boolean, isApart: boolean): string {
  const word = (text: string): string => text[0]!.toUpperCase() + text.slice(1);
  if (report.power === null) {
    return `${
      word(originOfShares(report))
    }: energies spread evenly over their spans; the document ` +
      "holds no readings.";
  }
  return `${word(report.origin)} power` +
    (hasLayers
      ? `, in bins of equal length${
        isApart ? ", idle power below" : ""
      }, divided in proportion to the energies of what was running (${originOfShares(report)})`
      : "") +
    ". The thin line is the readings: where there are more than can be drawn, the first, least, " +
    "greatest and last of each piece, so that no peak is hidden; zooming in shows all of them." +
    (hasLayers ? " Below, the mean number in flight." : "");
}

/** The filter, the waterfall, and the table. */
export function rowsSection({ rows, columns }: PageRows): Section {
  const isRequests = rows.table === "requests";
  const count = columns["startS"]!.length;
  const option = (value: string, text: string): string =>
    `<option value="${value}">${text}</option>`;
  return {
    id: rows.table,
    title: isRequests ? "Requests" : "Windows",
    html: `<form id="rows-form" class="controls" autocomplete="off">` +
      '<label>Name contains <input type="search" id="rows-text" size="14"></label>' +
      `<label>Energy <select id="rows-energy">${option("all", "all")}${option("with", "known")}${
        option("without", "not known")
      }</select></label>` +
      '<label>At least (J) <input type="number" id="rows-least" min="0" step="any"></label>' +
      `<label>Sort by <select id="rows-sort">${option("start", "start")}${
        option("energy", "energy, most first")
      }${option("duration", "duration, longest first")}${
        isRequests ? option("ttft", "TTFT, longest first") : ""
      }</select></label>` +
      '<label><input type="checkbox" id="rows-in-span"> only in the span shown above</label>' +
      '<button type="reset">Clear</button></form>' +
      `<div class="controls"><button type="button" id="rows-before">Before</button>` +
      '<button type="button" id="rows-after">Next</button>' +
      `<span role="status" id="rows-count">${formatFixed(count, 0)} ${rows.noun}s</span>` +
      '<button type="button" id="rows-save">Save what fits (CSV)</button></div>' +
      (isRequests
        ? '<ul class="key"><li><span class="swatch" style="background:var(--series-1)"></span>prefill</li>' +
          '<li><span class="swatch" style="background:var(--series-0)"></span>decode</li>' +
          '<li><span class="swatch" style="background:var(--quiet)"></span>no energy, or not split</li></ul>'
        : "") +
      `<figure><div class="plot" id="waterfall" role="group" aria-label="Figure: ${rows.noun}s over time"></div>` +
      `</figure>${
        scroll(
          `${isRequests ? "Requests" : "Windows"}, the same ones`,
          '<table id="rows-table"></table>',
        )
      }`,
  };
}

/** Histograms and percentiles. */
export function distributionsSection(spreads: readonly Spread[]): Section {
  return {
    id: "distributions",
    title: "Distributions",
    html: `<div class="small-figures">${
      spreads.map(({ id }) => `<figure><div class="plot" id="figure-${id}"></div></figure>`).join(
        "",
      )
    }</div>${
      scroll(
        "Percentiles",
        formatHtmlTable(
          spreads.map(({ label, unit, origin, distribution }) => ({
            quantity: `${label} (${unit})`,
            origin,
            count: distribution.count,
            mean: distribution.mean,
            p5: distribution.percentiles["p5"],
            p50: distribution.percentiles["p50"],
            p90: distribution.percentiles["p90"],
            p95: distribution.percentiles["p95"],
            p99: distribution.percentiles["p99"],
            max: distribution.max,
          })),
          { title: "Percentiles by linear interpolation" },
        ),
      )
    }<p class="small quiet">The thin line in each figure is the median.</p>`,
  };
}

/** Figures for the two looks are made of these. */
export function distributionFigures(
  spreads: readonly Spread[],
): Map<string, ReturnType<typeof histogram>> {
  return new Map(spreads.map((spread) => [`figure-${spread.id}`, histogram(spread)]));
}

/** Tables such as the cells of a run. */
export function extraSections({ tables }: Report): Section[] {
  return tables.map(({ id, title, text, rows }) => ({
    id: `table-${id}`,
    title,
    html: `<p>${escapeHtml(text)}</p>${
      scroll(title, formatHtmlTable(rows, { maxRows: 100, maxColumns: 24 }))
    }`,
  }));
}

/** What the linter found. */
export function findingsSection({ findings }: Report): Section {
  const most = 60;
  const all = findings ?? [];
  return {
    id: "findings",
    title: "Findings of the linter",
    html: findings === null
      ? "<p>The linter was not run: the files are not at hand.</p>"
      : all.length === 0
      ? "<p>The linter found nothing that physical limits or arithmetic contradict.</p>"
      : all.slice(0, most).map(({ severity, rule, where, message, expected, found }) =>
        `<div class="finding ${severity}"><p><strong>${severity}</strong> · <code>${
          escapeHtml(rule)
        }</code> <span class="quiet">${bdi(shorten(where, 300))}</span></p><p>${
          bdi(shorten(message, 600))
        }</p><p class="small quiet">expected ${bdi(shorten(expected, 300))}; found ${
          bdi(shorten(found, 300))
        }</p></div>`
      ).join("") +
        (all.length > most ? `<p>${all.length - most} more are in the download.</p>` : ""),
  };
}

/** Files, devices, clocks, versions, losses. */
export function provenanceSection(report: Report): Section {
  const { facts, devices, files, versions } = report;
  const dropped = droppedOf(report);
  const method = facts === null
    ? null
    : facts.method + (facts.kind === "bounds" ? " (bounds)" : "");
  const lines: [string, string | null][] = [
    ["Readings", `${report.origin}${report.power === null ? ", not in this page" : ""}`],
    ["Method", method],
    ["Idle energy", facts?.idleRule ?? null],
    [
      "Clock offset",
      facts === null
        ? null
        : `${formatNumber(facts.offsetS, 9)} ± ${
          formatNumber(facts.offsetWidthS, 2)
        } s added to the ` +
          `trace; ${(100 * facts.overlap).toFixed(1)} % of the time lies inside the trace`,
    ],
    ...devices.map((series): [string, string] => {
      const { device, source, averagingS, quantity, timeS } = series;
      return [
        `Device ${shorten(device.id, 40)}`,
        [
          device.name,
          device.uuid,
          `${device.kind}, column ${source.column}`,
          quantity === "power" ? `${series.reading} power` : quantity,
          `${formatFixed(timeS.length, 0)} readings`,
          averagingS === null ? "averaging window not known" : `averages over ${averagingS} s`,
        ].filter((text) => text !== undefined).map((text) => shorten(text, 120)).join(" · "),
      ];
    }),
    [
      "Left out",
      dropped.length === 0
        ? "nothing"
        : dropped.map(({ reason, count }) => `${formatFixed(count, 0)} ${reason}`).join(", "),
    ],
    ["Made with", Object.entries(versions).map(([name, of]) => `${name} ${of}`).join(", ")],
    ["Made at", report.madeS === null ? null : new Date(report.madeS * 1000).toISOString()],
  ];
  const notes = [...(facts?.notes ?? []), ...report.notes];
  return {
    id: "provenance",
    title: "Provenance",
    html: `<dl class="facts">${
      lines.map(([name, text]) => text === null ? "" : `<dt>${bdi(name)}</dt><dd>${bdi(text)}</dd>`)
        .join("")
    }</dl>${
      files.length === 0 ? "" : scroll(
        "Files",
        "<table><caption>Files</caption><thead><tr>" +
          ["path", "used for", "format", "bytes", "SHA-256"].map((head, i) =>
            `<th scope="col"${i === 3 ? "" : ' class="text"'}>${head}</th>`
          ).join("") + `</tr></thead><tbody>${
          files.map(({ path, role, format, bytes, sha256 }) =>
            `<tr><td class="code">${escapeHtml(path)}</td><td class="text">${
              escapeHtml(role)
            }</td><td class="text">${escapeHtml(format)}</td><td>${
              formatFixed(bytes, 0)
            }</td><td class="code">${escapeHtml(sha256 ?? "not known")}</td></tr>`
          ).join("")
        }</tbody></table>`,
      )
    }${
      notes.length === 0 ? "" : `<h3>Notes</h3>${list(notes.map((note) => shorten(note, 1000)))}`
    }${
      report.texts.map(({ title, text }) =>
        `<details><summary>${escapeHtml(title)}</summary><pre>${
          escapeHtml(shorten(text, 100_000))
        }</pre></details>`
      ).join("")
    }`,
  };
}

/** Buttons that save the tables. */
export function downloadsSection(downloads: readonly Download[]): Section {
  return {
    id: "downloads",
    title: "Downloads",
    html:
      "<p>The tables are in this page and are written as CSV by your browser: all rows, every number " +
      "as it was computed. A text that a spreadsheet would take for a formula begins with an " +
      `apostrophe.</p><div class="controls">${
        downloads.map(({ id, title, columns }) =>
          `<button type="button" data-table="${escapeHtml(id)}">${escapeHtml(title)} <small>${
            formatFixed(Object.values(columns)[0]!.length, 0)
          } rows</small></button>`
        ).join("")
      }</div>`,
  };
}

/** Method and limits in plain words. */
export function methodSection(report: Report): Section {
  const { method, limits } = methodText(report);
  return {
    id: "method",
    title: "Method and limits",
    html: `<h3>What was done</h3>${list(method)}<h3>What it does not say</h3>${list(limits)}`,
  };
}

function shorten(text: string, most = 60): string {
  const chars = [...text];
  return chars.length > most ? `${chars.slice(0, most - 1).join("")}…` : text;
}
