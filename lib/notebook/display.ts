import type { Figure, Look } from "../figures/mod.ts";
import { toPlotly, toPng } from "../figures/mod.ts";
import { resolve } from "../figures/resolve.ts";
import { formatTable } from "./format_table.ts";
import { formatHtmlTable } from "./html_table.ts";
import type { TableOptions, TableSource } from "./table_source.ts";

/** The name of the method that a Deno notebook asks for what to show. */
export const jupyterDisplay: unique symbol = Symbol.for("Jupyter.display") as never;

/** A thing that a Deno notebook shows when it is the value of a cell. */
export interface Displayable {
  /** The same thing in several media types, of which a front end takes the best that it knows. */
  readonly [key: symbol]: () => Promise<Record<string, unknown>>;
}

/** Options of {@linkcode display}. */
export interface DisplayOptions {
  /** Colours; default `light`. */
  readonly look?: Look;
  /** Pixels of the picture for each of the figure; default 1.5. */
  readonly scale?: number;
}

/**
 * Shows a figure as the value of a notebook's cell, in one bundle: `image/png` for GitHub, paper and
 * front ends without Plotly, `application/vnd.plotly.v1+json` to zoom and switch series off, and
 * `text/plain` with its title and caption.
 *
 * @param figure The figure; it is not changed.
 * @param options Look and resolution of the picture.
 * @return What the cell should end with.
 * @throws {InputError} When shown: `bad-option` when the figure contradicts itself.
 *
 * @example
 * ```ts
 * import { display } from "@joulebook/joulebook/notebook";
 * import assert from "node:assert/strict";
 *
 * const shown = display({
 *   title: "Power",
 *   caption: "Made up",
 *   origin: "generated",
 *   panels: [{
 *     x: { label: "Time", unit: "s" },
 *     y: { label: "Power", unit: "W" },
 *     marks: [{ mark: "line", series: "GPU", x: [0, 1], y: [90, 95] }],
 *   }],
 * });
 * const bundle = await shown[Symbol.for("Jupyter.display")]!();
 * assert.deepEqual(Object.keys(bundle), [
 *   "image/png",
 *   "application/vnd.plotly.v1+json",
 *   "text/plain",
 * ]);
 * assert.equal(bundle["text/plain"], "Power\nGenerated. Made up.");
 * ```
 */
export function display(figure: Figure, options: DisplayOptions = {}): Displayable {
  return {
    async [jupyterDisplay]() {
      const look = options.look ?? "light";
      const { title, caption } = resolve(figure);
      const png = await toPng(figure, { look, scale: options.scale ?? 1.5 });
      return {
        "image/png": png.toBase64(),
        "application/vnd.plotly.v1+json": toPlotly(figure, { look }),
        "text/plain": `${title}\n${caption}`,
      };
    },
  };
}

/**
 * Shows a table as the value of a notebook's cell: `text/html`, and `text/plain` as
 * {@linkcode formatTable} writes it.
 *
 * @param source Rows, columns by name, or an Arquero table; not changed.
 * @param options Heads, units, digits, intervals and how much is shown.
 * @return What the cell should end with.
 *
 * @example
 * ```ts
 * import { table } from "@joulebook/joulebook/notebook";
 * import assert from "node:assert/strict";
 *
 * const shown = table({ phase: ["prefill", "decode"], energyJ: [14.2, 103] });
 * const bundle = await shown[Symbol.for("Jupyter.display")]!();
 * assert.match(String(bundle["text/plain"]), /^2 × 2\nphase +energy \(J\)\n/);
 * assert.match(String(bundle["text/html"]), /^<table/);
 * ```
 */
export function table(source: TableSource, options: TableOptions = {}): Displayable {
  return {
    [jupyterDisplay]: () =>
      Promise.resolve({
        "text/html": formatHtmlTable(source, options),
        "text/plain": formatTable(source, options),
      }),
  };
}
