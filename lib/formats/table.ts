// Written by scripts/build_format_table.ts from the files in readers/. Do not edit.

import { format as nvidiaSmiQuery } from "./readers/nvidia_smi_query.ts";
import type { Format } from "./format.ts";

/** Every format, in the order of their file names. */
export const formats: readonly Format[] = [
  nvidiaSmiQuery,
];
