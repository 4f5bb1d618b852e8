/** What an image takes and earns at each site, by denoising steps and GPU frequency. */

import type { ImageConfig, ImageSite } from "./config_types.ts";
import type { WorkOption } from "./model.ts";
import { aboveIdleKWh, type SiteWork } from "./site_work.ts";

/** The options of every site; see {@linkcode compileModel}. */
export function imageWork(config: ImageConfig): SiteWork[] {
  return config.sites.map((site) => ({ options: imageOptions(site, config), idleW: site.idleW }));
}

function imageOptions(site: ImageSite, config: ImageConfig): WorkOption[] {
  const options: WorkOption[] = [];
  for (const frequency of site.frequencies) {
    for (const steps of config.steps) {
      const gpuS = (site.time.fixedS + site.time.perStepS * steps) * frequency.timeFactor;
      const joules = (site.energy.fixedJ + site.energy.perStepJ * steps) * frequency.energyFactor;
      const quality = site.quality.kind === "sigmoid"
        ? site.quality.top / (1 + Math.exp(-site.quality.slope * (steps - site.quality.midSteps)))
        : site.quality.quality[site.quality.steps.indexOf(steps)]!;
      options.push({
        jobType: 0,
        steps,
        frequency: frequency.name,
        gpuS,
        dynamicKWh: aboveIdleKWh(joules, site.idleW, gpuS, `an image of ${steps} steps`, site.name),
        revenueUsd: config.revenueUsdPerThousand / 1000 * quality,
        quality,
      });
    }
  }
  return options;
}
