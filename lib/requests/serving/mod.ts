/**
 * A simulated server with continuous batching: the true energy of every request is known, which no
 * real server can tell. The ground truth of tests and of the bundled example.
 *
 * @module
 */

export { servingCapacity } from "./capacity.ts";
export type { StepSharing } from "./divide.ts";
export type { SchedulerOptions, Speculation } from "./engine.ts";
export { observeLog, type ObserveOptions } from "./observe.ts";
export type { ExpertWeights, ServingPhysics } from "./physics.ts";
export {
  CAPPED_PHYSICS,
  DENSE_PHYSICS,
  HIGH_BASE_PHYSICS,
  HOST_BOUND_PHYSICS,
  MOE_PHYSICS,
} from "./presets.ts";
export { cumulativeEnergy, type PowerProfile } from "./profile.ts";
export {
  ONE_SECOND_SENSOR,
  PART_TIME_SENSOR,
  readSensor,
  type ReadSensorOptions,
  type SensorModel,
  type SensorReadings,
  TENTH_SENSOR,
} from "./sensor.ts";
export {
  type RequestEnergy,
  type ServingOptions,
  type ServingRun,
  simulateServing,
} from "./simulate.ts";
export {
  type ArrivalProcess,
  CHAT_WORKLOAD,
  type LengthDistribution,
  type ServingWorkload,
} from "./workload.ts";
