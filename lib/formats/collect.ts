import type { Clock } from "../clock.ts";
import { LossCounter } from "../losses.ts";
import type { Device } from "../power/device.ts";
import type { PowerSeries, SampledPower } from "../power/series.ts";
import type { RequestLog } from "../requests/log.ts";
import type { Windows } from "../requests/windows.ts";
import type { ReadResult, ResultTable } from "./format.ts";
import { SeriesStats } from "./series_stats.ts";

const bufferLength = 1 << 14;
/** Shorter where another buffer follows: an input may have thousands of series. */
const sinkBufferLength = 1 << 10;

/** What a reader says of a series before its first reading. */
export interface SeriesSpec {
  /** The thing whose power is read. */
  readonly device: Device;
  /** What the times count from. */
  readonly clock: Clock;
  /** What the values are: watts, running joules, or joules since the reading before. */
  readonly quantity: PowerSeries["quantity"];
  /** For watts, what a reading means; by default not said. */
  readonly reading?: SampledPower["reading"];
  /** Averaging window of the sensor in seconds, where the source settles it. */
  readonly averagingS?: number;
  /** Column, event or field of the values, as the source spells it. */
  readonly column: string;
  /** Given when the values were worked out, not read from a sensor. */
  readonly basis?: "modelled";
  /** Whether times are written so coarsely that readings of one time are averaged, not dropped. */
  readonly coarseTime?: boolean;
  /** For a counter, the joules at which it starts over, where known: one of these. */
  readonly wrapsAtJ?: readonly number[];
}

/** Takes the readings of an input piece by piece, for what is too large to be kept. */
export interface SeriesSink {
  /** A series begins; it may turn out to have no reading. */
  begin(column: SeriesColumn): void;
  /** The next readings of a series. The arrays are used again after the call. */
  take(column: SeriesColumn, columns: readonly Float64Array[], length: number): void;
}

/** Takes the readings of one series, in the order of the input. */
export class SeriesColumn {
  /** What the reader said of it. */
  readonly spec: SeriesSpec;
  /** Readings left out. */
  readonly losses: LossCounter = new LossCounter();
  /** Statistics of the readings kept, of those that go elsewhere only their count; complete after `flush`. */
  readonly stats: SeriesStats = new SeriesStats();
  readonly #keep: boolean;
  readonly #sink: SeriesSink | null;
  readonly #counts: boolean;
  readonly #chunks: { time: Float64Array; value: Float64Array; duration: Float64Array | null }[] =
    [];
  #time: Float64Array;
  #value: Float64Array;
  #duration: Float64Array | null;
  #length = 0;
  #lastS = -Infinity;
  #totalJ = 0;
  #coveredS = 0;
  /** The least value that is taken: for a counter its last reading as written. */
  #floor = 0;
  /** Added to a counter's readings, after it started over. */
  #base = 0;
  /** A counter's reading below the last, until the next one tells a restart from a slip. */
  #dip:
    | { readonly timeS: number; readonly value: number; readonly line: number | undefined }
    | null = null;
  /** Times of the readings that follow a restart of the counter. */
  readonly #resetS: number[] = [];
  /** Readings averaged into the last one. */
  #merged = 1;

  /**
   * An empty column.
   *
   * @param spec What the reader says of it.
   * @param keep Whether readings are kept, or only their statistics.
   * @param sink Takes the readings, where they are to go elsewhere.
   */
  constructor(spec: SeriesSpec, keep: boolean, sink: SeriesSink | null = null) {
    this.spec = spec;
    this.#keep = keep;
    this.#sink = sink;
    sink?.begin(this);
    this.#counts = spec.quantity === "counter";
    // A log can name thousands of devices, so that an empty column must cost little.
    this.#time = new Float64Array(256);
    this.#value = new Float64Array(256);
    this.#duration = spec.quantity === "interval" ? new Float64Array(256) : null;
  }

  /**
   * Adds a reading. A time that does not follow the one before, a time or value that is not finite
   * and a negative value are left out and counted, and so is an interval whose length is not finite
   * and above 0.
   *
   * A counter that falls has started over when its next reading does not return to the old level:
   * it then goes on from where it was. The energy of that step is what the known range of the
   * counter says, or else it is not known and is a gap (`resetS`); either is counted among the losses.
   *
   * @param timeS Seconds; for an interval its end.
   * @param value Watts or joules.
   * @param line Line of the input, for the count of losses.
   * @param durationS For an interval, its length in seconds.
   */
  push(timeS: number, value: number, line?: number, durationS = NaN): void {
    if (!(timeS > this.#lastS && timeS < Infinity && value >= this.#floor && value < Infinity)) {
      this.#refuse(timeS, value, line);
      return;
    }
    if (this.#duration !== null && !(durationS > 0 && durationS < Infinity)) {
      this.losses.add("bad-duration", line, String(durationS));
      return;
    }
    if (this.#counts) this.#checkDip(value);
    this.#keepReading(timeS, value, durationS);
  }

  /**
   * Notes that a counter started over before the reading that is pushed next, where the readings were
   * levelled already.
   *
   * @param timeS Time of that reading.
   */
  startedOver(timeS: number): void {
    this.#resetS.push(timeS);
    if (this.#lastS > -Infinity) this.stats.unknownS += timeS - this.#lastS;
  }

  #keepReading(timeS: number, value: number, durationS: number): void {
    if (this.#length === this.#time.length) this.#makeRoom();
    const at = this.#length++;
    this.#time[at] = timeS;
    this.#value[at] = value + this.#base;
    if (this.#duration !== null) {
      this.#duration[at] = durationS;
      this.#totalJ += value;
      this.#coveredS += durationS;
    }
    this.#lastS = timeS;
    this.#merged = 1;
  }

  /** A counter's reading at or above the last one: a dip before it was a slip. */
  #checkDip(value: number): void {
    if (this.#dip !== null) {
      this.losses.add("counter-slip", this.#dip.line, String(this.#dip.value));
      this.#dip = null;
    }
    this.#floor = value;
  }

  /** A counter's reading below the last one. */
  #fall(timeS: number, value: number, line: number | undefined): void {
    const dip = this.#dip;
    if (dip === null || timeS <= dip.timeS || value < dip.value) {
      if (dip !== null) this.losses.add("counter-slip", dip.line, String(dip.value));
      this.#dip = { timeS, value, line };
      return;
    }
    const lastJ = this.#floor;
    const rangeJ = this.spec.wrapsAtJ?.find((range) =>
      lastJ <= range && range - lastJ + dip.value < 0.1 * range
    );
    this.#base += rangeJ ?? lastJ - dip.value;
    this.losses.add(
      rangeJ === undefined ? "counter-reset" : "counter-wrap",
      dip.line,
      `${lastJ} then ${dip.value}`,
    );
    if (rangeJ === undefined) this.startedOver(dip.timeS);
    this.#dip = null;
    this.#floor = value;
    this.#keepReading(dip.timeS, dip.value, NaN);
    this.#keepReading(timeS, value, NaN);
  }

  #refuse(timeS: number, value: number, line: number | undefined): void {
    if (
      this.#counts && timeS > this.#lastS && timeS < Infinity && value >= 0 && value < this.#floor
    ) {
      this.#fall(timeS, value, line);
      return;
    }
    if (
      this.spec.coarseTime === true && timeS === this.#lastS && value >= 0 && value < Infinity &&
      this.spec.quantity === "power" && this.#length > 0
    ) {
      const at = this.#length - 1;
      this.#merged++;
      this.#value[at]! += (value - this.#value[at]!) / this.#merged;
      this.losses.add("averaged-within-a-time", line, String(value));
      return;
    }
    const reason = !Number.isFinite(timeS)
      ? "bad-time"
      : timeS === this.#lastS
      ? "duplicate-time"
      : timeS < this.#lastS
      ? "time-goes-back"
      : value < 0
      ? this.spec.quantity === "power" ? "negative-power" : "negative-energy"
      : "not-a-number";
    this.losses.add(reason, line, reason === "bad-time" ? String(timeS) : String(value));
  }

  #makeRoom(): void {
    const longest = this.#sink === null ? bufferLength : sinkBufferLength;
    if (this.#time.length < longest) {
      const grow = (column: Float64Array): Float64Array => {
        const larger = new Float64Array(longest);
        larger.set(column);
        return larger;
      };
      this.#time = grow(this.#time);
      this.#value = grow(this.#value);
      if (this.#duration !== null) this.#duration = grow(this.#duration);
    } else {
      this.#store(this.spec.coarseTime === true ? 1 : 0);
    }
  }

  /** Moves what is buffered into the statistics and, where readings are kept, the chunks. */
  flush(): void {
    if (this.#dip !== null) {
      this.losses.add("counter-slip", this.#dip.line, String(this.#dip.value));
      this.#dip = null;
    }
    this.#store();
  }

  /** Empties the buffers but for the last readings, with which later ones may yet be averaged. */
  #store(held = 0): void {
    const length = this.#length - held;
    if (length <= 0) return;
    if (this.#sink === null) this.stats.add(this.#time, this.#value, length);
    else this.stats.samples += length;
    const columns = [this.#time, this.#value, ...(this.#duration === null ? [] : [this.#duration])];
    this.#sink?.take(this, columns, length);
    if (this.#keep) {
      this.#chunks.push({
        time: this.#time.slice(0, length),
        value: this.#value.slice(0, length),
        duration: this.#duration?.slice(0, length) ?? null,
      });
    }
    for (const column of columns) column.copyWithin(0, length, this.#length);
    this.#length = held;
  }

  /** Times of readings before which a counter started over. */
  get resetS(): readonly number[] {
    return this.#resetS;
  }

  /** Joules and seconds of the intervals pushed so far. */
  get intervals(): { readonly energyJ: number; readonly coveredS: number } {
    return { energyJ: this.#totalJ, coveredS: this.#coveredS };
  }

  /** The series, from the readings kept. */
  series(path: string, format: string): PowerSeries {
    this.flush();
    const { spec } = this;
    const base = {
      device: spec.device,
      clock: spec.clock,
      timeS: join(this.#chunks.map((chunk) => chunk.time)),
      averagingS: spec.averagingS ?? null,
      source: {
        path,
        format,
        column: spec.column,
        sourceClock: spec.clock,
        ...(spec.basis !== undefined && { basis: spec.basis }),
      },
      dropped: this.losses.list(),
    };
    const values = join(this.#chunks.map((chunk) => chunk.value));
    switch (spec.quantity) {
      case "power":
        return {
          ...base,
          quantity: "power",
          powerW: values,
          reading: spec.reading ?? "unspecified",
        };
      case "counter":
        return {
          ...base,
          quantity: "counter",
          energyJ: values,
          ...(this.#resetS.length > 0 && { resetS: Float64Array.from(this.#resetS) }),
        };
      case "interval":
        return {
          ...base,
          quantity: "interval",
          intervalJ: values,
          durationS: join(this.#chunks.map((chunk) => chunk.duration!)),
        };
    }
  }
}

function join(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Where a reader puts what it finds. */
export class Collector {
  /** Losses that belong to no one series or log. */
  readonly losses: LossCounter = new LossCounter();
  /** What the reader settled or noticed, one sentence each. */
  readonly notes: string[] = [];
  /** Request logs. */
  readonly requests: RequestLog[] = [];
  /** Named windows. */
  readonly windows: Windows[] = [];
  /** Summaries. */
  readonly results: ResultTable[] = [];
  readonly #columns = new Map<string, SeriesColumn>();
  readonly #keep: boolean;
  readonly #sink: SeriesSink | null;

  /**
   * An empty collector.
   *
   * @param options `keep: false` keeps only statistics of power readings, so that a trace of any
   *   length is summed up in bounded memory; a `sink` takes the readings in place of the collector,
   *   which still keeps all else.
   */
  constructor(
    options: { readonly keep: boolean } | { readonly sink: SeriesSink } = { keep: true },
  ) {
    this.#sink = "sink" in options ? options.sink : null;
    this.#keep = "keep" in options && options.keep;
  }

  /** Whether readings and token times are to be kept, or only what sums them up. */
  get keeps(): boolean {
    return this.#keep || this.#sink !== null;
  }

  /** The column of a device and source column, made at its first use. */
  column(spec: SeriesSpec): SeriesColumn {
    const key = `${spec.device.host ?? ""}\0${spec.device.id}\0${spec.column}`;
    let column = this.#columns.get(key);
    if (column === undefined) {
      column = new SeriesColumn(spec, this.#keep, this.#sink);
      this.#columns.set(key, column);
    }
    return column;
  }

  /** All columns so far, in the order of their first use. */
  columns(): SeriesColumn[] {
    return [...this.#columns.values()];
  }

  /** What was collected. */
  result(path: string, format: string): ReadResult {
    return {
      path,
      format,
      series: this.columns().map((column) => column.series(path, format)),
      requests: this.requests,
      windows: this.windows,
      results: this.results,
      dropped: this.losses.list(),
      notes: this.notes,
    };
  }
}
