import { AppendFile } from "./append_file.ts";
import { microseconds } from "./clock.ts";
import type { SeriesRecord } from "./records.ts";

/** Takes the readings of one sampler. */
export interface PowerSink {
  /** Says what a series is; to be called before its first reading, and any number of times after. */
  series(record: SeriesRecord): void;
  /** Adds a reading of watts or joules. */
  reading(series: string, timeS: number, value: number): void;
  /** Says that a reading was not to be had, and why, in kebab case. */
  missing(series: string, timeS: number, reason: string): void;
  /** Says what happened to the sampler: a code in kebab case and a sentence. */
  event(timeS: number, what: string, detail: string): void;
}

/** A power file of a run folder. The grammar is that of the format `joulebook-power`. */
export class PowerFile implements PowerSink {
  /** Readings so far. */
  readings = 0;
  /** Readings that were not to be had, by reason. */
  readonly gaps: Map<string, number> = new Map();
  /** Latest watts of each series, for the progress line. */
  readonly latestW: Map<string, number> = new Map();
  readonly #file: AppendFile;
  readonly #series = new Map<string, SeriesRecord>();
  readonly #last = new Map<string, { timeS: number; value: number }>();

  /** Opens or creates a file; `sampler` is kept in its head. */
  constructor(path: string, sampler: unknown) {
    this.#file = new AppendFile(path);
    if (this.#file.isEmpty) {
      this.#file.add("# joulebook-power 1");
      this.#file.add(`# sampler ${JSON.stringify(sampler)}`);
      this.#file.add("timeS,series,value,reason");
    } else {
      this.#file.add(`# sampler ${JSON.stringify(sampler)}`);
    }
  }

  series(record: SeriesRecord): void {
    if (this.#series.has(record.id)) return;
    this.#series.set(record.id, record);
    this.#file.add(`# series ${JSON.stringify(record)}`);
  }

  reading(series: string, timeS: number, value: number): void {
    if (!Number.isFinite(value)) {
      this.missing(series, timeS, "not-a-number");
      return;
    }
    this.readings++;
    this.#file.add(`${microseconds(timeS)},${series},${value},`);
    const record = this.#series.get(series);
    const last = this.#last.get(series);
    if (record?.quantity === "power") this.latestW.set(series, value);
    else if (last !== undefined && timeS > last.timeS && value >= last.value) {
      this.latestW.set(series, (value - last.value) / (timeS - last.timeS));
    }
    this.#last.set(series, { timeS, value });
  }

  missing(series: string, timeS: number, reason: string): void {
    this.gaps.set(reason, (this.gaps.get(reason) ?? 0) + 1);
    this.#file.add(`${microseconds(timeS)},${series},,${reason}`);
  }

  event(timeS: number, what: string, detail: string): void {
    this.gaps.set(what, (this.gaps.get(what) ?? 0) + 1);
    this.#file.add(`# event ${JSON.stringify({ atS: microseconds(timeS), what, detail })}`);
  }

  /** The series said so far. */
  get records(): readonly SeriesRecord[] {
    return [...this.#series.values()];
  }

  /** Hands everything to the system now. */
  flush(): void {
    this.#file.flush();
  }

  /** Flushes and closes. */
  close(): void {
    this.#file.close();
  }
}
