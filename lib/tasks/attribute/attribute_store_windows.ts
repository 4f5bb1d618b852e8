import {
  type MergedWindows,
  mergeWindows,
  type WindowStretch,
} from "../../attribution/partitioned/mod.ts";
import { openStore } from "../../formats/store/mod.ts";
import type { Windows } from "../../requests/windows.ts";
import { windowStretchesKindUrl } from "../kinds/mod.ts";
import { readWindows, type WindowOptions } from "../kinds/window_stretches.ts";
import type { TaskRun } from "../run.ts";
import { clockOffsetS, type ClockOptions } from "./clocks.ts";
import { chooseStored } from "./servers.ts";
import {
  LEAST_READINGS,
  type StretchUnit,
  stretchUnits,
  weightOfStretch,
} from "./stretch_units.ts";

/** Options of {@linkcode attributeStoreWindows}. */
export interface StoreWindowsOptions extends ClockOptions {
  /** Folder of the store with the readings. */
  readonly power: string;
  /** File or store with the windows. */
  readonly windows: string;
  /** Its format, when detection should not decide. */
  readonly format?: string;
  /** Devices to add up; by default all GPUs. */
  readonly devices?: readonly string[];
  /** Length of a stretch in seconds; by default a day, or less where a day has very many readings. */
  readonly stretchS?: number;
}

/** Energies of windows, with what was added up. */
export interface StoreWindows extends MergedWindows {
  /** Seconds that were added to the trace's times. */
  readonly offsetS: number;
  /** Devices that were added up. */
  readonly devices: readonly string[];
  /** The windows as they were read. */
  readonly source: Windows;
}

/**
 * The energy of each window over all devices of a store. Devices and days are tasks; a window belongs
 * to the day in which it begins, and is counted once. A counter's step over a hole that is longer than
 * two minutes and twenty steps at the edge of a day is not counted.
 *
 * @param run The run.
 * @param options What to add up.
 * @return The energies.
 * @throws {InputError} `refused` when the clocks are of different kinds and no offset is given.
 */
export async function attributeStoreWindows(
  run: TaskRun,
  options: StoreWindowsOptions,
): Promise<StoreWindows> {
  const { format = null } = options;
  const store = openStore(options.power);
  const windows = await readWindows(options.windows, format);
  const chosen = chooseStored(store, options.devices);
  const offsetS = clockOffsetS(store, chosen, windows.clock, options);
  const units = chosen.flatMap((s) => {
    const { host, id } = store.series[s]!.device;
    const name = host === undefined ? id : `${host}/${id}`;
    const server = { name, replica: null, hasRequests: false, series: [s], kind: "" };
    return stretchUnits(store, null, server, offsetS, options.stretchS);
  });
  const [file] = await run.inputs.all([options.windows]);
  const parts = await run.map<WindowStretch, WindowOptions, StretchUnit>({
    list: "windows",
    module: windowStretchesKindUrl,
    options: { windows: file!, format, offsetS },
    places: { power: options.power },
    units,
    weights: units.map(weightOfStretch),
    leastWeight: LEAST_READINGS,
  });
  return {
    ...mergeWindows(parts, windows, chosen.length),
    offsetS,
    devices: chosen.map((s) => store.series[s]!.device.id),
    source: windows,
  };
}
