import type { Figure } from "../../../lib/figures/mod.ts";
import { createRandom } from "../../../lib/random.ts";

/** Many points in small multiples, a diagonal, and a histogram. */
export function parity(): Figure {
  const random = createRandom(3);
  const cloud = (n: number, noise: number, bias: number) => {
    const truth = Array.from({ length: n }, () => 10 ** (random.uniform() * 3));
    return { truth, ours: truth.map((v) => v * Math.exp(bias + noise * random.normal())) };
  };
  const panel = (title: string, clouds: Record<string, ReturnType<typeof cloud>>) => ({
    title,
    x: { label: "Measured energy", unit: "J", scale: "log" as const, domain: [0.5, 2000] as const },
    y: {
      label: "Predicted energy",
      unit: "J",
      scale: "log" as const,
      domain: [0.5, 2000] as const,
    },
    marks: [
      { mark: "line" as const, series: "equal", x: [0.5, 2000], y: [0.5, 2000], quiet: true },
      ...Object.entries(clouds).map(([series, { truth, ours }]) => ({
        mark: "points" as const,
        series,
        x: truth,
        y: ours,
      })),
    ],
  });
  return {
    title: "Prediction against measurement",
    caption: "Each point a configuration",
    origin: ["modelled", "generated"],
    panelHeight: 300,
    panels: [
      panel("seen hardware", { A100: cloud(60, 0.08, 0), H100: cloud(60, 0.1, 0) }),
      panel("unseen hardware", { L4: cloud(2500, 0.2, 0.15), MI300X: cloud(40, 0.3, -0.3) }),
    ],
  };
}

/** A histogram, and a step line with negative values. */
export function distributions(): Figure {
  const random = createRandom(11);
  const bins = Array.from({ length: 30 }, (_, i) => -1.45 + i * 0.1);
  const counts = bins.map(() => 0);
  for (let i = 0; i < 4000; i++) {
    const bin = Math.floor((random.normal() * 0.4 + 1.5) / 0.1);
    if (bin >= 0 && bin < 30) counts[bin]!++;
  }
  return {
    title: "Errors are centred, a few requests are far off",
    caption: "",
    origin: "simulated",
    panels: [
      {
        title: "Distribution",
        x: { label: "Error of a request", unit: "J" },
        y: { label: "Requests", unit: null },
        marks: [{ mark: "bars", series: "requests", x: bins, y: counts, width: 0.1 }],
      },
      {
        title: "Battery",
        x: { label: "Time", unit: "h" },
        y: { label: "Charging power", unit: "MW" },
        marks: [{
          mark: "step",
          series: "battery",
          x: [0, 3, 6, 9, 12, 15, 18, 21, 24],
          y: [2, 2.5, 0, -1, -3, NaN, -1.5, 1, 1],
        }],
      },
    ],
  };
}
