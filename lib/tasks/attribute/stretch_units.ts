import type { Store, StoreFile } from "../../formats/store/mod.ts";
import type { RequestsSource } from "./requests_source.ts";
import type { Server } from "./servers.ts";

/** A part of the time of one server, and the files that hold it with its margins. */
export interface StretchUnit {
  /** The server. */
  readonly server: string;
  /** Replica whose requests it answers; null for all. */
  readonly replica: string | null;
  /** Whether it answers requests. */
  readonly hasRequests: boolean;
  /** Its series, as places in the list of the store. */
  readonly series: readonly number[];
  /** Readings stamped from here on belong to it, in seconds on the trace's clock. */
  readonly fromS: number;
  /** Readings stamped from here on belong to the next. */
  readonly toS: number;
  /** Seconds of readings to read on either side. */
  readonly marginS: number;
  /** Readings in it, about. */
  readonly rows: number;
  /** SHA-256 of the files that hold it: what makes it this stretch and no other. */
  readonly content: readonly string[];
}

/** Longest stretch: a day. */
const LONGEST_S = 86_400;
/** Most readings of one stretch, so that a task stays small. */
const MOST_READINGS = 4e6;
/** Readings of a task, at least: a second or two of work, so that starting it is worth it. */
export const LEAST_READINGS = 4e6;
/** Seconds of requests that are read on either side of a stretch. */
export const REQUEST_MARGIN_S = 600;

/**
 * Length of the stretches of a server: a day, or a half, a quarter and so on of it where a day has
 * very many readings.
 */
function stretchLengthS(power: Store, server: Server): number {
  const perS = server.series.reduce((sum, s) => {
    const { rows, startS, endS } = power.series[s]!;
    return sum + (rows > 1 && endS > startS ? rows / (endS - startS) : 0);
  }, 0);
  let lengthS = LONGEST_S;
  while (lengthS * perS > MOST_READINGS) lengthS /= 2;
  return lengthS;
}

/**
 * The stretches of a server, in order of time: all in which it has readings or requests.
 *
 * @param power The store with its readings.
 * @param requests Its requests; null when they are not wanted.
 * @param server The server.
 * @param offsetS Seconds from the trace's clock to the log's.
 * @param lengthS Length of a stretch.
 * @return The stretches.
 */
export function stretchUnits(
  power: Store,
  requests: RequestsSource | null,
  server: Server,
  offsetS: number,
  lengthS: number = stretchLengthS(power, server),
): StretchUnit[] {
  const stepS = Math.max(0, ...server.series.map((s) => power.series[s]!.stepS || 0));
  const marginS = Math.max(120, 20 * stepS);
  const readings = server.series.flatMap((s) => power.series[s]!.files);
  const logs = server.hasRequests ? requests?.filesOf(server.replica) ?? [] : [];
  const onTrace = logs.map((file) => ({
    ...file,
    startS: file.startS === null ? null : file.startS - offsetS,
    endS: file.endS === null ? null : file.endS - offsetS,
  }));
  const numbers = new Set<number>();
  for (const file of [...readings, ...onTrace]) {
    if (file.startS === null) continue;
    const last = Math.floor((file.endS ?? file.startS) / lengthS);
    for (let n = Math.floor(file.startS / lengthS); n <= last; n++) numbers.add(n);
  }
  return [...numbers].sort((a, b) => a - b).map((n) => {
    const fromS = n * lengthS;
    const toS = fromS + lengthS;
    const own = readings.filter((file) => touches(file, fromS, toS));
    return {
      server: server.name,
      replica: server.replica,
      hasRequests: server.hasRequests,
      series: server.series,
      fromS,
      toS,
      marginS,
      rows: own.reduce((sum, file) => sum + file.rows * shareWithin(file, fromS, toS), 0),
      content: [
        ...readings.filter((file) => touches(file, fromS - marginS, toS + marginS)),
        ...onTrace.filter((file) =>
          touches(file, fromS - REQUEST_MARGIN_S, toS + REQUEST_MARGIN_S)
        ),
      ].map((file) => file.sha256),
    };
  });
}

type Spanned = Pick<StoreFile, "startS" | "endS">;

function touches({ startS, endS }: Spanned, fromS: number, toS: number): boolean {
  return !(startS !== null && startS >= toS) && !(endS !== null && endS < fromS);
}

function shareWithin({ startS, endS }: Spanned, fromS: number, toS: number): number {
  if (startS === null || endS === null || endS <= startS) return 1;
  return Math.max(0, Math.min(toS, endS) - Math.max(fromS, startS)) / (endS - startS);
}

/** Work of a stretch: its readings, and what opening its files costs. */
export function weightOfStretch({ rows }: StretchUnit): number {
  return rows + 10_000;
}
