import { fontSize } from "./layout.ts";
import type { Weight } from "./text_width.ts";

/** The fonts of figures: the one that the PNG is drawn with, then what browsers have. */
export const fontFamily = "DejaVu Sans Condensed, DejaVu Sans, Verdana, sans-serif";

/** How a text stands. */
export interface TextStyle {
  readonly colour: string;
  readonly size?: number;
  readonly weight?: Weight;
  readonly anchor?: "start" | "middle" | "end";
}

/** A line of text as SVG; coordinates are of its base line. */
export function textElement(text: string, x: number, y: number, style: TextStyle): string {
  const anchor = style.anchor ?? "start";
  return `<text x="${round(x)}" y="${round(y)}" fill="${style.colour}"` +
    ` font-size="${style.size ?? fontSize.text}"` +
    (style.weight === "bold" ? ' font-weight="bold"' : "") +
    (anchor === "start" ? "" : ` text-anchor="${anchor}"`) +
    `>${escapeXml(text)}</text>`;
}

/** Text fit for XML. */
export function escapeXml(text: string): string {
  return text.replace(
    /[&<>"]/g,
    (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]!,
  );
}

/** Coordinates to a hundredth of a pixel. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}
