// Written by scripts/build_format_table.ts from the files in readers/. Do not edit.

import { format as loadgen } from "./readers/loadgen.ts";
import { format as mlperfTiny } from "./readers/mlperf_tiny.ts";
import { format as nvidiaSmiQuery } from "./readers/nvidia_smi_query.ts";
import { format as powermetricsCsv } from "./readers/powermetrics_csv.ts";
import { format as ptdaemon } from "./readers/ptdaemon.ts";
import { format as table } from "./readers/table.ts";
import { format as windowsCsv } from "./readers/windows_csv.ts";
import type { Format } from "./format.ts";

/** Every format, in the order of their file names. */
export const formats: readonly Format[] = [
  loadgen,
  mlperfTiny,
  nvidiaSmiQuery,
  powermetricsCsv,
  ptdaemon,
  table,
  windowsCsv,
];
