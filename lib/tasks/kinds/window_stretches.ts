import {
  windowsFrom,
  type WindowStretch,
  windowStretch,
} from "../../attribution/partitioned/mod.ts";
import { readInput } from "../../formats/read.ts";
import { openStore, readStoredSeries } from "../../formats/store/mod.ts";
import { shiftSeries } from "../../power/shift.ts";
import type { Windows } from "../../requests/windows.ts";
import { InputError } from "../../errors.ts";
import type { StretchUnit } from "../attribute/stretch_units.ts";
import type { InputFile } from "../input_file.ts";
import type { TaskKind } from "../kind.ts";

/** Which windows, and how clocks are joined. */
export interface WindowOptions {
  /** File or store with the windows. */
  readonly windows: InputFile;
  /** Its format, when detection should not decide. */
  readonly format: string | null;
  /** Seconds to add to the trace's times to reach the windows' clock. */
  readonly offsetS: number;
}

/** The windows of a file or store. */
export async function readWindows(path: string, format: string | null): Promise<Windows> {
  const input = await readInput(path, {
    kinds: ["windows"],
    ...(format !== null && { format }),
  });
  const [windows] = input.windows;
  if (windows !== undefined) return windows;
  throw new InputError({
    code: "refused",
    path,
    problem: "there are no windows in it",
    advice: `see what it holds with joulebook inspect ${path}`,
  });
}

/** What devices used in stretches and in the windows that begin in them: a unit is a device's stretch. */
export const kind: TaskKind<WindowOptions, StretchUnit, WindowStretch> = {
  name: "window-stretches",
  version: 1,
  async start({ windows: file, format, offsetS }, places) {
    const store = openStore((places as { readonly power: string }).power);
    const windows = await readWindows(file.path, format);
    return async ({ series: [s], fromS, toS, marginS }) => {
      const own = windowsFrom(windows, fromS + offsetS, toS + offsetS);
      const lastS = own.reduce((last, i) => Math.max(last, windows.endS[i]! - offsetS), toS);
      const series = await readStoredSeries(store, store.series[s!]!, {
        fromS: fromS - marginS,
        toS: lastS + marginS,
      });
      const placed = offsetS === 0 && series.clock === windows.clock
        ? series
        : shiftSeries(series, offsetS, windows.clock);
      return windowStretch(placed, windows, fromS + offsetS, toS + offsetS);
    };
  },
};
