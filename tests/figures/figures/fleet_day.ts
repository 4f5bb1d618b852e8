import type { Figure } from "../../../lib/figures/mod.ts";

/** Small multiples of stacked areas that share their axes. */
export function fleetDay(): Figure {
  const hours = Float64Array.from({ length: 97 }, (_, i) => i / 4);
  const wave = (base: number, swing: number, peak: number) =>
    hours.map((h) => base + swing * Math.exp(-(((h - peak) / 4) ** 2)));
  const region = (title: string, peak: number, size: number) => ({
    title,
    x: { label: "Hour of the day", unit: "UTC" },
    y: { label: "Power", unit: "kW" },
    marks: [
      {
        mark: "area" as const,
        series: "idle",
        x: hours,
        y: hours.map(() => 8 * size),
        quiet: true,
      },
      { mark: "area" as const, series: "prefill", x: hours, y: wave(2 * size, 14 * size, peak) },
      { mark: "area" as const, series: "decode", x: hours, y: wave(5 * size, 40 * size, peak) },
      { mark: "rule" as const, axis: "y" as const, at: 80, text: "contract 80 kW" },
    ],
  });
  return {
    title: "The peak moves around the world, the idle power does not",
    caption: "A day of requests replayed in four regions",
    origin: "simulated",
    panels: [
      region("Virginia", 19, 1.1),
      region("Dublin", 13, 0.8),
      region("Singapore", 5, 1),
      region("São Paulo", 17, 0.5),
    ],
  };
}
