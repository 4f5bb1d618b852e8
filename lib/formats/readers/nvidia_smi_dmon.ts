import { InputError } from "../../errors.ts";
import type { Device } from "../../power/device.ts";
import type { Collector, SeriesColumn } from "../collect.ts";
import type { Format, ReadOptions } from "../format.ts";
import { forEachBlock } from "../lines.ts";
import { PollLog } from "../poll_log.ts";
import { parseNumber, parseTimeOfDay, secondsOfDate } from "../scan.ts";
import type { ByteSource } from "../source.ts";
import { sentinelReason } from "../units.ts";

/**
 * `nvidia-smi dmon`: a line of names and a line of units, both behind `#` and repeated in long runs,
 * then a row for each GPU, in columns or separated by commas. Only `-o D` and `-o T` give a date and
 * a time, of the host's wall clock to the second; without them rows are polls.
 */
export const format: Format = {
  id: "nvidia-smi-dmon",
  title: "nvidia-smi dmon",
  kinds: ["power", "results"],
  writtenBy: "nvidia-smi dmon [-o DT] [--format csv]",
  detect({ lines }) {
    const names = lines.map(namesOf).find((cells) => cells !== null && cells.includes("gpu"));
    if (names === undefined || names === null || names.includes("pid")) return 0;
    return names.includes("pwr") || names.includes("sm") || names.includes("gtemp") ? 3 : 0;
  },
  read: readDmon,
};

/** Names or units of a header line in lower case; null when it is none. */
function namesOf(line: string): string[] | null {
  const match = /^\s*#\s*(.*?)[\s,]*$/s.exec(line);
  return match === null ? null : match[1]!.toLowerCase().split(/[\s,]+/);
}

interface Layout {
  readonly width: number;
  readonly gpu: number;
  readonly power: number;
  readonly date: number;
  readonly time: number;
  /** Unit of the power column, once its line was read. */
  unit: string | null;
}

interface Gpu {
  /** Its index as written. */
  readonly key: Uint8Array;
  readonly device: Device;
  column: SeriesColumn | null;
}

async function readDmon(source: ByteSource, into: Collector, options: ReadOptions): Promise<void> {
  let layout: Layout | null = null;
  const polls = new PollLog(into, options.intervalS);
  const gpus: Gpu[] = [];
  let at = -1;
  const gpuOf = (bytes: Uint8Array, from: number, to: number): Gpu => {
    for (let tries = 0; tries < gpus.length; tries++) {
      at = at + 1 < gpus.length ? at + 1 : 0;
      const { key } = gpus[at]!;
      let i = key.length === to - from ? 0 : -1;
      while (i >= 0 && i < key.length && key[i] === bytes[from + i]) i++;
      if (i === key.length) return gpus[at]!;
    }
    const id = `gpu${decoder.decode(bytes.subarray(from, to))}`;
    gpus.push({ key: bytes.slice(from, to), device: { kind: "gpu", id }, column: null });
    at = gpus.length - 1;
    return gpus[at]!;
  };
  const starts = new Int32Array(64);
  const stops = new Int32Array(64);
  const decoder = new TextDecoder();
  let timed = false;
  let untimed = false;
  let dateKnown = new Uint8Array(0);
  let dateS = 0;
  let lastS = -Infinity;
  let firstS = NaN;
  await forEachBlock(source, ({ bytes, start, end, firstLine, unterminated }) => {
    let line = firstLine;
    for (let from = start; from < end; line++) {
      let count = 0;
      let at = from;
      let inside = false;
      for (; at < end; at++) {
        const byte = bytes[at]!;
        if (byte > 32 && byte !== 44) {
          if (!inside) {
            inside = true;
            if (count < 64) starts[count] = at;
          }
        } else {
          if (inside) {
            inside = false;
            if (count < 64) stops[count] = at;
            count++;
          }
          if (byte === 10) break;
        }
      }
      if (inside) {
        if (count < 64) stops[count] = at;
        count++;
      }
      const cut = at >= end && unterminated;
      const lineStart = from;
      from = at + 1;
      if (count === 0) continue;
      if (bytes[starts[0]!] === 35) {
        const text = decoder.decode(bytes.subarray(lineStart, at));
        layout = layoutOf(layout, text, source.path, line);
        continue;
      }
      if (layout === null) {
        into.losses.add("before-header", line, decoder.decode(bytes.subarray(lineStart, at)));
        continue;
      }
      const { width, gpu, power, date, time, unit } = layout as Layout;
      if (count !== width || (cut && power === width - 1)) {
        into.losses.add(
          cut ? "truncated-row" : "wrong-field-count",
          line,
          decoder.decode(bytes.subarray(lineStart, at)),
        );
        continue;
      }
      if (unit !== null && unit !== "w") {
        throw new InputError({
          code: "refused",
          path: source.path,
          line,
          problem: "the power is in another unit",
          expected: "W",
          found: unit,
          advice: "record again with this driver's plain `nvidia-smi dmon -s p -o DT`",
        });
      }
      const known = gpuOf(bytes, starts[gpu]!, stops[gpu]!);
      const value = parseNumber(bytes, starts[power]!, stops[power]!);
      if (time === -1) {
        untimed = true;
        if (Number.isNaN(value)) {
          into.losses.add(sentinelReason(cell(bytes, power)), line, cell(bytes, power));
        } else polls.add({ device: known.device, quantity: "power", column: "pwr" }, value, line);
        continue;
      }
      timed = true;
      const clockS = parseTimeOfDay(bytes, starts[time]!, stops[time]!);
      let timeS: number;
      if (date !== -1) {
        const length = stops[date]! - starts[date]!;
        let i = length === dateKnown.length ? 0 : -1;
        while (i >= 0 && i < length && dateKnown[i] === bytes[starts[date]! + i]) i++;
        if (i !== length) {
          const text = bytes.subarray(starts[date]!, stops[date]!);
          dateKnown = text.slice();
          const match = /^(\d{4})[-/]?(\d\d)[-/]?(\d\d)$/.exec(decoder.decode(text));
          dateS = match === null
            ? NaN
            : secondsOfDate(Number(match[1]), Number(match[2]), Number(match[3]));
        }
        timeS = dateS + clockS;
      } else {
        // A time of day alone: counted from the first row, across midnight.
        if (dateS + clockS < lastS - 43_200) dateS += 86_400;
        lastS = dateS + clockS;
        if (Number.isNaN(firstS)) firstS = lastS;
        timeS = lastS - firstS;
      }
      const column = known.column ??= into.column({
        device: known.device,
        clock: date === -1 ? "elapsed" : "local",
        quantity: "power",
        coarseTime: true,
        column: "pwr",
      });
      if (Number.isNaN(value)) {
        column.losses.add(sentinelReason(cell(bytes, power)), line, cell(bytes, power));
      } else column.push(timeS, value, line);
    }
    return line - firstLine;
  });
  function cell(bytes: Uint8Array, column: number): string {
    return decoder.decode(bytes.subarray(starts[column]!, stops[column]!));
  }
  if (layout === null) {
    throw new InputError({
      code: "refused",
      path: source.path,
      problem: "there is no header, so that nothing says which column is the power",
      expected: "a line such as `# gpu    pwr  gtemp`",
      advice: "record again without noheader, or name the columns with --columns",
    });
  }
  if (untimed) polls.finish("record with `nvidia-smi dmon -o DT`, or give --interval");
  if (timed && (layout as Layout).date === -1) {
    into.notes.push("Rows have a time of day without a date: times count from the first row.");
  }
}

/** Takes in a line of names, or the line of units after it. */
function layoutOf(before: Layout | null, text: string, path: string, line: number): Layout | null {
  const names = namesOf(text.slice(text.indexOf("#")))!;
  if (!names.includes("gpu")) {
    if (before !== null && names.length === before.width) before.unit = names[before.power]!;
    return before;
  }
  const power = names.indexOf("pwr");
  if (power === -1) {
    throw new InputError({
      code: "refused",
      path,
      line,
      problem: "there is no power column",
      expected: "pwr",
      found: text,
      advice: "record again with `nvidia-smi dmon -s p -o DT`",
    });
  }
  return {
    width: names.length,
    gpu: names.indexOf("gpu"),
    power,
    date: names.indexOf("date"),
    time: names.indexOf("time"),
    unit: null,
  };
}
