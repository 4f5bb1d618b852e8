import { InputError } from "../../errors.ts";
import type { Device } from "../../power/device.ts";
import type { SampledPower } from "../../power/series.ts";
import type { Collector, SeriesColumn } from "../collect.ts";
import type { Format } from "../format.ts";
import { forEachBlock } from "../lines.ts";
import { parseNumber, parseTimeOfDay, secondsOfDate } from "../scan.ts";
import type { ByteSource } from "../source.ts";
import { sentinelReason } from "../units.ts";

/**
 * `nvidia-smi --query-gpu=... --format=csv[,nounits][,noheader]`.
 *
 * The header names each column and, in brackets, its unit; cells repeat the unit unless `nounits`
 * was asked for. Times are the host's wall clock without a zone. Columns are found by name, and
 * without a header by the form of their cells.
 */
export const format: Format = {
  id: "nvidia-smi-query",
  title: "nvidia-smi query CSV",
  kinds: ["power"],
  writtenBy: "nvidia-smi --query-gpu --format=csv",
  detect({ lines, binary }) {
    const first = lines.find((line) => line.trim() !== "");
    if (binary || first === undefined) return 0;
    const names = first.split(",").map((cell) => nameOf(cell));
    if (names.some((name) => powerColumns.has(name))) return names.includes("timestamp") ? 3 : 2;
    if (names.some((name) => typicalColumns.has(name)) && names.length > 1) return 2;
    return /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d\.\d{3}, ?/.test(first) &&
        /, ?\d+\.\d+ W\s*(,|$)/.test(first)
      ? 3
      : 0;
  },
  read: readQuery,
};

/** Power columns by name: what a reading means. The first row of each pair of aliases is newer. */
const powerColumns: ReadonlyMap<string, PowerColumn> = new Map<string, PowerColumn>([
  ["power.draw", { reading: "unspecified" }],
  ["power.draw.instant", { reading: "instant" }],
  ["gpu.power.draw.instant", { reading: "instant" }],
  ["power.draw.average", { reading: "average", averagingS: 1 }],
  ["gpu.power.draw.average", { reading: "average", averagingS: 1 }],
  ["module.power.draw.instant", { reading: "instant", module: true }],
  ["module.power.draw.average", { reading: "average", averagingS: 1, module: true }],
]);

/** Columns that no other tool names like this. */
const typicalColumns: ReadonlySet<string> = new Set([
  "utilization.gpu",
  "utilization.memory",
  "memory.used",
  "temperature.gpu",
  "clocks.sm",
  "clocks.current.sm",
  "pci.bus_id",
  "driver_model.current",
]);

/** Columns that tell GPUs apart, best first. */
const deviceColumns = ["index", "uuid", "gpu_uuid", "pci.bus_id", "gpu_bus_id", "serial"] as const;

interface PowerColumn {
  readonly reading: SampledPower["reading"];
  readonly averagingS?: number;
  readonly module?: true;
}

interface Layout {
  /** Number of columns. */
  readonly width: number;
  readonly time: number;
  /** Column that tells GPUs apart; -1 when there is none. */
  readonly device: number;
  readonly uuid: number;
  readonly name: number;
  /** Power columns, left to right. */
  readonly power: readonly { readonly column: number; readonly name: string }[];
  readonly hasHeader: boolean;
}

const recordAgain =
  "record again with --query-gpu=timestamp,index,uuid,power.draw, or one file a GPU with --id";

const comma = 44;
const lineFeed = 10;
const space = 32;

function nameOf(cell: string): string {
  return cell.replace(/\[.*$/, "").replace(/^\uFEFF/, "").trim().toLowerCase();
}

async function readQuery(source: ByteSource, into: Collector): Promise<void> {
  let rows: RowReader | null = null;
  await forEachBlock(source, (block) => {
    let from = block.start;
    let line = 0;
    while (rows === null && from < block.end) {
      const stop = lineEnd(block.bytes, from, block.end);
      const text = new TextDecoder().decode(block.bytes.subarray(from, stop)).trim();
      if (text !== "") {
        const layout = layoutOf(text, source.path, block.firstLine + line);
        rows = new RowReader(layout, source.path, into);
        if (!layout.hasHeader) break;
      }
      from = stop + 1;
      line++;
    }
    return line +
      (rows?.read(block.bytes, from, block.end, block.firstLine + line, block.unterminated) ?? 0);
  });
  if (rows === null) {
    throw new InputError({
      code: "empty",
      path: source.path,
      problem: "there is neither a header nor a row",
      advice: "record it again; nvidia-smi may have been stopped before its first reading",
    });
  }
  (rows as RowReader).finish();
}

function lineEnd(bytes: Uint8Array, from: number, end: number): number {
  const feed = bytes.indexOf(lineFeed, from);
  return feed === -1 || feed >= end ? end : feed;
}

/** Finds the columns from the header, or without one from the first row. */
function layoutOf(text: string, path: string, line: number): Layout {
  const cells = text.split(",").map((cell) => cell.trim());
  const names = cells.map(nameOf);
  const hasHeader = names.some((name) => powerColumns.has(name) || typicalColumns.has(name));
  const refuse = (problem: string, expected: string, advice: string): InputError =>
    new InputError({ code: "refused", path, line, problem, expected, found: text, advice });
  if (!hasHeader) {
    const power = cells.flatMap((cell, column) =>
      /^\d+\.\d+ W$/.test(cell) ? [{ column, name: "power.draw" }] : []
    );
    if (power.length !== 1) {
      throw refuse(
        `without a header, ${power.length} columns could be the power`,
        "one column in W",
        "record with a header, or give a column mapping",
      );
    }
    return {
      width: cells.length,
      time: cells.findIndex((cell) => /^\d{4}\/\d\d\/\d\d /.test(cell)),
      device: cells.findIndex((cell) => /^(GPU|MIG)-[0-9a-f-]+$/i.test(cell)),
      uuid: -1,
      name: -1,
      power,
      hasHeader,
    };
  }
  const time = names.indexOf("timestamp");
  const power = names.flatMap((name, column) => powerColumns.has(name) ? [{ column, name }] : []);
  if (power.length === 0) {
    throw refuse(
      "there is no power column",
      "power.draw, power.draw.instant or power.draw.average",
      "record again with --query-gpu=timestamp,index,uuid,power.draw.instant,power.draw",
    );
  }
  if (time === -1) {
    throw refuse(
      "there is no time column",
      "a column named timestamp",
      "record again with --query-gpu=timestamp,...; the order of rows does not say when they were taken",
    );
  }
  for (const { column, name } of power) {
    const unit = /\[(.*)\]/.exec(cells[column]!)?.[1];
    if (unit !== undefined && unit !== "W") {
      throw new InputError({
        code: "refused",
        path,
        line,
        column: column + 1,
        problem: `the header gives ${name} in another unit`,
        expected: "[W]",
        found: cells[column]!,
        advice: "give a column mapping with the true unit",
      });
    }
  }
  return {
    width: cells.length,
    time,
    device: deviceColumns.map((name) => names.indexOf(name)).find((column) => column !== -1) ?? -1,
    uuid: names.findIndex((name) => name === "uuid" || name === "gpu_uuid"),
    name: names.findIndex((name) => name === "name" || name === "gpu_name"),
    power,
    hasHeader,
  };
}

/** The series of one GPU. */
interface Gpu {
  /** Bytes of the cell that names it. */
  readonly key: Uint8Array;
  readonly columns: readonly SeriesColumn[];
}

/** Reads rows of a known layout, a block at a time. */
class RowReader {
  readonly #layout: Layout;
  readonly #path: string;
  readonly #into: Collector;
  /** Start of each cell of the current row, and the end of the last. */
  readonly #cells: Int32Array;
  readonly #powerColumns: Int32Array;
  readonly #gpus: Gpu[] = [];
  /** GPU of the row before: with several, rows go round. */
  #at = 0;
  /** The minute of the row before as written, and its seconds. */
  readonly #minute = new Uint8Array(16);
  #minuteS = NaN;

  constructor(layout: Layout, path: string, into: Collector) {
    this.#layout = layout;
    this.#path = path;
    this.#into = into;
    this.#cells = new Int32Array(layout.width + 1);
    this.#powerColumns = Int32Array.from(layout.power, ({ column }) => column);
  }

  /** Reads rows from `from` to `end`; returns their number. */
  read(
    bytes: Uint8Array,
    from: number,
    end: number,
    firstLine: number,
    unterminated: boolean,
  ): number {
    const cells = this.#cells;
    const { width, time, device } = this.#layout;
    const powers = this.#powerColumns;
    const powerCount = powers.length;
    let line = firstLine;
    while (from < end) {
      let count = 0;
      let at = from;
      cells[0] = from;
      for (; at < end; at++) {
        const byte = bytes[at]!;
        if (byte > comma) continue;
        if (byte === comma) {
          count++;
          if (count < width) cells[count] = at + 1;
        } else if (byte === lineFeed) break;
      }
      const isLast = at >= end && unterminated;
      if (count + 1 !== width) {
        this.#oddRow(bytes, from, at, line, isLast);
      } else {
        cells[width] = at + 1;
        const timeS = this.#timeOf(bytes, cells[time]!, cells[time + 1]! - 1);
        if (timeS !== timeS) {
          this.#oddRow(bytes, from, at, line, isLast);
        } else {
          const gpu = device === -1 ? this.#onlyGpu() : this.#gpuOf(bytes);
          for (let k = 0; k < powerCount; k++) {
            const column = powers[k]!;
            const start = cells[column]!;
            const stop = cells[column + 1]! - 1;
            const powerW = parseWatts(bytes, start, stop);
            if (powerW !== powerW || (isLast && column === width - 1)) {
              this.#noPower(
                gpu.columns[k]!,
                bytes,
                start,
                stop,
                line,
                isLast && column === width - 1,
              );
            } else {
              gpu.columns[k]!.push(timeS, powerW, line);
            }
          }
        }
      }
      from = at + 1;
      line++;
    }
    return line - firstLine;
  }

  /** Checks what only the whole input shows. */
  finish(): void {
    if (this.#layout.device !== -1) return;
    for (const column of this.#into.columns()) {
      column.flush();
      const { stats } = column;
      const shared = column.losses.count("duplicate-time");
      if (shared > 0.3 * stats.samples) {
        throw new InputError({
          code: "refused",
          path: this.#path,
          problem: `${shared} rows have the time of the row before, for ${stats.samples} times: ` +
            "several GPUs, and no column tells them apart",
          expected: "an index, uuid or pci.bus_id column",
          advice: recordAgain,
        });
      }
      const steps = stats.samples - 1;
      const usualS = stats.stepQuantileS(0.9);
      const short = stats.stepsBelow(usualS / 5);
      if (steps >= 8 && short > 0.3 * steps) {
        throw new InputError({
          code: "refused",
          path: this.#path,
          problem: `rows come in bursts (${Math.round(100 * short / steps)} % of the steps are ` +
            `under ${(usualS / 5).toPrecision(2)} s, the longer ones about ` +
            `${usualS.toPrecision(2)} s): several GPUs, and no column tells them apart`,
          expected: "an index, uuid or pci.bus_id column",
          advice: recordAgain,
        });
      }
    }
  }

  #timeOf(bytes: Uint8Array, from: number, to: number): number {
    while (from < to && bytes[from] === space) from++;
    while (to > from && bytes[to - 1]! <= space) to--;
    // YYYY/MM/DD HH:MM:SS.mmm; the first sixteen bytes change once a minute.
    if (to - from < 19) return NaN;
    const minute = this.#minute;
    let same = true;
    for (let i = 15; i >= 0; i--) {
      if (bytes[from + i] !== minute[i]) {
        same = false;
        break;
      }
    }
    if (!same) {
      const text = String.fromCharCode(...bytes.subarray(from, from + 10));
      const date = /^(\d{4})[/-](\d\d)[/-](\d\d)$/.exec(text);
      if (date === null || bytes[from + 10] !== space) return NaN;
      const dateS = secondsOfDate(Number(date[1]), Number(date[2]), Number(date[3]));
      const clockS = parseTimeOfDay(bytes, from + 11, from + 19);
      if (Number.isNaN(dateS + clockS)) return NaN;
      minute.set(bytes.subarray(from, from + 16));
      this.#minuteS = dateS + clockS - clockS % 60;
    }
    const tens = bytes[from + 17]! - 48;
    const ones = bytes[from + 18]! - 48;
    if (bytes[from + 16] !== 58 || !(tens >= 0 && tens <= 6 && ones >= 0 && ones <= 9)) return NaN;
    let fraction = 0;
    let scale = 1;
    if (to - from > 19) {
      if (bytes[from + 19] !== 46 || to - from === 20 || to - from > 29) return NaN;
      for (let i = from + 20; i < to; i++) {
        const digit = bytes[i]! - 48;
        if (digit < 0 || digit > 9) return NaN;
        fraction = fraction * 10 + digit;
        scale *= 10;
      }
    }
    return this.#minuteS + tens * 10 + ones + fraction / scale;
  }

  #onlyGpu(): Gpu {
    return this.#gpus[0] ?? this.#newGpu(new Uint8Array(0), "gpu0", {});
  }

  #gpuOf(bytes: Uint8Array): Gpu {
    let from = this.#cells[this.#layout.device]!;
    let to = this.#cells[this.#layout.device + 1]! - 1;
    while (from < to && bytes[from] === space) from++;
    while (to > from && bytes[to - 1]! <= space) to--;
    const gpus = this.#gpus;
    for (let tries = 0, at = this.#at + 1; tries < gpus.length; tries++, at++) {
      if (at >= gpus.length) at = 0;
      const { key } = gpus[at]!;
      if (key.length !== to - from) continue;
      let i = 0;
      while (i < key.length && key[i] === bytes[from + i]) i++;
      if (i === key.length) {
        this.#at = at;
        return gpus[at]!;
      }
    }
    const text = (column: number): string | undefined =>
      column === -1 ? undefined : new TextDecoder().decode(
        bytes.subarray(this.#cells[column]!, this.#cells[column + 1]! - 1),
      ).trim();
    const label = new TextDecoder().decode(bytes.subarray(from, to));
    const uuid = text(this.#layout.uuid);
    const name = text(this.#layout.name);
    this.#at = gpus.length;
    return this.#newGpu(bytes.slice(from, to), /^\d+$/.test(label) ? `gpu${label}` : label, {
      ...(uuid !== undefined && { uuid }),
      ...(name !== undefined && { name }),
    });
  }

  #newGpu(key: Uint8Array, id: string, facts: Pick<Device, "uuid" | "name">): Gpu {
    const columns = this.#layout.power.map(({ name }) => {
      const { reading, averagingS, module } = powerColumns.get(name)!;
      return this.#into.column({
        // The module of a Grace superchip has the processor and its memory on board.
        device: { kind: module ? "soc" : "gpu", id: module ? `module-${id}` : id, ...facts },
        clock: "local",
        quantity: "power",
        reading,
        ...(averagingS !== undefined && { averagingS }),
        column: name,
      });
    });
    const gpu = { key, columns };
    this.#gpus.push(gpu);
    return gpu;
  }

  #noPower(
    column: SeriesColumn,
    bytes: Uint8Array,
    from: number,
    to: number,
    line: number,
    cut: boolean,
  ): void {
    const text = new TextDecoder().decode(bytes.subarray(from, to)).trim();
    if (cut) {
      // Its unit shows that the last cell of a file is whole.
      const powerW = /^\d+\.\d+ W$/.test(text) ? Number(text.slice(0, -2)) : NaN;
      if (powerW >= 0) {
        column.push(
          this.#timeOf(
            bytes,
            this.#cells[this.#layout.time]!,
            this.#cells[this.#layout.time + 1]! - 1,
          ),
          powerW,
          line,
        );
        return;
      }
    }
    column.losses.add(cut ? "truncated-row" : sentinelReason(text), line, text);
  }

  #oddRow(bytes: Uint8Array, from: number, to: number, line: number, isLast: boolean): void {
    const text = new TextDecoder().decode(bytes.subarray(from, to)).trim();
    if (text === "") return;
    this.#into.losses.add(
      isLast
        ? "truncated-row"
        : nameOf(text.split(",")[this.#layout.time] ?? "") === "timestamp"
        ? "repeated-header"
        : text.split(",").length === this.#layout.width
        ? "bad-time"
        : "wrong-field-count",
      line,
      text,
    );
  }
}

/** Watts of a cell such as ` 25.09 W` or `82.78`; NaN when it is anything else. */
function parseWatts(bytes: Uint8Array, from: number, to: number): number {
  while (to > from && bytes[to - 1]! <= space) to--;
  // The unit, after a space.
  if (to - from > 2 && bytes[to - 1] === 87 && bytes[to - 2] === space) to -= 2;
  return parseNumber(bytes, from, to);
}
