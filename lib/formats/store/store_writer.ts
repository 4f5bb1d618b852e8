import { mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Loss } from "../../losses.ts";
import type { PowerSeries } from "../../power/series.ts";
import type { RequestLog } from "../../requests/log.ts";
import type { Windows } from "../../requests/windows.ts";
import type { ResultTable } from "../format.ts";
import { columnsOf } from "../series_columns.ts";
import { type StorePart, type StoreSource, writeSource } from "./manifest.ts";
import {
  type SeriesFacts,
  type SeriesProgress,
  SeriesWriter,
  type StoreTarget,
} from "./series_writer.ts";
import { requestsPart, resultsPart, windowsPart } from "./table_parts.ts";

/** Options of {@linkcode StoreWriter}. */
export interface StoreWriterOptions {
  /** Most rows of a row group; by default 100,000. */
  readonly groupRows?: number;
  /** Most readings of all series that are kept back before row groups are written; by default 4,000,000. */
  readonly bufferedRows?: number;
}

/**
 * Writes what one source held into a store, in bounded memory: a folder of Parquet files by device and
 * day. Until `commit` nothing of it is seen; a source that is there already is replaced.
 *
 * @example
 * ```ts
 * import { openStore, readStoredSeries, StoreWriter } from "@joulebook/joulebook/formats";
 * import { sampledPower } from "@joulebook/joulebook/power";
 * import assert from "node:assert/strict";
 *
 * const dir = await Deno.makeTempDir();
 * const writer = new StoreWriter(dir, { id: "run-1", path: "run-1", format: "generated" });
 * const timeS = Float64Array.of(86_399, 86_400, 86_401);
 * writer.addSeries(sampledPower({ timeS, powerW: Float64Array.of(80, 90, 100) }));
 * writer.commit();
 * const store = openStore(dir);
 * assert.deepEqual(store.series[0]!.files.map(({ day }) => day), ["1970-01-01", "1970-01-02"]);
 * const second = await readStoredSeries(store, store.series[0]!, { fromS: 86_400 });
 * assert.deepEqual([...second.timeS], [86_400, 86_401]);
 * await Deno.remove(dir, { recursive: true });
 * ```
 */
export class StoreWriter {
  readonly #dir: string;
  readonly #partial: string;
  readonly #target: StoreTarget;
  readonly #groupRows: number;
  readonly #bufferedRows: number;
  readonly #parts: (SeriesWriter | StorePart)[] = [];
  readonly #series: SeriesWriter[] = [];
  readonly #placed: string[] = [];
  #buffered = 0;

  /**
   * Begins a source.
   *
   * @param dir The store; made when it is not there.
   * @param source What tells the source from others (a name for files, by convention of its content),
   *   its path and format.
   * @param options Sizes.
   */
  constructor(dir: string, source: StoreTarget["source"], options: StoreWriterOptions = {}) {
    this.#dir = dir;
    this.#partial = join(dir, `.partial-${source.id}`);
    rmSync(this.#partial, { recursive: true, force: true });
    mkdirSync(this.#partial, { recursive: true });
    this.#groupRows = options.groupRows ?? 100_000;
    this.#bufferedRows = options.bufferedRows ?? 4_000_000;
    this.#target = {
      source,
      place: (path) => {
        const place = join(this.#partial, path);
        mkdirSync(dirname(place), { recursive: true });
        this.#placed.push(path);
        return place;
      },
    };
  }

  /**
   * Begins a series whose readings come one piece after another.
   *
   * @param facts What it says of itself.
   * @param progress What is left out on the way.
   * @return Takes readings: times, values and for intervals their lengths, and how many of them count.
   */
  beginSeries(
    facts: SeriesFacts,
    progress: SeriesProgress = { losses: () => [], resetS: () => [] },
  ): (columns: readonly Float64Array[], length: number) => void {
    const { device, clock, quantity, reading, averagingS, source } = facts;
    const writer = new SeriesWriter(
      this.#target,
      { device, clock, quantity, ...(reading !== undefined && { reading }), averagingS, source },
      progress,
      this.#parts.length,
      this.#groupRows,
    );
    this.#parts.push(writer);
    this.#series.push(writer);
    return (columns, length) => {
      const before = writer.buffered;
      writer.push(columns, length);
      this.#buffered += writer.buffered - before;
      if (this.#buffered > this.#bufferedRows) this.#writeLargest();
    };
  }

  /** Writes a whole series. */
  addSeries(series: PowerSeries): void {
    const push = this.beginSeries(series, {
      losses: () => series.dropped,
      resetS: () => series.quantity === "counter" ? [...series.resetS ?? []] : [],
    });
    push(columnsOf(series), series.timeS.length);
  }

  /** Writes a request log. */
  addRequests(log: RequestLog): void {
    this.#parts.push(requestsPart(this.#target, log, this.#parts.length, this.#groupRows));
  }

  /** Writes a set of windows. */
  addWindows(windows: Windows): void {
    this.#parts.push(windowsPart(this.#target, windows, this.#parts.length));
  }

  /** Writes a table of results. */
  addResults(table: ResultTable): void {
    this.#parts.push(resultsPart(this.#target, table, this.#parts.length));
  }

  /** What the source would bring, with all of it on disk, but not yet in the store. */
  finish(dropped: readonly Loss[] = [], notes: readonly string[] = []): StoreSource {
    const parts = this.#parts.map((part) => part instanceof SeriesWriter ? part.finish() : part);
    return { ...this.#target.source, dropped, notes, parts };
  }

  /**
   * Puts the source into the store.
   *
   * @param source What `finish` gave; by default it is called.
   * @return What the source brought.
   */
  commit(source: StoreSource = this.finish()): StoreSource {
    for (const path of this.#placed) {
      mkdirSync(dirname(join(this.#dir, path)), { recursive: true });
      renameSync(join(this.#partial, path), join(this.#dir, path));
    }
    writeSource(this.#dir, source);
    this.abort();
    return source;
  }

  /** Leaves no trace of what was not committed. */
  abort(): void {
    rmSync(this.#partial, { recursive: true, force: true });
  }

  /** Writes the longer half of the buffers, so that few row groups are short. */
  #writeLargest(): void {
    const bySize = this.#series.filter(({ buffered }) => buffered > 0).sort((a, b) =>
      b.buffered - a.buffered
    );
    for (const writer of bySize) {
      this.#buffered -= writer.buffered;
      writer.writeGroup();
      if (this.#buffered <= this.#bufferedRows / 2) break;
    }
  }
}
