import { Collector } from "./collect.ts";
import type { ReadOptions, ReadResult } from "./format.ts";
import { readInto } from "./read_into.ts";
import { rowsOf } from "./rows_of.ts";
import type { ByteSource } from "./source.ts";

/**
 * Reads an input whole: every power series, request log, window and summary in it.
 *
 * @param input A path, or a source.
 * @param options Format and column mapping, when detection should not decide.
 * @return What it held, with everything that was left out counted.
 * @throws {InputError} With the place, what was expected, what was found and what to do.
 */
export async function readInput(
  input: string | ByteSource,
  options: ReadOptions = {},
): Promise<ReadResult> {
  const into = new Collector({ keep: true });
  const { path, format } = await readInto(input, into, options);
  return into.result(path, format);
}

/** What one input holds, without its readings. */
export interface InputSummary {
  /** Path or name of the input. */
  readonly path: string;
  /** Id of its format. */
  readonly format: string;
  /** What it holds: `power`, `requests`, `windows` or `results`, joined by `+`. */
  readonly kind: string;
  /** One entry for each power series. */
  readonly devices: readonly DeviceSummary[];
  /** Power readings of all series. */
  readonly samples: number;
  /** Requests of all logs. */
  readonly requests: number;
  /** Windows. */
  readonly windows: number;
  /** Rows of summaries. */
  readonly results: number;
  /** First moment, on `clock`; null when there is none, or no one clock. */
  readonly startS: number | null;
  /** Last moment, on `clock`; null when there is none, or no one clock. */
  readonly endS: number | null;
  /** Clock of the times; null when the input has none or its parts differ. */
  readonly clock: string | null;
  /** Mean power of the first series in watts: energy over the time that it covers. */
  readonly meanW: number | null;
  /** Energy of the first series in joules. Series are not added: they may overlap. */
  readonly energyJ: number | null;
  /** Everything that was left out. */
  readonly dropped: readonly { readonly reason: string; readonly count: number }[];
  /** What the reader settled or noticed. */
  readonly issues: readonly string[];
}

/** What one power series holds, without its readings. */
export interface DeviceSummary {
  /** Id of the device. */
  readonly id: string;
  /** What the readings cover. */
  readonly kind: string;
  /** Vendor's unique id, or null. */
  readonly uuid: string | null;
  /** Product name, or null. */
  readonly name: string | null;
  /** Host that it sits in, where the source says so. */
  readonly host?: string;
  /** Column of the source. */
  readonly column: string;
  /** Present when the file says that it was worked out, not read from a sensor. */
  readonly basis?: "modelled";
  /** `power`, `counter` or `interval`. */
  readonly quantity: string;
  /** Readings. */
  readonly samples: number;
  /** First moment, in seconds. */
  readonly startS: number | null;
  /** Last moment, in seconds. */
  readonly endS: number | null;
  /** Median step between readings in seconds, to 0.8 %. */
  readonly stepS: number | null;
  /** Energy over covered time, in watts. */
  readonly meanW: number | null;
  /** Joules: trapezoid, counter difference or sum of intervals. */
  readonly energyJ: number | null;
  /** Seconds in steps too long to bridge. */
  readonly gapS: number;
  /** Readings left out. */
  readonly dropped: readonly { readonly reason: string; readonly count: number }[];
}

/**
 * Sums up an input in bounded memory, whatever the length of its power traces.
 *
 * @param input A path, or a source.
 * @param options Format and column mapping, when detection should not decide.
 * @return Counts, extent, mean power and energy, and everything that was left out.
 * @throws {InputError} As {@linkcode readInput} does.
 */
export async function inspectInput(
  input: string | ByteSource,
  options: ReadOptions = {},
): Promise<InputSummary> {
  const into = new Collector({ keep: false });
  const { path, format } = await readInto(input, into, options);
  const columns = into.columns();
  const devices = columns.map((column): DeviceSummary => {
    column.flush();
    const { stats, spec } = column;
    const stepS = stats.stepS;
    // The same rule as the integrator's: longer steps are not bridged.
    const { areaJ, coveredS } = stats.area(
      spec.quantity === "power" ? Math.max(1, 5 * (stepS || 0)) : Infinity,
    );
    const measured = spec.quantity === "power"
      ? { energyJ: areaJ, coveredS }
      : spec.quantity === "counter"
      ? { energyJ: stats.growth, coveredS }
      : column.intervals;
    return {
      id: spec.device.id,
      kind: spec.device.kind,
      uuid: spec.device.uuid ?? null,
      name: spec.device.name ?? null,
      ...(spec.device.host !== undefined && { host: spec.device.host }),
      column: spec.column,
      ...(spec.basis !== undefined && { basis: spec.basis }),
      quantity: spec.quantity,
      samples: stats.samples,
      startS: nullIfNaN(stats.startS),
      endS: nullIfNaN(stats.endS),
      stepS: nullIfNaN(stepS),
      meanW: nullIfNaN(
        measured.coveredS > 0
          ? measured.energyJ / measured.coveredS
          : spec.quantity === "power"
          ? stats.sum / stats.samples
          : NaN,
      ),
      energyJ: measured.coveredS > 0 ? measured.energyJ : null,
      gapS: spec.quantity === "power" && stats.samples > 0
        ? Math.max(0, stats.endS - stats.startS - coveredS)
        : 0,
      dropped: column.losses.list(),
    };
  });
  const clocks = new Set<string>([
    ...columns.map((column) => column.spec.clock),
    ...into.requests.map((log) => log.clock),
    ...into.windows.map((windows) => windows.clock),
  ]);
  const starts = [
    ...columns.map(({ stats }) => stats.startS),
    ...into.requests.map((log) => smallest(log.submitS)),
    ...into.windows.map((windows) => smallest(windows.startS)),
  ];
  const ends = [
    ...columns.map(({ stats }) => stats.endS),
    ...into.requests.flatMap((log) => [largest(log.submitS), largest(log.endS)]),
    ...into.windows.map((windows) => largest(windows.endS)),
  ];
  const kinds = [
    ...(devices.length > 0 ? ["power"] : []),
    ...(into.requests.length > 0 ? ["requests"] : []),
    ...(into.windows.length > 0 ? ["windows"] : []),
    ...(into.results.length > 0 ? ["results"] : []),
  ];
  return {
    path,
    format,
    kind: kinds.join("+"),
    devices,
    samples: devices.reduce((sum, device) => sum + device.samples, 0),
    requests: into.requests.reduce((sum, log) => sum + log.submitS.length, 0),
    windows: into.windows.reduce((sum, windows) => sum + windows.names.length, 0),
    results: into.results.reduce(
      (sum, table) => sum + rowsOf(table),
      0,
    ),
    // Times of different clocks are not to be compared.
    startS: clocks.size > 1
      ? null
      : finiteOrNull(Math.min(...starts.filter((t) => !Number.isNaN(t)))),
    endS: clocks.size > 1 ? null : finiteOrNull(Math.max(...ends.filter((t) => !Number.isNaN(t)))),
    clock: clocks.size === 1 ? [...clocks][0]! : null,
    meanW: devices[0]?.meanW ?? null,
    energyJ: devices[0]?.energyJ ?? null,
    dropped: [
      ...into.losses.list(),
      ...devices.flatMap((device) => device.dropped),
      ...into.requests.flatMap((log) => log.dropped),
      ...into.windows.flatMap((windows) => windows.dropped),
    ],
    issues: [
      ...into.notes,
      ...(clocks.size > 1
        ? [
          `Its parts are on different clocks (${
            [...clocks].join(", ")
          }): it has no one span of time.`,
        ]
        : []),
    ],
  };
}

function smallest(column: Float64Array): number {
  let value = Infinity;
  for (const x of column) if (x < value) value = x;
  return value === Infinity ? NaN : value;
}

function largest(column: Float64Array): number {
  let value = -Infinity;
  for (const x of column) if (x > value) value = x;
  return value === -Infinity ? NaN : value;
}

function nullIfNaN(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
