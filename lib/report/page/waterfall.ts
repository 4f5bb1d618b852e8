/** The waterfall: one bar a row, from its start to its end. */

import type { JsonObject } from "../../figures/plotly_traces.ts";
import { formatFixed, formatNumber } from "../../number_text.ts";
import type { Rows } from "./rows.ts";
import { plainText, plotText } from "./plain_text.ts";
import { axisTime, type Page, paletteNow } from "./state.ts";

/** Bars of the rows: prefill and decode of requests, or one for a window. */
export function waterfallTraces(
  page: Page,
  rows: Rows,
  shown: readonly number[],
): Record<string, unknown>[] {
  const palette = paletteNow(page);
  const { startS, firstTokenS, endS, energyJ } = rows;
  const bars = (
    name: string,
    colour: string | readonly string[],
    from: (row: number) => number,
    to: (row: number) => number,
  ): Record<string, unknown> => ({
    type: "bar",
    orientation: "h",
    name,
    y: shown.map((_, i) => i),
    base: shown.map((row) => axisTime(page, from(row))),
    x: shown.map((row) => axisTime(page, to(row)) - axisTime(page, from(row))),
    width: 0.72,
    marker: { color: colour, line: { width: 0 } },
    customdata: shown.map((row) => rowText(rows, row)),
    hovertemplate: "%{customdata}<extra></extra>",
  });
  const nothing = (): number => NaN;
  if (firstTokenS === null) {
    const index = new Map(page.data.layers.map(({ where, colour }) => [where?.is, colour]));
    const kinds = rows.all.get("phase") as readonly (string | null)[];
    const colours = shown.map((row) => {
      const colour = index.get(kinds[row] ?? "");
      return colour === undefined || colour === null
        ? palette.quiet
        : palette.series[colour % palette.series.length]!;
    });
    return [bars("window", colours, (row) => startS[row]!, (row) => endS[row]!)];
  }
  const isSplit = (row: number): boolean =>
    firstTokenS[row]! >= startS[row]! && firstTokenS[row]! <= endS[row]!;
  const hasEnergy = (row: number): boolean => !Number.isNaN(energyJ[row]!);
  const quiet = shown.map(() => palette.quiet);
  const part = (split: boolean, of: (row: number) => number) => (row: number): number =>
    isSplit(row) === split && (!split || hasEnergy(row)) ? of(row) : nothing();
  const plain = (of: (row: number) => number) => (row: number): number =>
    isSplit(row) && hasEnergy(row) ? nothing() : of(row);
  return [
    bars(
      "prefill",
      palette.series[1]!,
      part(true, (r) => startS[r]!),
      part(true, (r) => firstTokenS[r]!),
    ),
    bars(
      "decode",
      palette.series[0]!,
      part(true, (r) => firstTokenS[r]!),
      part(true, (r) => endS[r]!),
    ),
    bars(
      "no energy or not split",
      quiet,
      plain((r) => startS[r]!),
      plain((r) => Number.isNaN(endS[r]!) ? startS[r]! : endS[r]!),
    ),
  ];
}

/** What a bar says of itself. */
export function rowText(rows: Rows, row: number): string {
  const number = (name: string): number | null => {
    const column = rows.all.get(name);
    return column instanceof Float64Array ? column[row]! : null;
  };
  const known = (value: number | null): value is number => value !== null && !Number.isNaN(value);
  const start = rows.startS[row]!;
  const lines = [`<b>${plotText(rows.names[row] ?? `row ${row + 1}`, 60)}</b>`];
  const first = rows.firstTokenS?.[row];
  if (first !== undefined && known(first)) lines.push(`TTFT ${formatNumber(first - start, 4)} s`);
  lines.push(`duration ${formatNumber(rows.endS[row]! - start, 4)} s`);
  const [input, output] = [number("inputTokens"), number("outputTokens")];
  if (known(input) || known(output)) {
    lines.push(`${formatFixed(input, 0)} tokens in, ${formatFixed(output, 0)} out`);
  }
  const energy = rows.energyJ[row]!;
  if (known(energy)) {
    const [low, high] = [number("lowJ"), number("highJ")];
    const ends = known(low) && known(high)
      ? ` (${formatNumber(low, 4)} to ${formatNumber(high, 4)})`
      : "";
    lines.push(`${formatNumber(energy, 4)} J${ends}`);
  } else {
    const reasons = rows.all.get("reason");
    const reason = reasons instanceof Float64Array ? null : reasons?.[row];
    lines.push(`no energy${reason ? `: ${plotText(reason, 40)}` : ""}`);
  }
  return lines.join("<br>");
}

/** One line of pixels a row, names on the left where there is room. */
export function waterfallLayout(
  page: Page,
  rows: Rows,
  shown: readonly number[],
  width: number,
): JsonObject {
  const palette = paletteNow(page);
  const isWide = width >= 560;
  const labels = shown.map((row) => {
    const chars = [...plainText(rows.names[row] ?? String(row + 1))];
    const most = isWide ? 24 : 10;
    // Names of a run begin alike: what tells them apart is at the end.
    const cut = chars.length > most ? `…${chars.slice(1 - most).join("")}` : chars.join("");
    return plotText(cut, most);
  });
  const longest = labels.reduce((most, { length }) => Math.max(most, length), 0);
  return {
    height: 80 + Math.max(6, shown.length) * 13,
    autosize: true,
    barmode: "overlay",
    showlegend: false,
    hovermode: "closest",
    margin: { l: Math.min(170, 24 + 7 * longest), r: 12, t: 8, b: 48 },
    font: { family: "system-ui, sans-serif", size: 12, color: palette.ink },
    paper_bgcolor: palette.paper,
    plot_bgcolor: palette.paper,
    hoverlabel: {
      bgcolor: palette.paper,
      bordercolor: palette.axis,
      font: { color: palette.ink },
      align: "left",
    },
    modebar: { color: palette.faint, activecolor: palette.ink, bgcolor: "rgba(0,0,0,0)" },
    xaxis: {
      gridcolor: palette.grid,
      linecolor: palette.axis,
      zeroline: false,
      tickfont: { color: palette.faint },
      separatethousands: true,
      ticks: "outside",
      tickcolor: palette.axis,
      title: {
        text: plotText(page.data.time.label, isWide ? 120 : 40),
        font: { color: palette.faint, size: 12 },
        standoff: 8,
      },
    },
    yaxis: {
      range: [Math.max(6, shown.length) - 0.4, -0.6],
      tickmode: "array",
      tickvals: shown.map((_, i) => i),
      ticktext: labels,
      tickfont: { color: palette.faint, size: 10 },
      showgrid: false,
      zeroline: false,
      fixedrange: true,
    },
  };
}
