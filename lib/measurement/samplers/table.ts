/** All samplers by kind. */

import type { SamplerKind } from "../settings.ts";
import { declared } from "./declared.ts";
import { httpMeter } from "./http_meter.ts";
import { hwmon } from "./hwmon.ts";
import { nvidiaSmi } from "./nvidia_smi.ts";
import { nvml } from "./nvml.ts";
import { prometheus } from "./prometheus.ts";
import { rapl } from "./rapl.ts";
import type { Sampler } from "./sampler.ts";
import { amdSmi, ipmi, perf, powermetrics, tegrastats } from "./tools.ts";

/** The sampler of each kind. */
export const samplers: Readonly<Record<SamplerKind, Sampler>> = {
  "nvidia-smi": nvidiaSmi,
  nvml,
  prometheus,
  "amd-smi": amdSmi,
  rapl,
  perf,
  ipmi,
  tegrastats,
  powermetrics,
  hwmon,
  "http-meter": httpMeter,
  declared,
};
