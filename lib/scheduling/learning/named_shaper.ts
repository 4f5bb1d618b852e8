/** Shapers by the names used in configurations. */

import type { PolicyConfig } from "../config_types.ts";
import { createDenseHead, createDiffusionHead } from "./diffusion.ts";
import { rndShaping, sasrShaping } from "./exploration_shapers.ts";
import type { Arena } from "./kernel.ts";
import { rewardAgentShaping } from "./reward_agent.ts";
import {
  constantShaping,
  noiseShaping,
  noShaping,
  potentialShaping,
  type Shaper,
} from "./shaper.ts";

/** The shaper that a policy's configuration names; by default none. */
export function shaperOf(
  config: PolicyConfig,
  arena: Arena,
  observationSize: number,
  actionSize: number,
  gamma: number,
  seed: number,
): Shaper {
  const { eta = 0.4, denoisingSteps = 5, latent = 32, width = 64, batch = 64 } = config;
  const shared = {
    arena,
    observationSize,
    actionSize,
    rows: batch,
    eta,
    gamma,
    seed: seed + 1000,
  };
  switch (config.shaping ?? "none") {
    case "constant":
      return constantShaping(eta);
    case "noise":
      return noiseShaping(eta);
    case "potential":
      return potentialShaping("potential", eta, gamma);
    case "dual-potential":
      return potentialShaping("dual-potential", eta, gamma);
    case "rnd":
      return rndShaping(arena, observationSize, batch, eta, seed + 1000);
    case "sasr":
      return sasrShaping(observationSize, eta, seed + 1000);
    case "dense-network":
      return rewardAgentShaping({
        ...shared,
        name: "dense-network",
        form: "corrected",
        head: (size, random) => createDenseHead(arena, size, width, batch, random),
      });
    case "diffusion-published":
    case "diffusion-corrected":
      return rewardAgentShaping({
        ...shared,
        name: config.shaping!,
        form: config.shaping === "diffusion-published" ? "published" : "corrected",
        head: (size, random) =>
          createDiffusionHead(arena, size, latent, denoisingSteps, width, batch, random),
      });
    default:
      return noShaping();
  }
}
