// Written by scripts/build_format_table.ts from the files in readers/. Do not edit.

import { format as adc } from "./readers/adc.ts";
import { format as aiEnergyScore } from "./readers/ai_energy_score.ts";
import { format as aiperfProfile } from "./readers/aiperf_profile.ts";
import { format as aiperfSummary } from "./readers/aiperf_summary.ts";
import { format as aiperfTelemetry } from "./readers/aiperf_telemetry.ts";
import { format as amdSmiCsv } from "./readers/amd_smi_csv.ts";
import { format as amdSmiJson } from "./readers/amd_smi_json.ts";
import { format as amduprof } from "./readers/amduprof.ts";
import { format as argonne } from "./readers/argonne.ts";
import { format as arrow } from "./readers/arrow.ts";
import { format as azureLlmTrace } from "./readers/azure_llm_trace.ts";
import { format as burstgpt } from "./readers/burstgpt.ts";
import { format as codecarbon } from "./readers/codecarbon.ts";
import { format as codecarbonJson } from "./readers/codecarbon_json.ts";
import { format as dcgmiDmon } from "./readers/dcgmi_dmon.ts";
import { format as ecocompute } from "./readers/ecocompute.ts";
import { format as elanaPower } from "./readers/elana_power.ts";
import { format as elanaTables } from "./readers/elana_tables.ts";
import { format as energibridge } from "./readers/energibridge.ts";
import { format as genaiPerf } from "./readers/genai_perf.ts";
import { format as inferencex } from "./readers/inferencex.ts";
import { format as ipmiDcmi } from "./readers/ipmi_dcmi.ts";
import { format as joulebookPower } from "./readers/joulebook_power.ts";
import { format as joulebookRequests } from "./readers/joulebook_requests.ts";
import { format as jsonLines } from "./readers/json_lines.ts";
import { format as jtop } from "./readers/jtop.ts";
import { format as llamaBench } from "./readers/llama_bench.ts";
import { format as llmEnergyBenchmark } from "./readers/llm_energy_benchmark.ts";
import { format as llmPerf } from "./readers/llm_perf.ts";
import { format as llmperf } from "./readers/llmperf.ts";
import { format as loadgen } from "./readers/loadgen.ts";
import { format as mlenergyLeaderboard } from "./readers/mlenergy_leaderboard.ts";
import { format as mlenergyRun } from "./readers/mlenergy_run.ts";
import { format as mlperfTiny } from "./readers/mlperf_tiny.ts";
import { format as monsoon } from "./readers/monsoon.ts";
import { format as mooncake } from "./readers/mooncake.ts";
import { format as nvidiaSmiDmon } from "./readers/nvidia_smi_dmon.ts";
import { format as nvidiaSmiPmon } from "./readers/nvidia_smi_pmon.ts";
import { format as nvidiaSmiQuery } from "./readers/nvidia_smi_query.ts";
import { format as nvidiaSmiText } from "./readers/nvidia_smi_text.ts";
import { format as optimumBenchmark } from "./readers/optimum_benchmark.ts";
import { format as parquet } from "./readers/parquet.ts";
import { format as perfStatCsv } from "./readers/perf_stat_csv.ts";
import { format as perfStatText } from "./readers/perf_stat_text.ts";
import { format as powerCsv } from "./readers/power_csv.ts";
import { format as powerGadget } from "./readers/power_gadget.ts";
import { format as powermetricsCsv } from "./readers/powermetrics_csv.ts";
import { format as powermetricsPlist } from "./readers/powermetrics_plist.ts";
import { format as powermetricsText } from "./readers/powermetrics_text.ts";
import { format as ppk2 } from "./readers/ppk2.ts";
import { format as prometheus } from "./readers/prometheus.ts";
import { format as ptdaemon } from "./readers/ptdaemon.ts";
import { format as pyjoules } from "./readers/pyjoules.ts";
import { format as pyrapl } from "./readers/pyrapl.ts";
import { format as resultsCsv } from "./readers/results_csv.ts";
import { format as rocmPowerCsv } from "./readers/rocm_power_csv.ts";
import { format as rocmSmiCsv } from "./readers/rocm_smi_csv.ts";
import { format as rocmSmiJson } from "./readers/rocm_smi_json.ts";
import { format as runTable } from "./readers/run_table.ts";
import { format as scaphandre } from "./readers/scaphandre.ts";
import { format as servegen } from "./readers/servegen.ts";
import { format as sglangBench } from "./readers/sglang_bench.ts";
import { format as splitwisePerf } from "./readers/splitwise_perf.ts";
import { format as splitwiseTrace } from "./readers/splitwise_trace.ts";
import { format as srtSlurm } from "./readers/srt_slurm.ts";
import { format as table } from "./readers/table.ts";
import { format as tegrastats } from "./readers/tegrastats.ts";
import { format as tokenpowerbench } from "./readers/tokenpowerbench.ts";
import { format as tokenpowerbenchRun } from "./readers/tokenpowerbench_run.ts";
import { format as tokenpowerbenchSamples } from "./readers/tokenpowerbench_samples.ts";
import { format as tokenpowerbenchTables } from "./readers/tokenpowerbench_tables.ts";
import { format as tokenpowerbenchTrace } from "./readers/tokenpowerbench_trace.ts";
import { format as traceTotals } from "./readers/trace_totals.ts";
import { format as turbostat } from "./readers/turbostat.ts";
import { format as vidurLengths } from "./readers/vidur_lengths.ts";
import { format as vllmBench } from "./readers/vllm_bench.ts";
import { format as vllmMetrics } from "./readers/vllm_metrics.ts";
import { format as vllmOffline } from "./readers/vllm_offline.ts";
import { format as wattsup } from "./readers/wattsup.ts";
import { format as windowsCsv } from "./readers/windows_csv.ts";
import { format as zeusPower } from "./readers/zeus_power.ts";
import { format as zeusTrace } from "./readers/zeus_trace.ts";
import { format as zeusWindow } from "./readers/zeus_window.ts";
import type { Format } from "./format.ts";

/** Every format, in the order of their file names. */
export const formats: readonly Format[] = [
  adc,
  aiEnergyScore,
  aiperfProfile,
  aiperfSummary,
  aiperfTelemetry,
  amdSmiCsv,
  amdSmiJson,
  amduprof,
  argonne,
  arrow,
  azureLlmTrace,
  burstgpt,
  codecarbon,
  codecarbonJson,
  dcgmiDmon,
  ecocompute,
  elanaPower,
  elanaTables,
  energibridge,
  genaiPerf,
  inferencex,
  ipmiDcmi,
  joulebookPower,
  joulebookRequests,
  jsonLines,
  jtop,
  llamaBench,
  llmEnergyBenchmark,
  llmPerf,
  llmperf,
  loadgen,
  mlenergyLeaderboard,
  mlenergyRun,
  mlperfTiny,
  monsoon,
  mooncake,
  nvidiaSmiDmon,
  nvidiaSmiPmon,
  nvidiaSmiQuery,
  nvidiaSmiText,
  optimumBenchmark,
  parquet,
  perfStatCsv,
  perfStatText,
  powerCsv,
  powerGadget,
  powermetricsCsv,
  powermetricsPlist,
  powermetricsText,
  ppk2,
  prometheus,
  ptdaemon,
  pyjoules,
  pyrapl,
  resultsCsv,
  rocmPowerCsv,
  rocmSmiCsv,
  rocmSmiJson,
  runTable,
  scaphandre,
  servegen,
  sglangBench,
  splitwisePerf,
  splitwiseTrace,
  srtSlurm,
  table,
  tegrastats,
  tokenpowerbench,
  tokenpowerbenchRun,
  tokenpowerbenchSamples,
  tokenpowerbenchTables,
  tokenpowerbenchTrace,
  traceTotals,
  turbostat,
  vidurLengths,
  vllmBench,
  vllmMetrics,
  vllmOffline,
  wattsup,
  windowsCsv,
  zeusPower,
  zeusTrace,
  zeusWindow,
];
