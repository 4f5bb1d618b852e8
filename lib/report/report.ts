import type { EnergyInterval } from "../attribution/batched_result.ts";
import type { RequestEnergies } from "../attribution/equal_share.ts";
import type { AttributionWarning } from "../attribution/warning.ts";
import type { WindowEnergy } from "../attribution/windows.ts";
import type { Origin } from "../figures/figure.ts";
import type { Loss } from "../losses.ts";
import type { Finding } from "../plausibility/finding.ts";
import type { PowerSeries } from "../power/series.ts";
import type { RequestLog } from "../requests/log.ts";
import type { TableOptions, TableSource } from "../notebook/table_source.ts";

/**
 * What an attribution says beside its requests or windows: the keys of `attribute --json`. A key that
 * a method does not have is absent or null.
 */
export interface AttributionFacts {
  /** Name of the method; several are joined by `and`. */
  readonly method: string;
  /** Whether the power came from sensors, or was worked out from a declared one. */
  readonly basis?: "measured" | "modelled";
  /** Its rule for the cost that sequences share. */
  readonly sharing?: string | null;
  /** `bounds` when idle power is not known. */
  readonly kind?: "estimate" | "bounds" | null;
  /** What happened to idle energy. */
  readonly idleRule?: string | null;
  /** How energies were made from readings. */
  readonly estimator?: string | null;
  /** Ids of the devices that were added up. */
  readonly devices: readonly string[];
  /** Seconds that were added to the trace's times. */
  readonly offsetS: number;
  /** Half width of what is not known of them. */
  readonly offsetWidthS: number;
  /** Share of the spans' time that lies inside the trace. */
  readonly overlap?: number;
  /** Energy measured over the whole trace, in joules. */
  readonly totalJ: number;
  /** Idle energy kept apart; null where the method keeps none. */
  readonly idleJ: number | null;
  /** Energy that belongs to no request or window. */
  readonly unattributedJ: number;
  /** Energy until first tokens. */
  readonly prefill?: EnergyInterval | null;
  /** Energy behind first tokens. */
  readonly decode?: EnergyInterval | null;
  /** Energy of requests whose first token is not known. */
  readonly unsplitJ?: number;
  /** Energy while a window was open. */
  readonly insideJ?: number;
  /** Energy that lies in more than one window. */
  readonly sharedJ?: number;
  /** How far the parts are from the whole. */
  readonly conservationError: number;
  /** Idle power, where the method takes it off first. */
  readonly idle?: {
    readonly idleW: number | null;
    readonly widthW: number | null;
    readonly source: string;
  } | null;
  /** Quality of the fit. */
  readonly fit?: { readonly r2: number | null } | null;
  /** Doubts. */
  readonly warnings?: readonly AttributionWarning[];
  /** What was left out. */
  readonly dropped: readonly Loss[];
  /** What was settled on the way. */
  readonly notes: readonly string[];
}

/** A file that the numbers come from. */
export interface SourceFile {
  /** Path as it was given. */
  readonly path: string;
  /** What it was used for, such as `power`. */
  readonly role: string;
  /** Id of its format. */
  readonly format: string;
  /** Size in bytes; null where it is not known. */
  readonly bytes: number | null;
  /** SHA-256 of the bytes, in hexadecimal; null where it is not known. */
  readonly sha256: string | null;
}

/** A table of the report that is no request and no window, such as the cells of a run. */
export interface ExtraTable {
  /** Heading. */
  readonly title: string;
  /** A sentence or two about it. */
  readonly text: string;
  /** Part of the name of its download, in kebab case. */
  readonly id: string;
  /** The table. */
  readonly rows: TableSource;
  /** How its columns are shown, by name. */
  readonly columns?: TableOptions["columns"];
}

/** A text that is shown as it is, such as a configuration. */
export interface ExtraText {
  /** Heading. */
  readonly title: string;
  /** The text. */
  readonly text: string;
}

/** Requests of a report. */
export interface ReportedRequests {
  /** The log. */
  readonly log: RequestLog;
  /** Their energies; null without an attribution. */
  readonly energies: RequestEnergies | null;
  /** When each was worked on from, in seconds, where some waited; by default when it was sent. */
  readonly workFromS?: Float64Array;
}

/** What a page reports on. All times are on the clock of the requests or windows. */
export interface Report {
  /** Title. */
  readonly title: string;
  /** What the readings of power are; what is divided by a model is called modelled beside it. */
  readonly origin: Origin;
  /** What the times and token counts of the log are. */
  readonly logOrigin: Origin;
  /** When the page was made, in seconds since the epoch; null when that shall not be said. */
  readonly madeS: number | null;
  /** Programs and their versions. */
  readonly versions: Readonly<Record<string, string>>;
  /** The trace, its devices added up; null when only results are known. */
  readonly power: PowerSeries | null;
  /** The devices one by one, for what was read of each; empty when not known. */
  readonly devices: readonly PowerSeries[];
  /** The attribution; null when there is none. */
  readonly facts: AttributionFacts | null;
  /** The requests. */
  readonly requests: ReportedRequests | null;
  /** Windows and their energies. */
  readonly windows: readonly WindowEnergy[] | null;
  /** What the linter found; null when it was not run. */
  readonly findings: readonly Finding[] | null;
  /** The files. */
  readonly files: readonly SourceFile[];
  /** What a reader should know, one sentence each, beside the notes of the attribution. */
  readonly notes: readonly string[];
  /** More tables. */
  readonly tables: readonly ExtraTable[];
  /** More texts. */
  readonly texts: readonly ExtraText[];
}
