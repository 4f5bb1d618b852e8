import * as v from "valibot";
import type { Clock } from "../clock.ts";
import type { Loss } from "../losses.ts";
import type { Device, Provenance } from "../power/device.ts";
import type { PowerSeries, SampledPower } from "../power/series.ts";
import type { RequestLog } from "../requests/log.ts";
import type { Windows } from "../requests/windows.ts";
import type { ReadResult } from "./format.ts";

/** What is told of a power series beside its readings. */
export interface SeriesPart extends Span {
  /** Tells the part. */
  readonly kind: "series";
  /** What the values are. */
  readonly quantity: PowerSeries["quantity"];
  /** For watts, what a reading means. */
  readonly reading?: SampledPower["reading"];
  /** The thing whose power was read. */
  readonly device: Device;
  /** What the times count from. */
  readonly clock: Clock;
  /** Averaging window of the sensor in seconds; null where it is not known. */
  readonly averagingS: number | null;
  /** Where the series came from. */
  readonly source: Provenance;
  /** What was left out. */
  readonly dropped: readonly Loss[];
  /** For a counter, the times of readings before which it started over; absent when there is none. */
  readonly resetS?: readonly number[];
}

/** What is told of a request log beside its columns. */
export interface RequestsPart extends Span {
  /** Tells the part. */
  readonly kind: "requests";
  /** Columns that not every log has; `tokenTimes` when each request's stand in its own row. */
  readonly has: readonly ("cachedTokens" | "replica" | "ids" | "tokenTimes")[];
  /** Rows of its token times; null when it has none, or they stand in the rows of the requests. */
  readonly tokens: Span | null;
  /** What the log says of itself. */
  readonly facts: Pick<
    RequestLog,
    "clock" | "replicas" | "model" | "tokenCount" | "endOrigin" | "source" | "dropped"
  >;
}

/** What is told of a set of windows beside its columns. */
export interface WindowsPart extends Span {
  /** Tells the part. */
  readonly kind: "windows";
  /** What the windows say of themselves. */
  readonly facts: Pick<Windows, "clock" | "reference" | "source" | "dropped">;
}

/** What is told of a table of results beside its columns. */
export interface ResultsPart extends Span {
  /** Tells the part. */
  readonly kind: "results";
  /** What the rows are. */
  readonly name: string;
  /** Unit of each numeric column that has one. */
  readonly units: Readonly<Record<string, string>>;
  /** Its columns, under which name each is stored, and whether as JSON text. */
  readonly columns: readonly {
    readonly name: string;
    readonly stored: string;
    readonly json: boolean;
  }[];
}

/** Rows from one to before another. */
export interface Span {
  /** First row. */
  readonly from: number;
  /** Row after the last. */
  readonly to: number;
}

/** Facts of the rows that lie together. */
export type Part = SeriesPart | RequestsPart | WindowsPart | ResultsPart;

/** What the metadata of a flat table says. */
export interface Stored extends Pick<ReadResult, "path" | "format" | "dropped" | "notes"> {
  readonly version: 1;
  readonly parts: readonly Part[];
}

/** What a log says beside its columns, and which columns it has that not every log has. */
export function requestFacts(log: RequestLog): Pick<RequestsPart, "has" | "facts"> {
  const { clock, replicas, model, tokenCount, endOrigin, source, dropped } = log;
  return {
    has: [
      ...(log.cachedTokens === null ? [] : ["cachedTokens" as const]),
      ...(log.replica === null ? [] : ["replica" as const]),
      ...(log.ids === null ? [] : ["ids" as const]),
    ],
    facts: {
      clock,
      replicas,
      ...(model !== undefined && { model }),
      tokenCount,
      endOrigin,
      source,
      dropped,
    },
  };
}

/** What a set of windows says beside its columns. */
export function windowFacts(
  { clock, reference, source, dropped }: Windows,
): WindowsPart["facts"] {
  return { clock, reference, source, dropped };
}

const losses = v.array(v.looseObject({ reason: v.string(), count: v.number() }));
const clocks = v.picklist(["epoch", "local", "monotonic", "elapsed"]);
const row = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32));
const rows = { from: row, to: row };
const file = v.looseObject({ path: v.string(), format: v.string() });
const facts = { clock: clocks, source: file, dropped: losses };

/** What a part must look like before anything in it is believed; further keys pass. */
export const partSchema = v.variant("kind", [
  v.looseObject({
    kind: v.literal("series"),
    ...rows,
    ...facts,
    quantity: v.picklist(["power", "counter", "interval"]),
    device: v.looseObject({ kind: v.string(), id: v.string() }),
    averagingS: v.nullable(v.number()),
    source: v.looseObject({ path: v.string(), format: v.string(), column: v.string() }),
    resetS: v.optional(v.array(v.number())),
  }),
  v.looseObject({
    kind: v.literal("requests"),
    ...rows,
    has: v.array(v.string()),
    tokens: v.nullable(v.object(rows)),
    facts: v.looseObject(facts),
  }),
  v.looseObject({ kind: v.literal("windows"), ...rows, facts: v.looseObject(facts) }),
  v.looseObject({
    kind: v.literal("results"),
    ...rows,
    name: v.string(),
    units: v.record(v.string(), v.string()),
    columns: v.array(v.object({ name: v.string(), stored: v.string(), json: v.boolean() })),
  }),
]);

/** What metadata must look like before anything in it is believed; further keys pass. */
export const storedSchema = v.looseObject({
  version: v.literal(1),
  path: v.string(),
  format: v.string(),
  dropped: losses,
  notes: v.array(v.string()),
  parts: v.array(partSchema),
});
