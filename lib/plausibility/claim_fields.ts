/** Quantities that rules ask of a row of results. */
export type ClaimField =
  | "batch"
  | "inputTokens"
  | "outputTokens"
  | "gpus"
  | "durationS"
  | "responses"
  | "totalOutputTokens"
  | "gpuW"
  | "cpuW"
  | "dramW"
  | "totalW"
  | "gpuJ"
  | "cpuJ"
  | "dramJ"
  | "totalJ"
  | "gpuJPerToken"
  | "gpuJPerResponse"
  | "totalJPerToken"
  | "totalJPerResponse"
  | "outputTokensPerS"
  | "ttftS"
  | "tpotS"
  | "ttltS"
  | "promptJ"
  | "stepJ"
  | "requestJ";

/**
 * Names under which tools write each quantity, with the factor to SI units that the name implies.
 * A unit that the reader gives the column comes first. Letter case and separators do not matter.
 */
export const claimFields: Readonly<
  Record<ClaimField, readonly (readonly [name: string, scale: number])[]>
> = {
  batch: [["batch_size", 1], ["batch", 1]],
  inputTokens: [["prompt_len", 1], ["input_len", 1], ["input_tokens", 1]],
  outputTokens: [["gen_len", 1], ["output_len", 1], ["output_tokens", 1]],
  gpus: [["n_gpu", 1], ["num_gpus", 1], ["gpus", 1]],
  durationS: [["duration", 1], ["duration_s", 1]],
  responses: [["responses", 1], ["num_responses", 1], ["completed", 1]],
  totalOutputTokens: [["total_output_tokens", 1]],
  gpuW: [["gpu_avg_power", 1], ["gpu_avg_power_w", 1], ["avg_power_watts", 1]],
  cpuW: [["cpu_avg_power", 1], ["cpu_avg_power_w", 1]],
  dramW: [["dram_avg_power", 1], ["dram_avg_power_w", 1]],
  totalW: [["total_avg_power", 1], ["system_avg_power_w", 1], ["total_avg_power_w", 1]],
  gpuJ: [["gpu_energy", 1], ["gpu_energy_j", 1]],
  cpuJ: [["cpu_energy", 1], ["cpu_energy_j", 1]],
  dramJ: [["dram_energy", 1], ["dram_energy_j", 1]],
  totalJ: [["total_energy", 1], ["total_energy_j", 1]],
  gpuJPerToken: [["gpu_energy_per_token", 1], ["gpu_mj_per_token", 1e-3]],
  gpuJPerResponse: [["gpu_energy_per_response", 1]],
  totalJPerToken: [["energy_per_token", 1], ["energy_per_token_joules", 1], [
    "total_mj_per_token",
    1e-3,
  ]],
  totalJPerResponse: [["total_energy_per_response", 1], ["energy_per_request_joules", 1]],
  outputTokensPerS: [["output_throughput", 1], ["output_throughput_tokens_per_sec", 1]],
  ttftS: [["ttft_ms", 1e-3], ["ttft_s", 1], ["ttft", 1]],
  tpotS: [["tpot_ms", 1e-3], ["tpot_s", 1], ["tpot", 1]],
  ttltS: [["ttlt_ms", 1e-3], ["ttlt_s", 1], ["ttlt", 1]],
  promptJ: [["j_per_prompt", 1]],
  stepJ: [["j_per_token", 1]],
  requestJ: [["j_per_request", 1]],
};
