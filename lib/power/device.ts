import type { Clock } from "../clock.ts";

/** What a power reading covers. */
export type DeviceKind = "gpu" | "cpu" | "dram" | "soc" | "rail" | "node" | "wall";

/** The thing whose power was read. */
export interface Device {
  /** What the reading covers. */
  readonly kind: DeviceKind;
  /** Short name, unique among the series of one input: `gpu0`, `package-0`, `VDD_IN`, `wall`. */
  readonly id: string;
  /** Vendor's unique id, where the source gives one. */
  readonly uuid?: string;
  /** Product name as the source prints it. */
  readonly name?: string;
  /** Host that it sits in, where the source says so. */
  readonly host?: string;
  /**
   * Id of the device of the same host whose readings contain these: a core within its package, a
   * rail within the total rail. It need not be among the series of the input.
   */
  readonly partOf?: string;
}

/** Where a series came from. */
export interface Provenance {
  /** Path or name of the input. */
  readonly path: string;
  /** Id of the format that was read. */
  readonly format: string;
  /** Column, event or field that the values come from, as the source spells it. */
  readonly column: string;
  /** Clock of the time column as it stood in the source, before any conversion. */
  readonly sourceClock: Clock;
  /** Present when the values were worked out from something else than a power or energy sensor. */
  readonly basis?: "modelled";
}
