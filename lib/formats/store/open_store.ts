import type { Clock } from "../../clock.ts";
import { InputError } from "../../errors.ts";
import type { Device, Provenance } from "../../power/device.ts";
import type { SampledPower } from "../../power/series.ts";
import type { RequestsPart, ResultsPart, SeriesPart, WindowsPart } from "../flat_parts.ts";
import { seriesFolder } from "./layout.ts";
import { readSources, type StoreFile, type StoreSource } from "./manifest.ts";

/** Part of a source, with its files. */
export type WithFiles<P> = P & { readonly files: readonly StoreFile[] };

/** The readings of one device and column of a store: of all days, and of all sources. */
export interface StoredSeries {
  /** The thing whose power was read. */
  readonly device: Device;
  /** Column, event or field that the values come from. */
  readonly column: string;
  /** Where the values come from, as the first source tells it. */
  readonly source: Provenance;
  /** What the times count from. */
  readonly clock: Clock;
  /** What the values are. */
  readonly quantity: SeriesPart["quantity"];
  /** For watts, what a reading means. */
  readonly reading?: SampledPower["reading"];
  /** Averaging window of the sensor in seconds; null where it is not known. */
  readonly averagingS: number | null;
  /** Readings. */
  readonly rows: number;
  /** First time; NaN when there is no reading. */
  readonly startS: number;
  /** Last time; NaN when there is no reading. */
  readonly endS: number;
  /** Median step between readings: the median over the files; NaN with fewer than two readings. */
  readonly stepS: number;
  /** Bytes of its files. */
  readonly bytes: number;
  /** Its files in order of time; they do not overlap. */
  readonly files: readonly StoreFile[];
  /** What each source brought to it, in order of time. */
  readonly parts: readonly WithFiles<SeriesPart>[];
}

/** A request log of a store. */
export interface StoredRequests extends WithFiles<RequestsPart> {
  /** Id of its source. */
  readonly sourceId: string;
}

/** A folder of partitioned Parquet, of which nothing but the list of its files has been read. */
export interface Store {
  /** Its folder. */
  readonly dir: string;
  /** Power series, in the order of their folders' names. */
  readonly series: readonly StoredSeries[];
  /** Request logs, one for each that was converted. */
  readonly requests: readonly StoredRequests[];
  /** Sets of windows. */
  readonly windows: readonly WithFiles<WindowsPart>[];
  /** Tables of results. */
  readonly results: readonly WithFiles<ResultsPart>[];
  /** What was converted. */
  readonly sources: readonly StoreSource[];
}

/**
 * Opens a folder that `joulebook convert` wrote. Only the list of its files is read: what there is,
 * from when to when, and how large.
 *
 * @param dir The folder.
 * @return What it holds.
 * @throws {InputError} `not-found` when it is none, `malformed` when it is damaged, `refused` when two
 *   sources hold readings of one device from the same time, or differ in clock or kind of reading.
 */
export function openStore(dir: string): Store {
  return storeOf(dir, readSources(dir));
}

/**
 * What a store holds when it has these sources.
 *
 * @param dir Its folder.
 * @param sources The sources.
 * @return What it holds.
 * @throws {InputError} As {@linkcode openStore} does.
 */
export function storeOf(dir: string, sources: readonly StoreSource[]): Store {
  const byFolder = new Map<string, WithFiles<SeriesPart>[]>();
  const requests: StoredRequests[] = [];
  const windows: WithFiles<WindowsPart>[] = [];
  const results: WithFiles<ResultsPart>[] = [];
  for (const source of sources) {
    for (const part of source.parts) {
      switch (part.kind) {
        case "series": {
          const folder = seriesFolder(part);
          byFolder.set(folder, [...byFolder.get(folder) ?? [], part]);
          break;
        }
        case "requests":
          requests.push({ ...part, sourceId: source.id });
          break;
        case "windows":
          windows.push(part);
          break;
        case "results":
          results.push(part);
          break;
      }
    }
  }
  const series = [...byFolder].sort(([a], [b]) => a < b ? -1 : 1).map(([folder, parts]) =>
    joinParts(dir, folder, parts)
  );
  return { dir, series, requests, windows, results, sources };
}

function joinParts(
  dir: string,
  folder: string,
  unordered: readonly WithFiles<SeriesPart>[],
): StoredSeries {
  const startOf = (part: WithFiles<SeriesPart>): number => part.files[0]?.startS ?? Infinity;
  const parts = [...unordered].sort((a, b) => startOf(a) - startOf(b));
  const first = parts[0]!;
  const facts = ({ clock, reading, averagingS, device, source }: SeriesPart): string =>
    `${clock} clock, ${source.basis ?? "measured"}, ${reading ?? "energy"}, averaged over ${
      averagingS ?? "unknown"
    } s, ` +
    `${device.uuid ?? "no uuid"}`;
  for (let i = 1; i < parts.length; i++) {
    const [before, part] = [parts[i - 1]!, parts[i]!];
    if (facts(part) !== facts(first)) {
      throw new InputError({
        code: "refused",
        path: `${dir}/${folder}`,
        problem: `${first.source.path} and ${part.source.path} differ in what their readings are`,
        expected: facts(first),
        found: facts(part),
        advice: "convert them into folders of their own, or name their hosts with --host",
      });
    }
    const endS = before.files.at(-1)?.endS ?? -Infinity;
    if (startOf(part) <= endS && part.files.length > 0) {
      throw new InputError({
        code: "refused",
        path: `${dir}/${folder}`,
        problem: `${before.source.path} and ${part.source.path} both hold readings of ` +
          `${part.device.id} from ${startOf(part)} s to ${endS} s`,
        advice: "convert again with --replace when one is a newer state of the other; name the " +
          "hosts with --host when they are two devices",
      });
    }
  }
  const files = parts.flatMap((part) => part.files);
  const steps = files.flatMap(({ stepS }) => stepS ?? []).sort((a, b) => a - b);
  return {
    device: first.device,
    column: first.source.column,
    source: first.source,
    clock: first.clock,
    quantity: first.quantity,
    ...(first.reading !== undefined && { reading: first.reading }),
    averagingS: first.averagingS,
    rows: files.reduce((sum, { rows }) => sum + rows, 0),
    startS: files[0]?.startS ?? NaN,
    endS: files.at(-1)?.endS ?? NaN,
    stepS: steps[(steps.length - 1) >> 1] ?? NaN,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    files,
    parts,
  };
}
