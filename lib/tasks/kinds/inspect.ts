import { type FileReport, reportOf } from "../../measurement/file_report.ts";
import type { ReadOptions } from "../../formats/format.ts";
import type { InputFile } from "../input_file.ts";
import type { TaskKind } from "../kind.ts";

/** What files hold: a unit is a file. */
export const kind: TaskKind<ReadOptions, InputFile, FileReport> = {
  name: "inspect",
  version: 1,
  start: (options) => (file) => reportOf(file.path, options),
};
