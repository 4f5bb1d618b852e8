/** The system of a configuration with something taken away, added or assumed otherwise. */

import type { ImageConfig, ImageSite } from "../../lib/scheduling/config_types.ts";

/** A change of the system, named. */
export interface SystemChange {
  /** What is changed. */
  readonly name: string;
  /** The changed configuration. */
  readonly apply: (config: ImageConfig) => ImageConfig;
}

const eachSite =
  (change: (site: ImageSite) => ImageSite) => (config: ImageConfig): ImageConfig => ({
    ...config,
    sites: config.sites.map(change),
  });

const withoutBattery = (site: ImageSite): ImageSite => ({
  ...site,
  battery: { ...site.battery, capacityKWh: 0, initialKWh: 0, minimumKWh: 0 },
});

/** What the paper says adds utility, each taken away. */
export const removals: readonly SystemChange[] = [
  {
    name: "job transfer",
    apply: (config) => ({ ...config, transfer: { ...config.transfer, links: [] } }),
  },
  { name: "adaptive steps (against 30 fixed)", apply: (config) => ({ ...config, steps: [30] }) },
  { name: "renewables", apply: eachSite((site) => ({ ...site, solarKW: 0, windKW: 0 })) },
  { name: "batteries", apply: eachSite(withoutBattery) },
];

/**
 * GPU frequency modes, added: power limits of an A40 under a training load (ML.ENERGY Zeus): 200 W
 * against 300 W takes 1.07 of the time at 179 W against 244 W; 150 W takes 1.64 at 144 W.
 */
export const frequencyModes: SystemChange = {
  name: "GPU frequency modes",
  apply: eachSite((site) => ({
    ...site,
    frequencies: [
      { name: "nominal", timeFactor: 1, energyFactor: 1 },
      { name: "limit-200W", timeFactor: 1.07, energyFactor: 1.07 * 179 / 244 },
      { name: "limit-150W", timeFactor: 1.64, energyFactor: 1.64 * 144 / 244 },
    ],
  })),
};

/** A constant that had to be assumed, with the values it is swept over. */
export interface Assumption {
  /** What is assumed; a revenue is that of perfect images. */
  readonly constant: string;
  /** Unit of the values; null for a factor. */
  readonly unit: string | null;
  /** Values, the configuration's own among them. */
  readonly values: readonly number[];
  /** The configuration's own value. */
  readonly assumed: (config: ImageConfig) => number;
  /** The configuration at a value. */
  readonly at: (config: ImageConfig, value: number) => ImageConfig;
}

const sigmoids = (change: (curve: { top: number; slope: number; midSteps: number }) => object) =>
  eachSite((site) =>
    site.quality.kind === "sigmoid"
      ? { ...site, quality: { ...site.quality, ...change(site.quality) } }
      : site
  );

/** The constants of datasets/scheduling that no source gives. */
export const assumptions: readonly Assumption[] = [
  {
    constant: "revenue of 1000 images",
    unit: "USD",
    values: [0.03, 0.06, 0.12, 0.5, 2],
    assumed: (config) => config.revenueUsdPerThousand,
    at: (config, value) => ({ ...config, revenueUsdPerThousand: value }),
  },
  {
    constant: "steps of half the quality",
    unit: null,
    values: [0.5, 1, 1.5],
    assumed: () => 1,
    at: (config, value) => sigmoids(({ midSteps }) => ({ midSteps: midSteps * value }))(config),
  },
  {
    constant: "steepness of quality",
    unit: null,
    values: [0.5, 1, 2],
    assumed: () => 1,
    at: (config, value) => sigmoids(({ slope }) => ({ slope: slope * value }))(config),
  },
  {
    constant: "penalty over revenue",
    unit: null,
    values: [0.5, 2, 10],
    assumed: (config) => 1000 * config.classes[0]!.penaltyUsd / config.revenueUsdPerThousand,
    at: (config, value) => ({
      ...config,
      classes: config.classes.map((item) => ({
        ...item,
        penaltyUsd: value * config.revenueUsdPerThousand / 1000,
      })),
    }),
  },
  {
    constant: "transfer of 1000 images",
    unit: "USD",
    values: [0, 0.004, 0.02, 0.06],
    assumed: (config) => config.transfer.usdPerThousand,
    at: (config, value) => ({
      ...config,
      transfer: { ...config.transfer, usdPerThousand: value },
    }),
  },
  {
    constant: "battery of a site",
    unit: "kWh",
    values: [0, 20, 60, 180],
    assumed: (config) => config.sites[0]!.battery.capacityKWh,
    at: (config, value) =>
      eachSite((site) => {
        if (value === 0) return withoutBattery(site);
        const factor = value / site.battery.capacityKWh;
        const { initialKWh, chargeKW, dischargeKW } = site.battery;
        return {
          ...site,
          battery: {
            ...site.battery,
            capacityKWh: value,
            initialKWh: initialKWh * factor,
            chargeKW: chargeKW * factor,
            dischargeKW: dischargeKW * factor,
          },
        };
      })(config),
  },
  {
    constant: "deadline, flexible jobs",
    unit: "slots",
    values: [0, 4, 8, 24],
    assumed: (config) => Math.max(...config.classes.map((item) => item.deadlineSlots)),
    at: (config, value) => ({
      ...config,
      classes: config.classes.map((item) =>
        item.deadlineSlots === 0 ? item : { ...item, deadlineSlots: value }
      ),
    }),
  },
];
