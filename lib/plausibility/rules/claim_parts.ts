import type { Fault } from "../finding.ts";
import type { Rule } from "../rule.ts";
import { short } from "../text.ts";

/** A total that is 0 beside parts that are not. */
export const totalMissing: Rule = {
  id: "total-missing",
  severity: "error",
  reason:
    "A total of 0 W beside parts that draw power is a missing node meter written as 0; what " +
    "is called total energy is then the sum of the parts that were metered. Old TokenPowerBench " +
    "drops node readings above 1000 W.",
  reference: "TokenPowerBench ec00f52, IPMI cleaner and fallback",
  claim: (claim) => {
    const total = claim.value("totalW");
    const parts = ["gpuW", "cpuW", "dramW"] as const;
    const sum = parts.reduce((watts, part) => watts + (claim.value(part) ?? 0), 0);
    if (total !== 0 || sum === 0) return [];
    return [{
      where: claim.where,
      message: `total power is 0 W while its parts draw ${short(sum)} W: it was not measured`,
      expected: `null, or at least ${short(sum)} W`,
      found: "0 W",
    }];
  },
};

/** A total below its parts. */
export const totalBelowParts: Rule = {
  id: "total-below-parts",
  severity: "error",
  reason: "A node draws at least what its GPUs, processors and memory draw together.",
  reference: "conservation of energy",
  claim: (claim) => {
    const total = claim.value("totalW") ?? 0;
    const sum = (["gpuW", "cpuW", "dramW"] as const)
      .reduce((watts, part) => watts + (claim.value(part) ?? 0), 0);
    if (total === 0 || total >= 0.98 * sum) return [];
    return [{
      where: claim.where,
      message: `total power is below the sum of its parts`,
      expected: `at least ${short(sum)} W`,
      found: `${short(total)} W`,
    }];
  },
};

/** A component whose energy is exactly 0. */
export const zeroEnergy: Rule = {
  id: "zero-energy",
  severity: "warning",
  reason: "Nothing that is switched on uses 0 J: a missing reading was written as a number, and " +
    "sums and means that use it are too low.",
  reference: "TokenPowerBench ec00f52: missing becomes 0; NVML is shut down after the first batch",
  claim: (claim) => {
    const duration = claim.value("durationS");
    if (duration === null || duration === 0) return [];
    return (["gpu", "cpu", "dram"] as const).flatMap((part): Fault[] =>
      claim.value(`${part}J`) === 0
        ? [{
          where: claim.where,
          message: `${part} energy is exactly 0 over ${short(duration)} s: it was not measured`,
          expected: "null, or more than 0 J",
          found: "0 J",
        }]
        : []
    );
  },
};

/** GPUs at idle power counted into the run. */
export const idleGpusCounted: Rule = {
  id: "idle-gpus-counted",
  severity: "warning",
  reason: "GPUs that do not take part in the run are metered with it, whatever " +
    "CUDA_VISIBLE_DEVICES says: their idle power is not the model's.",
  reference: "TokenPowerBench ec00f52 and ELANA 20e1775: all NVML devices, or the wrong ones",
  claim: (claim) => {
    const gpus = claim.matching(/^gpu_?(\d+)_power_watts$|^per_gpu_power_w\.\d+$/i);
    const sum = gpus.reduce((watts, { value }) => watts + value, 0);
    const total = claim.value("gpuW");
    if (gpus.length < 2 || total === null || Math.abs(sum / total - 1) > 0.02) return [];
    const most = Math.max(...gpus.map(({ value }) => value));
    // Boards of the size used for this work idle at 50 to 90 W.
    const idle = gpus.filter(({ value }) => value < 90 && value < 0.5 * most);
    if (idle.length === 0) return [];
    const idleW = idle.reduce((watts, { value }) => watts + value, 0);
    return [{
      where: claim.where,
      message: `${idle.length} of ${gpus.length} GPUs idle and are counted: ` +
        `${(100 * idleW / sum).toFixed(0)} % of the GPU power`,
      expected: `${short(sum - idleW)} W, of the GPUs that work`,
      found: `${short(sum)} W (${gpus.map(({ value }) => Math.round(value)).join(" + ")})`,
    }];
  },
};

/** Processor power that counts a domain and one that contains it. */
export const raplCountedTwice: Rule = {
  id: "rapl-counted-twice",
  severity: "error",
  reason: "RAPL's package contains core and uncore, and psys contains the packages: adding them " +
    "counts energy twice.",
  reference: "Linux powercap documentation; TokenPowerBench ec00f52",
  claim: (claim) => {
    const domains = claim.matching(/^(psys|package|core|uncore)[^.]*_power_watts$/i)
      .filter(({ name, value }) => value > 0 && !/dram/i.test(name));
    const cpu = claim.value("cpuW");
    const sum = (pattern: RegExp): number =>
      domains.filter(({ name }) => pattern.test(name))
        .reduce((watts, { value }) => watts + value, 0);
    const [packages, inner, psys] = [sum(/^package/i), sum(/^(core|uncore)/i), sum(/^psys/i)];
    if (cpu === null || packages === 0 || inner + psys === 0) return [];
    if (Math.abs(cpu / (packages + inner + psys) - 1) > 0.02) return [];
    return [{
      where: claim.where,
      message: "processor power adds domains that contain one another",
      expected: `${short(packages)} W, of the packages`,
      found: `${short(cpu)} W`,
    }];
  },
};
