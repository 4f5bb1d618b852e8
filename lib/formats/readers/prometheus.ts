import type { Clock } from "../../clock.ts";
import { InputError } from "../../errors.ts";
import type { Collector, SeriesColumn } from "../collect.ts";
import type { Format } from "../format.ts";
import { forEachBlock, type LineBlock } from "../lines.ts";
import { PollLog } from "../poll_log.ts";
import { type MetricRule, metricRule } from "../prometheus_rules.ts";
import { parseNumber } from "../scan.ts";
import { ctimeS } from "../time_cell.ts";
import { isoTime } from "../wall_clock.ts";

const comment = /^# (HELP|TYPE|UNIT) [a-zA-Z_:]/;
const sample = /^[a-zA-Z_:][\w:]*(\{.*\})? +[-+]?(\d|NaN|Inf|\.)/;

/**
 * The text that Prometheus exporters show: dcgm-exporter, node-exporter, AMD's, Kepler, Scaphandre.
 * Power and energy metrics are taken, by name or by the unit at the end of the name.
 *
 * A sample has a time only when the exporter wrote one. Otherwise scrapes kept one after another have
 * a time when a line before each gives it (`# 1700000000`, `# scrape 2024-05-01T12:00:00Z`) or the
 * host's clock is among the metrics (`node_time_seconds`); else they are results, not a series.
 */
export const format: Format = {
  id: "prometheus",
  title: "Prometheus text (dcgm-exporter, node-exporter and others)",
  kinds: ["power", "results"],
  writtenBy: "dcgm-exporter, node-exporter, amd-device-metrics-exporter, Kepler, Scaphandre",
  detect({ lines, binary }) {
    if (binary) return 0;
    const samples = lines.filter((line) => sample.test(line));
    const comments = lines.filter((line) => comment.test(line));
    if (
      samples.length === 0 || (comments.length === 0 && samples.length < 0.8 * lines.length - 1)
    ) {
      return 0;
    }
    const measured = samples.some((line) => metricRule(/^[\w:]+/.exec(line)![0]) !== null);
    return measured ? 3 : comments.length > 0 ? 2 : 1;
  },
  async read(source, into, { intervalS }) {
    const scrapes = new Scrapes(into, intervalS);
    await forEachBlock(source, (block) => scrapes.read(block));
    scrapes.finish();
    if (scrapes.samples === 0) {
      throw new InputError({
        code: "refused",
        path: source.path,
        problem: `none of its ${scrapes.metrics} metrics is a power or an energy`,
        expected: "DCGM_FI_DEV_POWER_USAGE, node_rapl_package_joules_total, ..._watts, ...",
        advice: "enable the exporter's power metrics and scrape again",
      });
    }
  },
};

/** A metric by name. */
interface Metric {
  readonly name: Uint8Array;
  /** What it measures: null when nothing of interest. */
  readonly rule: MetricRule | null;
  /** Whether it is the host's clock. */
  readonly isClock: boolean;
  /** Whether it is no metric but the weekday of a date, as `date` prints it. */
  readonly isDate: boolean;
}

/** A metric with its labels. */
interface Line {
  /** Bytes of name and labels. */
  readonly key: Uint8Array;
  readonly metric: Metric;
  readonly spec: Omit<SeriesColumn["spec"], "clock">;
  /** What identifies the series that it feeds: labels such as a pod do not. */
  readonly target: Target;
  /** Last scrape in which it came. */
  scrape: number;
}

interface Target {
  column: SeriesColumn | null;
  /** Last scrape that fed it, and with what. */
  scrape: number;
  value: number;
}

class Scrapes {
  /** Samples of power and energy. */
  samples = 0;
  readonly #into: Collector;
  readonly #polls: PollLog;
  readonly #metrics: Metric[] = [];
  readonly #metricByName = new Map<string, Metric>();
  readonly #lines: Line[] = [];
  readonly #lineByKey = new Map<string, Line>();
  readonly #targets = new Map<string, Target>();
  readonly #decoder = new TextDecoder();
  /** Metric and line of the sample before: the next one usually follows in the same order. */
  #metricAt = -1;
  #lineAt = -1;
  #scrape = 0;
  #timeS = NaN;
  #clock: Clock = "epoch";
  #usedClock: Clock | null = null;
  #untimed = false;
  readonly #held: { line: Line; value: number; at: number }[] = [];
  #heldLength = 0;

  constructor(into: Collector, intervalS: number | undefined) {
    this.#into = into;
    this.#polls = new PollLog(into, intervalS);
  }

  /** How many metrics there were. */
  get metrics(): number {
    return this.#metrics.length;
  }

  read({ bytes, start, end, firstLine, unterminated }: LineBlock): number {
    let line = firstLine;
    for (let from = start; from < end; line++) {
      const feed = bytes.indexOf(10, from);
      const stop = feed === -1 || feed >= end ? end : feed;
      const first = bytes[from]!;
      if (first === 35) this.#comment(bytes, from, stop);
      else if (first >= 48 && first <= 57) this.#mark(this.#text(bytes, from, stop));
      else if (first > 32) this.#sample(bytes, from, stop, line, stop === end && unterminated);
      from = stop + 1;
    }
    return line - firstLine;
  }

  finish(): void {
    this.#endScrape();
    if (this.#untimed) {
      this.#polls.finish("write the time of each scrape before it, or give --interval");
    }
  }

  #text(bytes: Uint8Array, from: number, to: number): string {
    return this.#decoder.decode(bytes.subarray(from, to)).trim();
  }

  #comment(bytes: Uint8Array, from: number, to: number): void {
    const third = bytes[from + 2];
    // `# HELP`, `# TYPE` and `# UNIT` are by far the most.
    if (bytes[from + 6] === 32 && (third === 72 || third === 84 || third === 85)) return;
    const text = this.#text(bytes, from + 1, to);
    if (text === "EOF") this.#endScrape();
    else this.#mark(text.replace(/^[a-z_ ]*[:=]?\s*/i, ""));
  }

  /** A line that may say when the scrape below it was made. */
  #mark(text: string): void {
    const number = /^\d{10}(\.\d+)?$/.test(text)
      ? Number(text)
      : /^\d{13}$/.test(text)
      ? Number(text) / 1000
      : NaN;
    const dated = ctimeS(text.replace(/ (UTC|GMT) (\d{4})$/, " $2"));
    const iso = !Number.isNaN(number)
      ? { timeS: number, zoned: true }
      : !Number.isNaN(dated)
      ? { timeS: dated, zoned: / (UTC|GMT) /.test(text) }
      : isoTime(text);
    if (iso === null) return;
    this.#endScrape();
    this.#timeS = iso.timeS;
    this.#clock = iso.zoned ? "epoch" : "local";
  }

  #sample(bytes: Uint8Array, from: number, to: number, line: number, cut: boolean): void {
    const metric = this.#metricOf(bytes, from, to);
    if (metric.rule === null && !metric.isClock) {
      if (metric.isDate) this.#mark(this.#text(bytes, from, to));
      return;
    }
    const known = metric.isClock ? null : this.#lineOf(bytes, from, to, metric);
    const keyLength = known === null ? this.#keyEnd(bytes, from, to) - from : known.key.length;
    let at = from + keyLength;
    while (at < to && bytes[at] === 32) at++;
    let valueEnd = at;
    while (valueEnd < to && bytes[valueEnd]! > 32) valueEnd++;
    const value = parseNumber(bytes, at, valueEnd);
    if (cut || keyLength === 0 || valueEnd === at) {
      this.#into.losses.add(
        cut ? "truncated-row" : "malformed-row",
        line,
        this.#text(bytes, from, to),
      );
      return;
    }
    if (known === null) {
      // The host's own clock; a time written before the scrape is as good, and came first.
      if (Number.isNaN(this.#timeS) && value > 1e9 && value < 4.2e9) {
        this.#timeS = value;
        this.#clock = "epoch";
      }
      return;
    }
    this.samples++;
    const watts = value * metric.rule!.scale;
    let timeAt = valueEnd;
    while (timeAt < to && bytes[timeAt]! <= 32) timeAt++;
    if (timeAt < to && bytes[timeAt] !== 35) {
      let timeEnd = timeAt;
      while (timeEnd < to && bytes[timeEnd]! > 32) timeEnd++;
      const stamp = parseNumber(bytes, timeAt, timeEnd);
      // Prometheus writes milliseconds, OpenMetrics seconds.
      this.#push(known, stamp > 1e11 ? stamp / 1000 : stamp, "epoch", watts, line);
      return;
    }
    if (known.scrape === this.#scrape) this.#endScrape();
    known.scrape = this.#scrape;
    const held = this.#held[this.#heldLength];
    if (held === undefined) this.#held.push({ line: known, value: watts, at: line });
    else {
      held.line = known;
      held.value = watts;
      held.at = line;
    }
    this.#heldLength++;
  }

  #endScrape(): void {
    for (let i = 0; i < this.#heldLength; i++) {
      const { line, value, at } = this.#held[i]!;
      const { target } = line;
      if (target.scrape === this.#scrape) {
        // One device under several labels: pods that share it, or instances of it.
        this.#into.losses.add(
          Object.is(target.value, value) ? "repeated-label-set" : "other-label-set",
          at,
          this.#decoder.decode(line.key),
        );
        continue;
      }
      target.scrape = this.#scrape;
      target.value = value;
      if (!Number.isNaN(this.#timeS)) this.#push(line, this.#timeS, this.#clock, value, at);
      else if (Number.isNaN(value)) this.#into.losses.add("not-available", at);
      else {
        this.#untimed = true;
        this.#polls.add(line.spec, value, at, { poll: this.#scrape });
      }
    }
    if (this.#heldLength > 0) this.#scrape++;
    this.#heldLength = 0;
    this.#timeS = NaN;
  }

  #push(line: Line, timeS: number, clock: Clock, value: number, at: number): void {
    this.#usedClock ??= clock;
    if (clock !== this.#usedClock) {
      this.#into.losses.add("other-clock", at);
      return;
    }
    line.target.column ??= this.#into.column({ ...line.spec, clock });
    line.target.column.push(timeS, value, at);
  }

  #metricOf(bytes: Uint8Array, from: number, to: number): Metric {
    const metrics = this.#metrics;
    const before = this.#metricAt;
    if (before >= 0 && isName(bytes, from, to, metrics[before]!.name)) return metrics[before]!;
    const next = before + 1 < metrics.length ? before + 1 : 0;
    if (next < metrics.length && isName(bytes, from, to, metrics[next]!.name)) {
      this.#metricAt = next;
      return metrics[next]!;
    }
    let end = from;
    while (end < to && bytes[end] !== 123 && bytes[end]! > 32) end++;
    const name = this.#decoder.decode(bytes.subarray(from, end));
    let metric = this.#metricByName.get(name);
    if (metric === undefined) {
      metric = {
        name: bytes.slice(from, end),
        rule: metricRule(name),
        isClock: name === "node_time_seconds",
        isDate: /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)$/.test(name),
      };
      this.#metricByName.set(name, metric);
      metrics.push(metric);
      this.#metricAt = metrics.length - 1;
    } else {
      this.#metricAt = metrics.indexOf(metric);
    }
    return metric;
  }

  #lineOf(bytes: Uint8Array, from: number, to: number, metric: Metric): Line {
    const lines = this.#lines;
    const next = this.#lineAt + 1 < lines.length ? this.#lineAt + 1 : 0;
    if (
      next < lines.length && startsWith(bytes, from, to, lines[next]!.key) &&
      bytes[from + lines[next]!.key.length] === 32
    ) {
      this.#lineAt = next;
      return lines[next]!;
    }
    const end = this.#keyEnd(bytes, from, to);
    const key = this.#decoder.decode(bytes.subarray(from, end));
    let line = this.#lineByKey.get(key);
    if (line === undefined) {
      const rule = metric.rule!;
      const device = rule.device(labelsOf(key));
      const column = this.#decoder.decode(metric.name);
      const id = `${device.host ?? ""}\0${device.id}\0${column}`;
      let target = this.#targets.get(id);
      if (target === undefined) {
        target = { column: null, scrape: -1, value: NaN };
        this.#targets.set(id, target);
      }
      line = {
        key: bytes.slice(from, end),
        metric,
        target,
        scrape: -1,
        spec: {
          device,
          quantity: rule.quantity,
          reading: rule.reading,
          column,
          ...(rule.wrapsAtJ !== undefined && { wrapsAtJ: rule.wrapsAtJ }),
        },
      };
      this.#lineByKey.set(key, line);
      lines.push(line);
      this.#lineAt = lines.length - 1;
    } else {
      this.#lineAt = lines.indexOf(line);
    }
    return line;
  }

  /** Index after the labels of a sample: a brace within a quoted value does not close them. */
  #keyEnd(bytes: Uint8Array, from: number, to: number): number {
    let quoted = false;
    let open = false;
    for (let at = from; at < to; at++) {
      const byte = bytes[at]!;
      if (quoted) {
        if (byte === 92) at++;
        else if (byte === 34) quoted = false;
      } else if (byte === 34) quoted = true;
      else if (byte === 123) open = true;
      else if (byte === 125) return at + 1;
      else if (byte === 32 && !open) return at;
    }
    return from;
  }
}

/** Whether a line begins with a metric's name, and the name ends there. */
function isName(bytes: Uint8Array, from: number, to: number, name: Uint8Array): boolean {
  const length = name.length;
  if (to - from <= length) return false;
  const after = bytes[from + length]!;
  return (after === 123 || after === 32) && startsWith(bytes, from, to, name);
}

function startsWith(bytes: Uint8Array, from: number, to: number, key: Uint8Array): boolean {
  const length = key.length;
  if (length === 0 || to - from <= length) return false;
  // Lines differ in their labels, towards the end.
  for (let i = length - 1; i >= 0; i--) if (bytes[from + i] !== key[i]) return false;
  return true;
}

function labelsOf(key: string): Map<string, string> {
  const labels = new Map<string, string>();
  for (const [, name, value] of key.matchAll(/([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"/g)) {
    labels.set(name!, value!.replace(/\\(.)/g, (_all, c: string) => c === "n" ? "\n" : c));
  }
  return labels;
}
