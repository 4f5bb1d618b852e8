/** What a request takes and earns at each site, by class and served model. */

import { InputError } from "../errors.ts";
import type { RequestConfig } from "./request_config.ts";
import type { WorkOption } from "./model.ts";
import type { Serving } from "./serving_points.ts";
import { aboveIdleKWh, type SiteWork } from "./site_work.ts";

/** The options of every site; see {@linkcode compileModel}. */
export function requestWork(config: RequestConfig, serving: Serving | undefined): SiteWork[] {
  if (serving === undefined) {
    throw new InputError({
      code: "bad-option",
      problem: "nothing is known of what requests take at the sites",
      advice: "predict it with servingPoints",
    });
  }
  config.classes.forEach((item, c) => {
    if (serving.points.some((point) => point.jobClass === c)) return;
    const why = serving.refused.filter((refusal) => refusal.jobClass === c).map((refusal) => {
      const site = config.sites[refusal.site]!;
      return `${site.name} ${site.servers[refusal.server]!.name}: ${refusal.reason}`;
    });
    throw new InputError({
      code: "refused",
      problem: `no site can serve the class "${item.name}"`,
      expected: "a server that its requests fit and that keeps its latency",
      found: why.join("; "),
      advice: "allow more latency, share the layers among more GPUs or serve a smaller model",
    });
  });
  return config.sites.map((site, s) => {
    const idleW = serving.idleW[s]!;
    const options = serving.points.filter((point) => point.site === s).map((point): WorkOption => {
      const server = site.servers[point.server]!;
      const { price, name } = config.classes[point.jobClass]!;
      const { inputTokens, outputTokens } = serving.classes[point.jobClass]!;
      const perfectUsd = (price.inputUsdPerMillion * inputTokens +
        price.outputUsdPerMillion * outputTokens) / 1e6;
      const what = `a request of ${name} on ${server.name}`;
      return {
        jobType: point.jobClass,
        steps: 0,
        frequency: "nominal",
        gpuS: point.gpuS,
        dynamicKWh: aboveIdleKWh(point.energyJ, idleW, point.gpuS, what, site.name),
        revenueUsd: perfectUsd * server.quality,
        quality: server.quality,
      };
    });
    // By class, then the quickest first: that is the level which a full site falls back to.
    options.sort((a, b) => a.jobType - b.jobType || a.gpuS - b.gpuS || a.quality - b.quality);
    return { options, idleW };
  });
}
