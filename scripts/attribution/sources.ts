import type { PlaceOptions } from "../../lib/attribution/place.ts";
import type { Loss } from "../../lib/losses.ts";
import type { PowerSeries } from "../../lib/power/series.ts";

/** What `attribute` was given, read. */
export interface Sources {
  /** The chosen devices. */
  readonly power: readonly PowerSeries[];
  /** Path of the request log or windows. */
  readonly path: string;
  /** Zone and offset. */
  readonly place: PlaceOptions;
  /** Whether the offset is to be found from the data. */
  readonly auto: boolean;
  /** What the readers left out of whole files. */
  readonly dropped: readonly Loss[];
  /** What the readers noticed. */
  readonly notes: readonly string[];
}
