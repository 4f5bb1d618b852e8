import { formatFixed, formatNumber } from "../../number_text.ts";
import type { Report } from "../report.ts";
import { droppedOf } from "../tables.ts";
import { bdi, htmlText, list, scroll, type Section, shorten } from "./section.ts";

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
          "trace" +
          (facts.overlap === undefined
            ? ""
            : `; ${(100 * facts.overlap).toFixed(1)} % of the time lies inside the trace`),
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
            `<tr><td class="code">${htmlText(path)}</td><td class="text">${
              htmlText(role)
            }</td><td class="text">${htmlText(format)}</td><td>${
              formatFixed(bytes, 0)
            }</td><td class="code">${htmlText(sha256 ?? "not known")}</td></tr>`
          ).join("")
        }</tbody></table>`,
      )
    }${notes.length === 0 ? "" : `<h3>Notes</h3>${list(notes)}`}${
      report.texts.map(({ title, text }) =>
        `<details><summary>${htmlText(title)}</summary><pre>${
          htmlText(text, 100_000)
        }</pre></details>`
      ).join("")
    }`,
  };
}
