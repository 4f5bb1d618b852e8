import { medianStepS } from "../../power/integrate.ts";
import type { Loss } from "../../losses.ts";
import type { SeriesPart, Stored } from "../flat_parts.ts";
import { type ParquetColumn, ParquetFileWriter, type WrittenFile } from "../parquet_file_writer.ts";
import { seriesColumns } from "../series_columns.ts";
import { dayOf, hiveFolder, nextDayS, seriesFolder } from "./layout.ts";
import type { StoreFile, StorePart } from "./manifest.ts";

/** What a series says of itself, wherever its readings are. */
export type SeriesFacts = Omit<SeriesPart, "kind" | "from" | "to" | "dropped" | "resetS">;

/** What is known of a series only while it is read, from its beginning up to now. */
export interface SeriesProgress {
  /** What was left out. */
  losses(): readonly Loss[];
  /** Times of readings before which a counter started over. */
  resetS(): readonly number[];
}

/** Where the files of a source are written until all are whole. */
export interface StoreTarget {
  /** Makes the folder of a file that is to lie there in the end, and gives the path to write to. */
  place(path: string): string;
  /** What tells the source from others, and its own path and format. */
  readonly source: { readonly id: string; readonly path: string; readonly format: string };
}

function columnsFor(quantity: SeriesPart["quantity"]): ParquetColumn[] {
  return seriesColumns(quantity).map((name, i) => ({ name, type: i === 0 ? "time" : "double" }));
}

/** Writes one series of a source by days and row groups. */
export class SeriesWriter {
  readonly #target: StoreTarget;
  readonly #facts: SeriesFacts;
  readonly #progress: SeriesProgress;
  readonly #number: number;
  readonly #groupRows: number;
  readonly #files: StoreFile[] = [];
  /** Buffered readings: time, value, and for intervals their length. */
  #buffers: Float64Array[];
  #length = 0;
  #open: OpenFile | null = null;
  #lossesBefore: readonly Loss[] = [];

  /**
   * Begins a series; nothing is written yet.
   *
   * @param target Where its files go.
   * @param facts What it says of itself.
   * @param progress What is left out on the way.
   * @param number Its number among the parts of the source.
   * @param groupRows Rows of a row group.
   */
  constructor(
    target: StoreTarget,
    facts: SeriesFacts,
    progress: SeriesProgress,
    number: number,
    groupRows: number,
  ) {
    this.#target = target;
    this.#facts = facts;
    this.#progress = progress;
    this.#number = number;
    this.#groupRows = groupRows;
    this.#buffers = columnsFor(facts.quantity).map(() => new Float64Array(0));
  }

  /** Readings that are not written yet. */
  get buffered(): number {
    return this.#length;
  }

  /**
   * Takes the next readings; they are copied.
   *
   * @param columns Times in seconds, increasing; values; for intervals their lengths in seconds.
   * @param length How many of them count.
   */
  push(columns: readonly Float64Array[], length: number): void {
    const timeS = columns[0]!;
    const { clock } = this.#facts;
    for (let at = 0; at < length;) {
      const day = dayOf(timeS[at]!, clock);
      if (this.#open !== null && this.#open.day !== day) this.#finishFile();
      this.#open ??= { day, writer: null, rows: 0, startS: timeS[at]!, endS: NaN, stepS: null };
      const room = Math.min(length - at, this.#groupRows - this.#length);
      const end = day === null
        ? at + room
        : endOfDay(timeS, at, at + room, nextDayS(timeS[at]!, clock));
      this.#makeRoom(end - at);
      for (const [i, buffer] of this.#buffers.entries()) {
        buffer.set(columns[i]!.subarray(at, end), this.#length);
      }
      this.#length += end - at;
      at = end;
      if (this.#length === this.#groupRows) this.writeGroup();
    }
  }

  /** Writes what is buffered as a row group. */
  writeGroup(): void {
    const open = this.#open;
    if (open === null || this.#length === 0) return;
    const values = this.#buffers.map((buffer) => buffer.subarray(0, this.#length));
    const timeS = values[0]!;
    open.writer ??= new ParquetFileWriter(
      this.#target.place(this.#pathOf(open.day)),
      columnsFor(this.#facts.quantity),
    );
    open.writer.write(values);
    if (open.rows === 0) {
      const stepS = medianStepS(timeS);
      open.stepS = Number.isNaN(stepS) ? null : stepS;
    }
    open.rows += this.#length;
    open.endS = timeS.at(-1)!;
    this.#length = 0;
  }

  /**
   * Writes the rest.
   *
   * @return The series as a part of its source.
   */
  finish(): StorePart {
    this.#finishFile();
    this.#buffers = [];
    return {
      ...this.#part(this.#files.reduce((sum, { rows }) => sum + rows, 0)),
      dropped: this.#progress.losses(),
      ...resetsOf(this.#progress.resetS()),
      files: this.#files,
    };
  }

  #finishFile(): void {
    this.writeGroup();
    const open = this.#open;
    if (open === null || open.writer === null) return;
    const { path, format } = this.#target.source;
    const losses = this.#progress.losses();
    const metadata: Stored = {
      version: 1,
      path,
      format,
      dropped: [],
      notes: [],
      parts: [{
        ...this.#part(open.rows),
        dropped: lossesSince(this.#lossesBefore, losses),
        ...resetsOf(
          this.#progress.resetS().filter((at) => at >= open.startS && at <= open.endS),
        ),
      }],
    };
    const written: WrittenFile = open.writer.finish(JSON.stringify(metadata));
    this.#lossesBefore = losses;
    const { day, rows, startS, endS, stepS } = open;
    this.#files.push({ path: this.#pathOf(day), day, rows, startS, endS, stepS, ...written });
    this.#open = null;
  }

  #part(rows: number): Omit<SeriesPart, "dropped" | "resetS"> {
    return { kind: "series", from: 0, to: rows, ...this.#facts };
  }

  #pathOf(day: string | null): string {
    const { id } = this.#target.source;
    return `${seriesFolder(this.#facts)}/${hiveFolder("day", day)}/${id}-${this.#number}.parquet`;
  }

  #makeRoom(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#buffers[0]!.length) return;
    const size = Math.min(this.#groupRows, Math.max(1024, 2 ** Math.ceil(Math.log2(needed))));
    this.#buffers = this.#buffers.map((buffer) => {
      const larger = new Float64Array(size);
      larger.set(buffer.subarray(0, this.#length));
      return larger;
    });
  }
}

/** The file of the day that is being written. */
interface OpenFile {
  readonly day: string | null;
  writer: ParquetFileWriter | null;
  rows: number;
  readonly startS: number;
  endS: number;
  stepS: number | null;
}

/** Index after the last time before the next day begins. */
function endOfDay(timeS: Float64Array, from: number, to: number, nextS: number): number {
  if (timeS[to - 1]! < nextS) return to;
  let end = from + 1;
  while (timeS[end]! < nextS) end++;
  return end;
}

function resetsOf(resetS: readonly number[]): Pick<SeriesPart, "resetS"> {
  return resetS.length === 0 ? {} : { resetS };
}

/** What was lost after a moment, of all that was lost; each loss is told by its first file. */
function lossesSince(before: readonly Loss[], now: readonly Loss[]): Loss[] {
  return now.flatMap((loss) => {
    const earlier = before.find(({ reason }) => reason === loss.reason)?.count ?? 0;
    if (loss.count === earlier) return [];
    return [earlier === 0 ? loss : { reason: loss.reason, count: loss.count - earlier }];
  });
}
