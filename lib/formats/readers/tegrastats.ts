import type { SeriesColumn } from "../collect.ts";
import { InputError } from "../../errors.ts";
import type { Format } from "../format.ts";
import { forEachBlock } from "../lines.ts";
import { PollLog } from "../poll_log.ts";
import { secondsOfDate, twoDigits } from "../scan.ts";

const line = /\bRAM \d+\/\d+MB\b.*\b(\w+) \d+(mW)?\/\d+(mW)?(\s|$)/;
/** Rails through which everything flows, by their names on the boards that have one. */
const totals = ["VDD_IN", "POM_5V_IN", "SYS_VIN", "VIN"];

/**
 * NVIDIA's tegrastats: `RAIL now/average`, in mW with the unit written or, on older boards, without.
 * The first value is the reading; the second an average since the start, which is not used. Times
 * stand on the line from JetPack 5 on, to the second.
 */
export const format: Format = {
  id: "tegrastats",
  title: "tegrastats",
  kinds: ["power", "results"],
  writtenBy: "NVIDIA Jetson tegrastats",
  detect: ({ lines }) => lines.some((text) => line.test(text)) ? 3 : 0,
  async read(source, into, { intervalS }) {
    const polls = new PollLog(into, intervalS);
    const rails: { readonly name: Uint8Array; readonly id: string; column: SeriesColumn | null }[] =
      [];
    let at = -1;
    let poll = 0;
    let untimed = false;
    let bare = false;
    let rows = 0;
    let total: string | undefined;
    const decoder = new TextDecoder();
    const railOf = (bytes: Uint8Array, from: number, to: number): typeof rails[number] => {
      for (let tries = 0; tries < rails.length; tries++) {
        at = at + 1 < rails.length ? at + 1 : 0;
        const { name } = rails[at]!;
        if (name.length !== to - from) continue;
        let i = 0;
        while (i < name.length && name[i] === bytes[from + i]) i++;
        if (i === name.length) return rails[at]!;
      }
      const id = decoder.decode(bytes.subarray(from, to));
      rails.push({ name: bytes.slice(from, to), id, column: null });
      at = rails.length - 1;
      return rails[at]!;
    };
    await forEachBlock(source, ({ bytes, start, end, firstLine, unterminated }) => {
      let number = firstLine;
      for (let from = start; from < end; number++) {
        const feed = bytes.indexOf(10, from);
        const stop = feed === -1 || feed >= end ? end : feed;
        if (total === undefined) {
          const text = decoder.decode(bytes.subarray(from, stop));
          total = totals.find((name) => new RegExp(`\\b${name} \\d`).test(text)) ?? "";
        }
        const timeS = timeOf(bytes, from, stop);
        let found = false;
        for (let slash = bytes.indexOf(47, from); slash !== -1 && slash < stop;) {
          let to = slash;
          let hasUnit = false;
          if (bytes[to - 1] === 87 && bytes[to - 2] === 109) {
            to -= 2;
            hasUnit = true;
          }
          let digits = to;
          let milliwatts = 0;
          let scale = 1;
          while (digits > from && bytes[digits - 1]! >= 48 && bytes[digits - 1]! <= 57) {
            milliwatts += (bytes[--digits]! - 48) * scale;
            scale *= 10;
          }
          let after = slash + 1;
          while (after < stop && bytes[after]! >= 48 && bytes[after]! <= 57) after++;
          const isRail = digits < to && bytes[digits - 1] === 32 && after > slash + 1 &&
            (hasUnit
              ? bytes[after] === 109 && bytes[after + 1] === 87
              : after === stop || bytes[after]! <= 32);
          if (isRail) {
            if (after === stop && stop === end && unterminated && !hasUnit) {
              into.losses.add("truncated-row", number);
              break;
            }
            const nameTo = digits - 1;
            let nameFrom = nameTo;
            while (nameFrom > from && bytes[nameFrom - 1]! > 32) nameFrom--;
            const rail = railOf(bytes, nameFrom, nameTo);
            bare ||= !hasUnit;
            found = true;
            const isTotal = rail.id === total;
            const device = isTotal ? { kind: "soc" as const, id: rail.id } : {
              kind: "rail" as const,
              id: rail.id,
              ...(total !== "" && { partOf: total! }),
            };
            if (Number.isNaN(timeS)) {
              untimed = true;
              polls.add(
                { device, quantity: "power", reading: "instant", column: rail.id },
                milliwatts / 1000,
                number,
                { poll },
              );
            } else {
              rail.column ??= into.column({
                device,
                clock: "local",
                quantity: "power",
                reading: "instant",
                coarseTime: true,
                column: rail.id,
              });
              rail.column.push(timeS, milliwatts / 1000, number);
            }
          }
          slash = bytes.indexOf(47, slash + 1);
        }
        if (found) {
          poll++;
          rows++;
        } else if (stop > from + 1) {
          const text = decoder.decode(bytes.subarray(from, Math.min(stop, from + 100)));
          into.losses.add(
            stop === end && unterminated ? "truncated-row" : "no-rail",
            number,
            text,
          );
        }
        from = stop + 1;
      }
      return number - firstLine;
    });
    if (rows === 0) {
      throw new InputError({
        code: "refused",
        path: source.path,
        problem: "no line names a power rail",
        expected: "for instance VDD_IN 5542mW/5542mW",
        advice: "run tegrastats as root: rails are not shown to others on some releases",
      });
    }
    if (untimed) polls.finish("older releases write none; give the --interval of tegrastats in s");
    if (bare) into.notes.push("Rails carry no unit: mW, as tegrastats of this age writes them.");
    into.notes.push(
      total === ""
        ? "There is no rail of the whole module: the rails are separate supplies, and parts may be missing."
        : `${total} is the total: the other rails are parts of it.`,
    );
  },
};

/** `MM-DD-YYYY HH:MM:SS` at the start of a line; NaN when it is not there. */
function timeOf(bytes: Uint8Array, from: number, to: number): number {
  if (to - from < 19 || bytes[from + 2] !== 45 || bytes[from + 5] !== 45) return NaN;
  const year = twoDigits(bytes, from + 6) * 100 + twoDigits(bytes, from + 8);
  const hour = twoDigits(bytes, from + 11);
  const minute = twoDigits(bytes, from + 14);
  const second = twoDigits(bytes, from + 17);
  if (!(hour <= 23 && minute <= 59 && second <= 60)) return NaN;
  return secondsOfDate(year, twoDigits(bytes, from), twoDigits(bytes, from + 3)) + hour * 3600 +
    minute * 60 + second;
}
