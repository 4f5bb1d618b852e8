import type { Figure } from "../../../lib/figures/mod.ts";
import { createRandom } from "../../../lib/random.ts";

/** A long trace with phases behind it and a power limit over it. */
export function powerTrace(): Figure {
  const random = createRandom(7);
  const n = 60_000;
  const x = Float64Array.from({ length: n }, (_, i) => i / 500);
  const y = x.map((t) => {
    const phase = t % 30;
    const level = t < 5 ? 62 : phase < 4 ? 372 : phase < 27 ? 268 : 92;
    return level + 9 * random.normal();
  });
  y[31_234] = 447; // one sample above the limit: it must be seen
  const starts = [30, 60, 90];
  return {
    title: "Prefill pulls the board to its limit, decode does not",
    caption:
      "One accelerator, three requests, 500 samples a second; the shaded stretches are the " +
      "phases of the request log",
    origin: "generated",
    panels: [{
      x: { label: "Time", unit: "s" },
      y: { label: "Board power", unit: "W", zero: true },
      marks: [
        { mark: "span", series: "prefill", from: starts, to: starts.map((s) => s + 4) },
        {
          mark: "span",
          series: "decode",
          from: starts.map((s) => s + 4),
          to: starts.map((s) => s + 27),
        },
        { mark: "line", series: "board", x, y },
        { mark: "rule", axis: "y", at: 400, text: "power limit 400 W" },
      ],
    }],
  };
}
