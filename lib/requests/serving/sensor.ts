import { type SampledPower, sampledPower } from "../../power/series.ts";
import { createRandom } from "../../random.ts";
import { cumulativeEnergy, type PowerProfile } from "./profile.ts";

/** A power sensor and the program that polls it. */
export interface SensorModel {
  /** Seconds that each reading averages. */
  readonly averagingS: number;
  /**
   * Seconds between new readings. A sensor with `averagingS` below it sees only a part of the time;
   * a poll in between gets the last reading again.
   */
  readonly updateS: number;
  /** Seconds between polls. */
  readonly pollS: number;
  /** Standard deviation of the moment of a poll. */
  readonly pollJitterS: number;
  /** Step between readings, in watts. */
  readonly quantumW: number;
  /** Standard deviation of a reading, as a fraction of it. */
  readonly noise: number;
}

/** One second averaged, renewed and polled ten times a second: recent data-centre boards. */
export const ONE_SECOND_SENSOR: SensorModel = {
  averagingS: 1,
  updateS: 0.1,
  pollS: 0.1,
  pollJitterS: 0.002,
  quantumW: 0.01,
  noise: 0.002,
};

/** A reading that averages exactly the time since the last. */
export const TENTH_SENSOR: SensorModel = { ...ONE_SECOND_SENSOR, averagingS: 0.1 };

/** 25 ms of every 100 ms: the A100 and H100 under some drivers (Yang, Adamek, Armour, 2024). */
export const PART_TIME_SENSOR: SensorModel = { ...ONE_SECOND_SENSOR, averagingS: 0.025 };

/** Options of {@linkcode readSensor}. */
export interface ReadSensorOptions {
  /** Seconds that the sensor's clock is ahead of the profile's; by default 0. */
  readonly offsetS?: number;
  /** Seconds that it gains in each second; by default 0. */
  readonly drift?: number;
  /** Seed of noise, jitter and phase. */
  readonly seed: number;
}

/** Readings of a simulated sensor. */
export interface SensorReadings {
  /** Average-power samples on the sensor's clock. */
  readonly series: SampledPower;
  /** Mean true time from the middle of what a reading averages to its stamp, clock error included. */
  readonly centreLagS: number;
}

/**
 * What a sensor would have shown of a device.
 *
 * A poll at true time t returns the mean power over the `averagingS` that end at the last update
 * before t. A sensor polled as often as it renews its reading is read at a fixed age, which no one
 * knows.
 *
 * @param profile True power; several are added up, as one meter for all of them would.
 * @param sensor The sensor.
 * @param options Clock error and seed.
 * @return The samples, and how far they truly lag.
 *
 * @example
 * ```ts
 * import { ONE_SECOND_SENSOR, readSensor, simulateServing } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const run = simulateServing({
 *   seed: 1,
 *   workload: { arrivals: { kind: "closed", clients: 4 } },
 *   durationS: 10,
 * });
 * const { series, centreLagS } = readSensor(run.devices, ONE_SECOND_SENSOR, { seed: 2, offsetS: 3 });
 * assert.ok(series.powerW[0]! < 90 && Math.max(...series.powerW) > 200);
 * assert.ok(centreLagS > 3.5 && centreLagS < 3.7);
 * ```
 */
export function readSensor(
  profile: PowerProfile | readonly PowerProfile[],
  sensor: SensorModel,
  options: ReadSensorOptions,
): SensorReadings {
  const profiles = Array.isArray(profile) ? profile : [profile as PowerProfile];
  const random = createRandom(options.seed);
  const ends = profiles.map(cumulativeEnergy);
  const begins = profiles.map(cumulativeEnergy);
  const startS = Math.min(...profiles.map((p) => p.startS));
  const endS = Math.max(...profiles.map((p) => p.endS));
  const { offsetS = 0, drift = 0 } = options;
  const phase = random.uniform() * sensor.updateS;
  const timeS: number[] = [];
  const powerW: number[] = [];
  let update = -Infinity;
  let watts = NaN;
  let lagS = 0;
  for (let poll = startS + random.uniform() * sensor.pollS; poll < endS; poll += sensor.pollS) {
    const at = poll + sensor.pollJitterS * random.normal();
    const latest = Math.floor((at - phase) / sensor.updateS) * sensor.updateS + phase;
    if (latest !== update) {
      update = latest;
      let joules = 0;
      for (let d = 0; d < ends.length; d++) {
        joules += ends[d]!(update) - begins[d]!(update - sensor.averagingS);
      }
      watts = joules / sensor.averagingS * (1 + sensor.noise * random.normal());
      watts = Math.round(watts / sensor.quantumW) * sensor.quantumW;
    }
    const stamp = at + offsetS + drift * (at - startS);
    if (timeS.length > 0 && stamp <= timeS[timeS.length - 1]!) continue;
    timeS.push(stamp);
    lagS += stamp - update + sensor.averagingS / 2;
    powerW.push(watts);
  }
  const series = sampledPower({
    timeS: Float64Array.from(timeS),
    powerW: Float64Array.from(powerW),
  }, {
    device: { kind: "gpu", id: profiles.length === 1 ? profiles[0]!.name : "all" },
    reading: "average",
    source: {
      path: "(generated)",
      format: "serving-generator",
      column: "power",
      sourceClock: "epoch",
    },
  });
  return { series, centreLagS: lagS / Math.max(1, timeS.length) };
}
