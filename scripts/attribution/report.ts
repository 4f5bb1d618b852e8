/** What a person sees of an attribution, in a terminal. */

import type { RequestAttribution } from "../../lib/attribution/equal_share.ts";
import type { Loss } from "../../lib/losses.ts";
import type { Placed } from "../../lib/attribution/place.ts";
import type { WindowAttribution } from "../../lib/attribution/windows.ts";
import { basisOf } from "../../lib/power/basis.ts";
import { deviceNames } from "../../lib/power/device_name.ts";
import { createIntegrator, type Integrator } from "../../lib/power/integrate.ts";
import type { PowerSeries } from "../../lib/power/series.ts";
import type { RequestLog } from "../../lib/requests/log.ts";
import type { Windows } from "../../lib/requests/windows.ts";
import type { CommandIo } from "../command.ts";
import { textTable } from "../text_table.ts";
import { closes, digits, duration, lossText } from "../units.ts";

/** A trace joined with what it is divided among. */
export interface Joined {
  /** The trace on the other file's clock. */
  readonly placed: Placed;
  /** The trace, prepared. */
  readonly integrator: Integrator;
  /** What the readers left out of the files, beside what belongs to one series. */
  readonly dropped: readonly Loss[];
  /** What the readers noticed. */
  readonly notes: readonly string[];
}

/** Prints energy by phase. */
export function printRequests(
  io: CommandIo,
  result: RequestAttribution,
  log: RequestLog,
  joined: Joined,
): void {
  const { requests } = result;
  let attributed = 0;
  let split = 0;
  let prefillS = 0;
  let decodeS = 0;
  let inputTokens = 0;
  let outputTokens = 0;
  for (let i = 0; i < log.submitS.length; i++) {
    if (requests.reasons[i] !== null) continue;
    attributed++;
    if (Number.isNaN(requests.prefillJ[i]!)) continue;
    split++;
    prefillS += log.firstTokenS[i]! - log.submitS[i]!;
    decodeS += log.endS[i]! - log.firstTokenS[i]!;
    inputTokens += log.inputTokens[i]!;
    outputTokens += log.outputTokens[i]!;
  }
  const basis = basisOf(joined.placed.series);
  header(io, joined, [
    [
      "requests",
      `${log.submitS.length} in ${log.source.path}, ${attributed} attributed; dropped ` +
      `${lossText([...log.dropped, ...result.dropped])}`,
    ],
    [
      "method",
      result.method === "serial"
        ? `serial: requests never overlap, each has all energy ${basis} during it, idle power included`
        : `equal-share: all power, idle power included, divided equally among the requests in flight (up to ${result.peakConcurrency})`,
    ],
  ]);
  const share = (energyJ: number): string => `${(100 * energyJ / result.totalJ).toFixed(1)} %`;
  const perToken = (energyJ: number, half: number, tokens: number): string =>
    tokens > 0 ? `${digits(1000 * energyJ / tokens)} ± ${digits(1000 * half / tokens, 2)}` : "–";
  const phase = (
    name: string,
    energyJ: number,
    half: number,
    seconds: number,
    tokens: number,
    kind: string,
  ): string[] => [
    name,
    split === 0 ? "–" : `${digits(energyJ, 5)} ± ${digits(half, 2)}`,
    split === 0 ? "–" : share(energyJ),
    digits(energyJ / split),
    digits(seconds / split, 3),
    tokens > 0 ? `${tokens} ${kind}` : "–",
    perToken(energyJ, half, tokens),
  ];
  const rest = (name: string, energyJ: number): string[] => [
    name,
    digits(energyJ, 5),
    share(energyJ),
    "",
    "",
    "",
    "",
  ];
  const rows = [
    phase("prefill", result.prefillJ, result.halfWidths.prefillJ, prefillS, inputTokens, "input"),
    phase("decode", result.decodeJ, result.halfWidths.decodeJ, decodeS, outputTokens, "output"),
    ...(result.unsplitJ > 0 ? [rest("not split", result.unsplitJ)] : []),
    rest("idle", result.idleJ),
    ...(result.unattributedJ > 0 ? [rest("unattributed", result.unattributedJ)] : []),
    rest(basis, result.totalJ),
  ];
  io.out(
    "\n" + textTable(
      ["phase", "energy J", "share", "J/request", "s/request", "tokens", "mJ/token"],
      rows,
      { ruleBefore: [rows.length - 1] },
    ),
  );
  io.out(
    `\nconservation  ${rows.slice(0, -1).map((row) => row[0]).join(" + ")} = ${basis}, ` +
      `${closes(result.conservationError)}\n`,
  );
}

/** Prints energy by window. */
export function printWindows(
  io: CommandIo,
  result: WindowAttribution,
  windows: Windows,
  joined: Joined,
): void {
  const found = result.windows.filter(({ energyJ }) => energyJ !== null);
  header(io, joined, [
    [
      "windows",
      `${windows.names.length} in ${windows.source.path}, ${found.length} with an ` +
      `energy; dropped ${lossText(windows.dropped)}`,
    ],
    ...(windows.reference === null
      ? []
      : [["reference", `${windows.reference.column}, read as ${windows.reference.unit}`] as const]),
  ]);
  const hasReference = windows.reference !== null;
  const most = 40;
  const shown = result.windows.slice(0, most);
  io.out(
    "\n" + textTable(
      [
        "window",
        "s",
        "samples",
        "mean W",
        "energy J",
        ...(hasReference ? ["reference J", "off", "inside"] : []),
        "reason",
      ],
      shown.map((window) => [
        window.name.length > 40 ? `${window.name.slice(0, 39)}…` : window.name,
        digits(window.endS - window.startS, 4),
        String(window.samples),
        digits(window.energyJ === null ? null : window.energyJ / (window.endS - window.startS)),
        window.energyJ === null
          ? "–"
          : `${digits(window.energyJ, 5)} ± ${digits(window.highJ! - window.energyJ, 2)}`,
        ...(hasReference
          ? [
            digits(window.referenceJ, 5),
            window.energyJ === null || window.referenceJ === null
              ? "–"
              : `${(100 * (window.energyJ / window.referenceJ - 1)).toFixed(2)} %`,
            window.energyJ === null || window.referenceJ === null
              ? ""
              : window.referenceJ >= window.lowJ! && window.referenceJ <= window.highJ!
              ? "yes"
              : "no",
          ]
          : []),
        window.reason ?? "",
      ]),
    ),
  );
  if (result.windows.length > most) {
    io.out(`… ${result.windows.length - most} more; --json has all\n`);
  }
  const compared = found.filter(({ referenceJ }) => referenceJ !== null);
  if (compared.length > 0) {
    const sum = compared.reduce((total, window) => total + window.energyJ!, 0);
    const reference = compared.reduce((total, window) => total + window.referenceJ!, 0);
    const errors = compared.map((window) => Math.abs(window.energyJ! / window.referenceJ! - 1))
      .sort((a, b) => a - b);
    const inside = compared.filter((window) =>
      window.referenceJ! >= window.lowJ! && window.referenceJ! <= window.highJ!
    ).length;
    io.out(
      `\nagainst the reference: sum off by ${(100 * (sum / reference - 1)).toFixed(3)} %, median ` +
        `window by ${(100 * errors[errors.length >> 1]!).toFixed(2)} %; ${inside} of ` +
        `${compared.length} references lie inside the 90 % interval\n`,
    );
  }
  io.out(
    `\nin windows ${digits(result.insideJ, 6)} J + outside ${digits(result.outsideJ, 6)} J = ` +
      `${basisOf(joined.placed.series)} ${digits(result.totalJ, 6)} J, ${
        closes(result.conservationError)
      }` +
      `${result.sharedJ > 0 ? `; ${digits(result.sharedJ)} J lie in more than one window` : ""}\n`,
  );
}

function header(
  io: CommandIo,
  { placed, integrator, dropped, notes }: Joined,
  lines: readonly (readonly [string, string])[],
): void {
  const samples = placed.series.reduce((sum, { timeS }) => sum + timeS.length, 0);
  const all: (readonly [string, string])[] = [
    [
      "power",
      `${[...new Set(placed.series.map(({ source }) => source.path))].join(", ")}: ` +
      `${seriesText(placed.series)}, ` +
      `${samples} readings every ${digits(integrator.stepS, 3)} s over ` +
      `${duration(integrator.endS - integrator.startS)}, mean ` +
      `${digits(meanW(placed.series))} W ` +
      `(${integrator.estimator})`,
    ],
    ["dropped", lossText([...dropped, ...placed.series.flatMap((series) => series.dropped)])],
    ...bridged(placed.series),
    [
      "clock",
      `${placed.note} ${(100 * placed.overlap).toFixed(1)} % of the time lies inside the trace.`,
    ],
    ...lines,
    ...notes.map((note) => ["note", note] as const),
  ];
  const width = Math.max(...all.map(([name]) => name.length));
  io.out(all.map(([name, text]) => `${name.padEnd(width)}  ${text}\n`).join(""));
}

/** Series that are added up: devices, columns, and which of them are modelled. */
export function seriesText(series: readonly PowerSeries[]): string {
  const names = deviceNames(series.map(({ device }) => device));
  return series.map(({ source }, i) =>
    `${names[i]} (${source.column}${source.basis === undefined ? "" : `, ${source.basis}`})`
  ).join(" + ");
}

/** Holes between intervals whose energy is not measured but bridged; nothing where there are none. */
function bridged(series: readonly PowerSeries[]): [string, string][] {
  const bridgedS = series.reduce((sum, one) => sum + (createIntegrator(one).bridgedS ?? 0), 0);
  return bridgedS === 0
    ? []
    : [["bridged", `${duration(bridgedS)} between intervals, by the mean power on either side`]];
}

/** Mean power of the sum: of each device over the time that it was measured. */
function meanW(series: readonly PowerSeries[]): number {
  return series.reduce((sum, one) => {
    const { totalJ, startS, endS, gapS } = createIntegrator(one);
    return sum + totalJ / (endS - startS - gapS);
  }, 0);
}
