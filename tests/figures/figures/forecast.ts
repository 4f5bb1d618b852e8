import type { Figure } from "../../../lib/figures/mod.ts";

const batch = [1, 2, 4, 8, 16, 32, 64, 128];

/** Lines with a band and points on logarithmic axes; names at the ends of lines. */
export function forecast(): Figure {
  const curve = (a: number, b: number) => batch.map((n) => a / n + b);
  const h100 = curve(6.2, 0.12);
  const a100 = curve(7.9, 0.21);
  const v100 = curve(14, 0.62);
  return {
    title: "Larger batches share the weights' traffic",
    caption: "Llama-3.1-8B, 512 tokens in, 256 out; lines: model, points: meter, band: 90 % " +
      "prediction interval",
    origin: ["modelled", "measured"],
    panels: [{
      x: { label: "Batch size", unit: null, scale: "log" },
      y: { label: "Energy per output token", unit: "J", scale: "log" },
      marks: [
        {
          mark: "band",
          series: "V100",
          x: batch,
          low: v100.map((v) => v * 0.8),
          high: v100.map((v) => v * 1.25),
        },
        { mark: "line", series: "V100", x: batch, y: v100 },
        { mark: "line", series: "A100", x: batch, y: a100 },
        { mark: "line", series: "H100", x: batch, y: h100 },
        { mark: "points", series: "A100", x: [1, 8, 64], y: [8.3, 1.1, 0.34] },
        { mark: "points", series: "H100", x: [1, 8, 64, 128], y: [6, 0.95, 0.2, 0] },
        { mark: "text", x: 32, y: 5, text: "weights dominate below 16" },
      ],
    }],
  };
}
