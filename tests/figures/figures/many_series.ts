import type { Figure } from "../../../lib/figures/mod.ts";

/** Every colour and dash, with names that end too close for labels. */
export function manySeries(): Figure {
  const x = Array.from({ length: 50 }, (_, i) => i);
  const methods = [
    "equal share",
    "token share",
    "busy-time share",
    "marginal energy",
    "Shapley value (sampled)",
    "this toolkit",
  ];
  return {
    title:
      "Methods disagree about who used the energy, and a title that does not fit on one line wraps to a second",
    caption: 'A caption with hostile text: <script>alert(1)</script> & "quotes"',
    origin: "simulated",
    width: 560,
    panels: [{
      x: { label: "Request", unit: null },
      y: { label: "Cumulative share", unit: "%" },
      marks: methods.map((series, k) => ({
        mark: "line" as const,
        series,
        x,
        y: x.map((i) => 100 * (1 - Math.exp(-(i + 1) / (6 + 3 * k)))),
      })),
    }],
  };
}

/** Many crowded names below an axis, and a huge range. */
export function crowdedNames(): Figure {
  const names = Array.from({ length: 16 }, (_, i) => `configuration number ${i + 1}`);
  return {
    title: "Names that do not fit are slanted",
    caption: "Values in the millions",
    origin: "published",
    panels: [{
      x: { label: "", unit: null, scale: "category" },
      y: { label: "Tokens", unit: "1/s" },
      marks: [{ mark: "bars", series: "", x: names, y: names.map((_, i) => 1e6 * (i + 1) ** 1.5) }],
    }],
  };
}
