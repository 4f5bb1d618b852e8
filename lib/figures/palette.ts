import type { Look } from "./figure.ts";

/** Colours of a look. */
export interface Palette {
  /** Background. */
  readonly paper: string;
  /** Titles and data text. */
  readonly ink: string;
  /** Axis text and caption. */
  readonly faint: string;
  /** Grid lines. */
  readonly grid: string;
  /** Axis lines. */
  readonly axis: string;
  /** Series there to compare with. */
  readonly quiet: string;
  /** Series, in order of use. */
  readonly series: readonly string[];
  /** Heat map, from low to high. */
  readonly heat: readonly string[];
}

/**
 * Series colours were searched so that any two differ in lightness by 7 or more (CIE L*: they stay
 * apart in grey) and by 20 or more in CIELAB under deuteranopia, protanopia and tritanopia as
 * Machado, Oliveira and Fernandes 2009 simulate them. Heat maps use one hue whose lightness moves one
 * way, away from the paper.
 */
const light: Palette = {
  paper: "#ffffff",
  ink: "#1c1d21",
  faint: "#5c6068",
  grid: "#e6e8ec",
  axis: "#a3a7af",
  quiet: "#9a9ea6",
  series: ["#003776", "#cd4725", "#5b9979", "#8b385f", "#17b0f3", "#d5b938"],
  heat: ["#edf3fa", "#c9ddf0", "#98c1e4", "#609dd1", "#3176b6", "#0e5195", "#052a5c"],
};

const dark: Palette = {
  paper: "#15171c",
  ink: "#ededf1",
  faint: "#a4a8b3",
  grid: "#2a2e36",
  axis: "#5d626d",
  quiet: "#7d828d",
  series: ["#67bcf9", "#d58630", "#358c62", "#d5d08b", "#79579b", "#cfecfe"],
  heat: ["#1e2836", "#20436a", "#2b639b", "#4c89c5", "#81b1df", "#b8d6f0", "#ecf5fd"],
};

/** The colours of a look. */
export function paletteOf(look: Look): Palette {
  return look === "dark" ? dark : light;
}

/** Dashes of lines in order of use, in pixels; the first is solid. */
export const dashes: readonly (readonly number[])[] = [
  [],
  [7, 3],
  [2, 2.5],
  [9, 3, 2, 3],
  [14, 4],
  [4, 2],
];

/** Symbols of points in order of use, as Plot names them. */
export const symbols = ["circle", "square", "triangle", "diamond", "cross", "star"] as const;

/** Name of a symbol. */
export type SymbolName = typeof symbols[number];

/** The colour at a place of a ramp. */
export function rampColour(ramp: readonly string[], share: number): string {
  const at = Math.min(1, Math.max(0, share)) * (ramp.length - 1);
  const i = Math.min(ramp.length - 2, Math.floor(at));
  const [a, b] = [channels(ramp[i]!), channels(ramp[i + 1]!)];
  const mixed = a.map((value, k) => Math.round(value + (b[k]! - value) * (at - i)));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

/** A colour as it looks through an opacity on a background. */
export function over(colour: string, background: string, opacity: number): string {
  return rampColour([background, colour], opacity);
}

/** Relative luminance of a colour, 0 to 1 (WCAG 2.1). */
export function luminance(colour: string): number {
  const [r, g, b] = channels(colour).map((value) => {
    const c = value / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function channels(colour: string): number[] {
  return [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
}
