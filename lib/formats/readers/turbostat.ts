import type { Device } from "../../power/device.ts";
import { InputError } from "../../errors.ts";
import type { SeriesSpec } from "../collect.ts";
import type { Format } from "../format.ts";
import { forEachBlock } from "../lines.ts";
import { PollLog } from "../poll_log.ts";
import { raplDevice } from "../rapl_domain.ts";
import { parseNumber } from "../scan.ts";
import { sentinelReason } from "../units.ts";

const header =
  /^\s*(usec|Time_Of_Day_Seconds|Package|Die|Node|Core|CPU|APIC|Avg_MHz|pk|cor)\b.*\b(CPU|Avg_MHz|Busy%|PkgWatt|Pkg_W|Pkg_J)\b/;
const domains: Readonly<Record<string, string>> = {
  Pkg: "package",
  Cor: "cores",
  GFX: "graphics",
  RAM: "dram",
  Sys: "psys",
};

/**
 * turbostat: after an optional preamble a header, repeated every interval, a row for the machine and
 * rows for its processors. Powers of a package stand only on its first row, so that others are
 * shorter. They are means since the interval before; only `Time_Of_Day_Seconds` says when.
 */
export const format: Format = {
  id: "turbostat",
  title: "turbostat",
  kinds: ["power", "results"],
  writtenBy: "turbostat [--show Time_Of_Day_Seconds,...]",
  detect: ({ lines, text }) =>
    text.startsWith("turbostat version") || lines.some((line) => header.test(line)) ? 3 : 0,
  async read(source, into, { intervalS }) {
    const polls = new PollLog(into, intervalS);
    let plan: Plan | null = null;
    let headers = 0;
    let headerBytes: Uint8Array = new Uint8Array(0);
    let untimed = false;
    const lastS = new Map<string, number>();
    const seen = new Set<string>();
    const decoder = new TextDecoder();
    const starts = new Int32Array(512);
    const stops = new Int32Array(512);
    await forEachBlock(source, ({ bytes, start, end, firstLine, unterminated }) => {
      let line = firstLine;
      for (let from = start; from < end; line++) {
        const feed = bytes.indexOf(10, from);
        const stop = feed === -1 || feed >= end ? end : feed;
        let to = stop;
        if (to > from && bytes[to - 1] === 13) to--;
        const cut = stop === end && unterminated;
        // Only a line that begins with a letter can be a header; old versions indent it.
        let letter = from;
        while (letter < to && bytes[letter] === 32) letter++;
        const first = bytes[letter]!;
        if ((first >= 65 && first <= 122) || plan === null) {
          const again = plan !== null && equals(bytes, from, to, headerBytes);
          const text = again ? "" : decoder.decode(bytes.subarray(from, to));
          if (again || header.test(text)) {
            if (!again) {
              plan = planOf(text);
              headerBytes = bytes.slice(from, to);
            }
            headers++;
            seen.clear();
            from = stop + 1;
            continue;
          }
        }
        if (plan !== null && to > from) {
          const { power, time, package: pack, machine, columns, tabs, last } = plan as Plan;
          let count = 0;
          let inside = false;
          if (tabs) {
            count = splitTabs(bytes, from, to, starts, stops);
          } else {
            for (let at = from; at <= to && count < 512; at++) {
              const separates = at === to || bytes[at] === 9 || bytes[at] === 32;
              if (separates && inside) stops[count++] = at;
              else if (!separates && !inside) starts[count] = at;
              inside = !separates;
            }
          }
          // Rows of single processors end before the powers of their package.
          if (count > power[0]!.column) {
            const socket = pack === -1
              ? ""
              : decoder.decode(bytes.subarray(starts[pack], stops[pack])).trim();
            // The row of the machine begins an interval, also where no header stands before it.
            if (
              seen.size > 0 && machine !== -1 && stops[machine]! - starts[machine]! === 1 &&
              bytes[starts[machine]!] === 45
            ) {
              seen.clear();
              headers++;
            }
            if (cut && last >= count - 1) {
              into.losses.add("truncated-row", line);
            } else if (socket !== "-" && !seen.has(socket)) {
              seen.add(socket);
              const timeS = time === -1 ? NaN : parseNumber(bytes, starts[time]!, stops[time]!);
              for (const { column, name, domain, joules } of power) {
                if (column >= count) continue;
                const value = parseNumber(bytes, starts[column]!, stops[column]!);
                const spec: Omit<SeriesSpec, "clock"> = {
                  device: deviceOf(domain, socket),
                  quantity: "interval",
                  column: name,
                };
                if (Number.isNaN(value)) {
                  const text = decoder.decode(bytes.subarray(starts[column], stops[column]));
                  into.losses.add(sentinelReason(text), line, text);
                } else if (time === -1) {
                  untimed = true;
                  polls.add(spec, value, line, { poll: headers - 1, joules });
                } else {
                  const series = into.column({ ...spec, clock: "epoch" });
                  const key = `${socket} ${name}`;
                  const sinceS = timeS - (lastS.get(key) ?? NaN);
                  if (timeS > (lastS.get(key) ?? -Infinity)) lastS.set(key, timeS);
                  if (!(sinceS > 0)) {
                    series.losses.add(
                      Number.isNaN(sinceS) ? "first-interval-has-no-start" : "no-time-passed",
                      line,
                    );
                  } else series.push(timeS, joules ? value : value * sinceS, line, sinceS);
                }
              }
              // With --Summary every interval is one row under a header printed once.
              if (columns) {
                seen.clear();
                if (pack === -1) headers++;
              }
            }
          }
        }
        from = stop + 1;
      }
      return line - firstLine;
    });
    const found = plan as Plan | null;
    if (found === null || found.power.length === 0 || found.power[0]!.column === Infinity) {
      throw new InputError({
        code: "refused",
        path: source.path,
        problem: found === null ? "there is no header" : "there is no power column",
        expected: "PkgWatt or Pkg_J",
        advice: "record again with --show Time_Of_Day_Seconds,PkgWatt,CorWatt,RAMWatt",
      });
    }
    if (untimed) polls.finish("record with --enable Time_Of_Day_Seconds, or give --interval");
  },
};

interface Plan {
  readonly tabs: boolean;
  readonly time: number;
  readonly package: number;
  /** Column that is `-` in the row of the whole machine; -1 when there is none. */
  readonly machine: number;
  /** Whether there are no columns of single processors: every row is the machine. */
  readonly columns: boolean;
  readonly power: readonly {
    readonly column: number;
    readonly name: string;
    readonly domain: string;
    readonly joules: boolean;
  }[];
  /** Last column that is read. */
  readonly last: number;
}

function planOf(text: string): Plan {
  const tabs = text.includes("\t");
  const names = (tabs ? text.split("\t") : text.trim().split(/\s+/)).map((name) => name.trim());
  const power = names.flatMap((name, column) => {
    const match = /^(Pkg|Cor|GFX|RAM|Sys)(Watt|_W|_J)$/.exec(name);
    return match === null
      ? []
      : [{ column, name, domain: domains[match[1]!]!, joules: match[2] === "_J" }];
  });
  return {
    tabs,
    time: names.indexOf("Time_Of_Day_Seconds"),
    package: names.findIndex((name) => name === "Package" || name === "pk"),
    machine: names.indexOf("CPU"),
    columns: !names.includes("CPU"),
    power: power.length === 0 ? [{ column: Infinity, name: "", domain: "", joules: false }] : power,
    last: Math.max(...power.map(({ column }) => column)),
  };
}

function deviceOf(domain: string, socket: string): Device {
  return raplDevice(domain === "graphics" ? "gpu" : domain, socket === "" ? undefined : socket)!;
}

/** Splits a line at its tabs, into as many cells as there is room for; returns their number. */
function splitTabs(
  bytes: Uint8Array,
  from: number,
  to: number,
  starts: Int32Array,
  stops: Int32Array,
): number {
  let count = 0;
  starts[0] = from;
  for (let at = from; at < to && count < 511; at++) {
    if (bytes[at] !== 9) continue;
    stops[count++] = at;
    starts[count] = at + 1;
  }
  stops[count++] = to;
  return count;
}

function equals(bytes: Uint8Array, from: number, to: number, other: Uint8Array): boolean {
  if (to - from !== other.length || other.length === 0) return false;
  for (let i = 0; i < other.length; i++) if (bytes[from + i] !== other[i]) return false;
  return true;
}
