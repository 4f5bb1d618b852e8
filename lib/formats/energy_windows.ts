import type { Clock } from "../clock.ts";
import { windows } from "../requests/windows.ts";
import type { Collector } from "./collect.ts";
import type { ByteSource } from "./source.ts";

/** A span with the energies that its source measured in it. */
export interface EnergyWindow {
  /** Its name. */
  readonly name: string;
  /** Seconds. */
  readonly startS: number;
  /** Seconds, not before the start. */
  readonly endS: number;
  /** Joules of each domain, in the order of `domains`; NaN where there is none. */
  readonly energiesJ: readonly number[];
}

/** What the energies of the windows are. */
export interface EnergyDomain {
  /** The column as the source spells it. */
  readonly column: string;
  /** Unit of the source. */
  readonly unit: string;
  /** Whether it counts towards the window's energy: parts of another domain do not. */
  readonly counts: boolean;
}

/**
 * Puts spans with measured energies into a collector: as windows, whose reference is the sum of the
 * domains that count, and as a table that keeps each domain apart.
 *
 * @param into The collector.
 * @param source The input.
 * @param format Id of the format.
 * @param clock Clock of the times.
 * @param domains The energies.
 * @param rows The spans.
 */
export function collectEnergyWindows(
  into: Collector,
  source: ByteSource,
  format: string,
  clock: Clock,
  domains: readonly EnergyDomain[],
  rows: readonly EnergyWindow[],
): void {
  if (rows.length === 0) return;
  const counting = domains.flatMap(({ counts }, i) => counts ? [i] : []);
  const column = counting.map((i) => domains[i]!.column).join(" + ");
  into.windows.push(windows({
    clock,
    names: rows.map(({ name }) => name),
    startS: Float64Array.from(rows, ({ startS }) => startS),
    endS: Float64Array.from(rows, ({ endS }) => endS),
    referenceJ: Float64Array.from(
      rows,
      ({ energiesJ }) =>
        counting.length === 0 ? NaN : counting.reduce((sum, i) => sum + energiesJ[i]!, 0),
    ),
    ...(counting.length > 0 && { reference: { column, unit: domains[counting[0]!]!.unit } }),
    source: { path: source.path, format },
  }));
  const units: Record<string, string> = { startS: "s", durationS: "s" };
  const columns: Record<string, (number | string | null)[]> = {
    name: rows.map(({ name }) => name),
    startS: rows.map(({ startS }) => startS),
    durationS: rows.map(({ startS, endS }) => endS - startS),
  };
  for (const [i, domain] of domains.entries()) {
    const name = `${domain.column} J`;
    units[name] = "J";
    columns[name] = rows.map(({ energiesJ }) => Number.isNaN(energiesJ[i]) ? null : energiesJ[i]!);
  }
  into.results.push({ name: "energy of each window", columns, units });
}
