/** The shapes of scheduling configurations; unknown keys are refused at every level. */

import * as v from "valibot";
import { weightPrecisions } from "../models/weight_bytes.ts";
import type { ImageConfig } from "./config_types.ts";
import type { RequestConfig } from "./request_config.ts";

/** Policies that an experiment can name. */
export const policyKinds = [
  "optimum",
  "untrained",
  "best-constant",
  "best-rule",
  "random",
  "local",
  "cheapest-site",
  "greenest-site",
  "least-loaded",
  "greedy",
  "quantile-battery",
  "mpc",
  "dqn",
  "ppo",
  "sac",
  "td3",
  "evolution",
  "evolution-features",
  "imitation",
  "imitation-sac",
] as const;

/** Ways to shape a learner's reward. */
export const shapingKinds = [
  "none",
  "constant",
  "noise",
  "potential",
  "dual-potential",
  "rnd",
  "sasr",
  "dense-network",
  "diffusion-published",
  "diffusion-corrected",
] as const;

const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const nonNegative = v.pipe(v.number(), v.finite(), v.minValue(0));
const fraction = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const efficiency = v.pipe(v.number(), v.gtValue(0), v.maxValue(1));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const name = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, "a short name"));

const sigmoid = v.strictObject({
  kind: v.literal("sigmoid"),
  top: positive,
  slope: positive,
  midSteps: v.number(),
});
const table = v.strictObject({
  kind: v.literal("table"),
  steps: v.pipe(v.array(count), v.minLength(1)),
  quality: v.pipe(v.array(nonNegative), v.minLength(1)),
});

const siteEntries = {
  name,
  gpus: v.pipe(v.number(), v.integer(), v.minValue(1)),
  pue: v.union([
    v.pipe(v.number(), v.minValue(1)),
    v.strictObject({
      base: v.pipe(v.number(), v.minValue(1)),
      perDegreeC: nonNegative,
      aboveC: v.number(),
    }),
  ]),
  battery: v.strictObject({
    capacityKWh: nonNegative,
    initialKWh: nonNegative,
    minimumKWh: v.optional(nonNegative, 0),
    chargeKW: nonNegative,
    dischargeKW: nonNegative,
    chargeEfficiency: efficiency,
    dischargeEfficiency: efficiency,
    wearUsdPerMWh: nonNegative,
  }),
  solarKW: nonNegative,
  windKW: nonNegative,
  generator: v.optional(v.strictObject({
    maximumKW: positive,
    minimumKW: nonNegative,
    fuelUsdPerMWh: nonNegative,
    noLoadUsdPerHour: nonNegative,
    kgCo2PerMWh: nonNegative,
  })),
  utcOffsetH: v.pipe(v.number(), v.minValue(-12), v.maxValue(14)),
  sources: v.optional(v.strictObject({
    price: v.pipe(v.array(v.string()), v.minLength(1)),
    zone: v.optional(v.string()),
    priceColumn: v.optional(v.string()),
    usdPerUnit: v.optional(positive),
    dayAhead: v.optional(v.strictObject({
      zone: v.string(),
      publishedAtH: v.pipe(v.number(), v.minValue(0), v.ltValue(24)),
    })),
    carbon: v.optional(v.string()),
    weather: v.optional(v.string()),
    wind: v.optional(v.string()),
    solar: v.optional(v.string()),
    arrivals: v.optional(v.string()),
  })),
};

const imageSite = v.pipe(
  v.strictObject({
    ...siteEntries,
    model: v.string(),
    idleW: nonNegative,
    time: v.strictObject({ fixedS: nonNegative, perStepS: positive }),
    energy: v.strictObject({ fixedJ: nonNegative, perStepJ: positive }),
    quality: v.variant("kind", [sigmoid, table]),
    frequencies: v.optional(
      v.pipe(
        v.array(v.strictObject({ name, timeFactor: positive, energyFactor: positive })),
        v.minLength(1),
      ),
      [{ name: "nominal", timeFactor: 1, energyFactor: 1 }],
    ),
    imagesPerDay: nonNegative,
  }),
  v.transform(({ imagesPerDay, ...rest }) => ({ ...rest, jobsPerDay: imagesPerDay })),
);

const requestSite = v.pipe(
  v.strictObject({
    ...siteEntries,
    hardware: v.string(),
    servers: v.pipe(
      v.array(v.strictObject({
        name,
        model: v.string(),
        precision: v.optional(v.picklist([...weightPrecisions])),
        tensorParallel: v.optional(v.pipe(count, v.minValue(1)), 1),
        quality: positive,
        maxSequences: v.optional(v.pipe(count, v.minValue(1)), 256),
        maxTokens: v.optional(v.pipe(count, v.minValue(1)), 2048),
      })),
      v.minLength(1),
    ),
    requestsPerDay: nonNegative,
  }),
  v.transform(({ requestsPerDay, ...rest }) => ({ ...rest, jobsPerDay: requestsPerDay })),
);

const lengths = v.strictObject({
  median: positive,
  sigma: nonNegative,
  min: v.pipe(count, v.minValue(1)),
  max: v.pipe(count, v.minValue(1)),
});

const classEntries = {
  name,
  share: positive,
  deadlineSlots: count,
  penaltyUsd: nonNegative,
};

const requestClass = v.strictObject({
  ...classEntries,
  price: v.strictObject({ inputUsdPerMillion: nonNegative, outputUsdPerMillion: nonNegative }),
  latency: v.optional(v.strictObject({ ttftS: v.optional(positive), tpotS: v.optional(positive) })),
  requests: v.strictObject({
    trace: v.optional(v.string()),
    inputTokens: v.optional(lengths),
    outputTokens: v.optional(lengths),
    seed: v.optional(count, 1),
    sample: v.optional(v.pipe(count, v.minValue(10)), 1000),
  }),
});

const range = v.pipe(
  v.tuple([nonNegative, nonNegative]),
  v.check(([low, high]) => low <= high, "low end first"),
);

const difficulty = v.strictObject({
  dayLevelSpread: fraction,
  slotNoise: fraction,
  levels: v.pipe(v.array(positive), v.minLength(1)),
  levelRedraw: fraction,
  flashProbability: fraction,
  flashFactor: v.pipe(v.number(), v.minValue(1)),
  flashHours: positive,
  priceSpikes: v.pipe(v.tuple([count, count]), v.check(([a, b]) => a <= b, "low end first")),
  spikeFactor: range,
  spikeHours: range,
});

const policy = v.strictObject({
  kind: v.picklist([...policyKinds]),
  label: v.optional(v.string()),
  layer: v.optional(
    v.picklist([
      "raw",
      "repaired",
      "shadow-mean-price",
      "shadow-hindsight",
      "shadow-adaptive",
      "shadow-price-chain",
      "shadow-day-ahead",
    ]),
  ),
  steps: v.optional(v.pipe(count, v.minValue(1))),
  forecast: v.optional(v.picklist(["perfect", "persistence", "smoothed", "day-ahead", "noisy"])),
  lookAheadSlots: v.optional(v.pipe(count, v.minValue(1))),
  budget: v.optional(v.pipe(count, v.minValue(96))),
  sparsity: v.optional(v.picklist(["dense", "slot-gated", "window-gated", "day-end"])),
  shaping: v.optional(v.picklist([...shapingKinds])),
  eta: v.optional(nonNegative),
  denoisingSteps: v.optional(v.pipe(count, v.minValue(1))),
  latent: v.optional(v.pipe(count, v.minValue(1))),
  keep: v.optional(v.picklist(["best", "final"])),
  width: v.optional(v.pipe(count, v.minValue(1))),
  batch: v.optional(v.pipe(count, v.minValue(1))),
});

const transferEntries = {
  usdPerThousand: nonNegative,
  links: v.optional(v.array(v.strictObject({ from: name, to: name }))),
};

const commonEntries = {
  name,
  slots: v.picklist([96, 288]),
  seed: count,
  sellFraction: v.pipe(v.number(), v.minValue(0), v.ltValue(1)),
  carbonUsdPerTonne: v.optional(nonNegative, 0),
  year: v.strictObject({
    source: v.picklist(["generated", "files"]),
    seed: v.optional(count, 1),
    dayStartUtcH: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(23)), 6),
    negativePrices: v.optional(v.picklist(["keep", "clip"]), "keep"),
  }),
  difficulty,
  experiment: v.optional(v.strictObject({
    seeds: v.pipe(v.array(count), v.minLength(1)),
    trainDays: v.pipe(v.array(count), v.minLength(1)),
    validationDays: v.pipe(v.array(count), v.minLength(1)),
    testDays: v.pipe(v.array(count), v.minLength(1)),
    policies: v.pipe(v.array(policy), v.minLength(1)),
    workers: v.optional(v.pipe(count, v.minValue(1)), 2),
  })),
};

/** A configuration whose jobs are images. */
export const imageSchema: v.GenericSchema<unknown, ImageConfig> = v.strictObject({
  jobs: v.optional(v.literal("images"), "images"),
  ...commonEntries,
  steps: v.pipe(v.array(v.pipe(count, v.minValue(1))), v.minLength(1)),
  revenueUsdPerThousand: positive,
  transfer: v.strictObject(transferEntries),
  classes: v.pipe(v.array(v.strictObject(classEntries)), v.minLength(1)),
  sites: v.pipe(v.array(imageSite), v.minLength(1)),
});

/** A configuration whose jobs are requests to language models. */
export const requestSchema: v.GenericSchema<unknown, RequestConfig> = v.strictObject({
  jobs: v.literal("requests"),
  ...commonEntries,
  transfer: v.strictObject({ ...transferEntries, roundTripS: v.optional(nonNegative, 0) }),
  classes: v.pipe(v.array(requestClass), v.minLength(1)),
  sites: v.pipe(v.array(requestSite), v.minLength(1)),
  dailyShape: v.optional(v.pipe(v.array(nonNegative), v.length(24))),
});
