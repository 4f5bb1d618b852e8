import { formatHtmlTable } from "../../notebook/html_table.ts";
import type { Spread } from "../distributions.ts";
import { scroll, type Section } from "./section.ts";

/** Histograms and percentiles. */
export function distributionsSection(spreads: readonly Spread[]): Section {
  return {
    id: "distributions",
    title: "Distributions",
    html: `<div class="small-figures">${
      spreads.map(({ id }) => `<figure><div class="plot" id="figure-${id}"></div></figure>`).join(
        "",
      )
    }</div>${
      scroll(
        "Percentiles",
        formatHtmlTable(
          spreads.map(({ label, unit, origin, distribution }) => ({
            quantity: `${label} (${unit})`,
            origin,
            count: distribution.count,
            mean: distribution.mean,
            p5: distribution.percentiles["p5"],
            p50: distribution.percentiles["p50"],
            p90: distribution.percentiles["p90"],
            p95: distribution.percentiles["p95"],
            p99: distribution.percentiles["p99"],
            max: distribution.max,
          })),
          { title: "Percentiles by linear interpolation" },
        ),
      )
    }<p class="small quiet">The thin line in each figure is the median.</p>`,
  };
}
