/** A small complete configuration, for examples and tests. */

/**
 * Three providers, two job classes, easy days of a generated year; the same system as
 * datasets/scheduling/easy.yaml, which gives the source of every constant.
 *
 * @example
 * ```ts
 * import { exampleConfig, parseScheduleConfig } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(
 *   parseScheduleConfig(exampleConfig, "example").sites.map((site) => site.name),
 *   ["east", "west", "south"],
 * );
 * ```
 */
export const exampleConfig = `name: easy
slots: 96
seed: 1
steps: [6, 10, 14, 18, 22, 26, 30, 34, 38, 42]
revenueUsdPerThousand: 0.12
sellFraction: 0.8
transfer: { usdPerThousand: 0.004 }
classes:
  - { name: interactive, share: 0.5, deadlineSlots: 0, penaltyUsd: 0.00024 }
  - { name: flexible, share: 0.5, deadlineSlots: 8, penaltyUsd: 0.00024 }
sites:
  - name: east
    model: sd-2.1
    gpus: 24
    idleW: 60
    time: { fixedS: 0.17, perStepS: 0.0424 }
    energy: { fixedJ: 20.6, perStepJ: 17.0 }
    quality: { kind: sigmoid, top: 0.75, slope: 0.25, midSteps: 8 }
    pue: 1.25
    battery: &battery
      capacityKWh: 60
      initialKWh: 30
      chargeKW: 15
      dischargeKW: 15
      chargeEfficiency: 0.95
      dischargeEfficiency: 0.95
      wearUsdPerMWh: 4
    solarKW: 4
    windKW: 2
    imagesPerDay: 349248
    utcOffsetH: -5
  - name: west
    model: sdxl
    gpus: 32
    idleW: 60
    time: { fixedS: 0.158, perStepS: 0.1079 }
    energy: { fixedJ: 39, perStepJ: 42.3 }
    quality: { kind: sigmoid, top: 0.9, slope: 0.2, midSteps: 11 }
    pue: 1.25
    battery: *battery
    solarKW: 6
    windKW: 2
    imagesPerDay: 349248
    utcOffsetH: -8
  - name: south
    model: sd-3.5-large
    gpus: 32
    idleW: 100
    time: { fixedS: 0.1, perStepS: 0.234 }
    energy: { fixedJ: 0, perStepJ: 157.9 }
    quality: { kind: sigmoid, top: 1, slope: 0.18, midSteps: 13 }
    pue: 1.25
    battery: *battery
    solarKW: 6
    windKW: 6
    imagesPerDay: 349248
    utcOffsetH: -6
year: { source: generated, seed: 7 }
difficulty:
  dayLevelSpread: 0.15
  slotNoise: 0.1
  levels: [1]
  levelRedraw: 0
  flashProbability: 0
  flashFactor: 1
  flashHours: 1
  priceSpikes: [0, 0]
  spikeFactor: [1, 1]
  spikeHours: [0.5, 2]
`;
