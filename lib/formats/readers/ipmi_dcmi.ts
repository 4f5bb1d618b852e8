import { InputError } from "../../errors.ts";
import type { Format } from "../format.ts";
import { forEachLine } from "../lines.ts";
import { PollLog } from "../poll_log.ts";
import { ctimeS } from "../time_cell.ts";
import { isoTime } from "../wall_clock.ts";
import type { SeriesSpec } from "../collect.ts";

const fields =
  /^\s*(Instantaneous|Minimum during sampling period|Maximum during sampling period|Average power reading over sample period|Average power reading over sampling period)(?: power reading)?\s*:\s*([\d.]+)\s*Watts/i;

/**
 * `ipmitool dcmi power reading`, once or in a loop: the BMC's present power, and its least, greatest
 * and mean of a period. The BMC's own time is that of the reading, on its wall clock; where it does
 * not tick, readings of one time are averaged, and a time that a loop printed before takes its place.
 */
export const format: Format = {
  id: "ipmi-dcmi",
  title: "ipmitool dcmi power reading",
  kinds: ["power", "results"],
  writtenBy: "ipmitool dcmi power reading",
  detect: ({ text }) => /Instantaneous power reading\s*:/i.test(text) ? 3 : 0,
  async read(source, into, { intervalS }) {
    const polls = new PollLog(into, intervalS);
    const spec: Omit<SeriesSpec, "clock"> = {
      device: { kind: "node", id: "node" },
      quantity: "power",
      reading: "instant",
      coarseTime: true,
      column: "Instantaneous power reading",
    };
    let marked: { readonly timeS: number; readonly zoned: boolean } | null = null;
    let held: { watts: number; line: number } | null = null;
    let untimed = false;
    let readings = 0;
    let clock: "epoch" | "local" | null = null;
    const flush = (at: { readonly timeS: number; readonly zoned: boolean } | null): void => {
      if (held === null) return;
      const { watts, line } = held;
      held = null;
      if (at === null) {
        untimed = true;
        polls.add(spec, watts, line);
        return;
      }
      const here = at.zoned ? "epoch" : "local";
      clock ??= here;
      if (clock !== here) into.losses.add("other-clock", line);
      else into.column({ ...spec, clock }).push(at.timeS, watts, line);
    };
    await forEachLine(source, (text, line, terminated) => {
      if (!terminated && /\d$/.test(text)) {
        into.losses.add("truncated-row", line, text);
        return;
      }
      const match = fields.exec(text);
      if (match !== null) {
        if (!/^inst/i.test(match[1]!)) return;
        flush(marked);
        readings++;
        held = { watts: Number(match[2]), line };
        return;
      }
      const stamp = /^\s*IPMI timestamp\s*:\s*(.*?)\s*$/i.exec(text)?.[1];
      if (stamp !== undefined) {
        // A line of the loop before the reading is the host's clock, which ticks when a BMC's may not.
        const ofBmc = bmcTimeS(stamp);
        flush(marked ?? (Number.isNaN(ofBmc) ? null : { timeS: ofBmc, zoned: false }));
        marked = null;
        return;
      }
      const time = markOf(text.trim());
      if (time !== null) {
        flush(marked);
        marked = time;
      }
    });
    flush(marked);
    if (readings === 0) {
      throw new InputError({
        code: "refused",
        path: source.path,
        problem: "no line is a power reading in Watts",
        expected: "Instantaneous power reading: 220 Watts",
        advice: "the BMC may not support DCMI; see its messages in the file",
      });
    }
    if (untimed) polls.finish("print the time before each reading, or give --interval");
    into.notes.push(
      "A BMC's reading is often a mean of seconds, and may be stuck: compare readings.",
    );
  },
};

/** `Thu Nov 23 10:12:13 2023`, or `11/23/23 10:12:13 UTC` with and without the zone. */
function bmcTimeS(text: string): number {
  const plain = text.replace(/\s+(UTC|GMT|Z)$/, "");
  const timeS = ctimeS(plain);
  if (!Number.isNaN(timeS)) return timeS;
  const match = /^(\d\d)\/(\d\d)\/(\d{2}|\d{4})\s+(\d\d:\d\d:\d\d)$/.exec(plain);
  if (match === null) return isoTime(plain)?.timeS ?? NaN;
  const year = match[3]!.length === 2 ? `20${match[3]}` : match[3]!;
  return isoTime(`${year}-${match[1]}-${match[2]} ${match[4]}`)?.timeS ?? NaN;
}

/** A line that a loop printed to say when: seconds since the epoch, ISO 8601 or `date`'s form. */
function markOf(text: string): { readonly timeS: number; readonly zoned: boolean } | null {
  if (/^\d{10}(\.\d+)?$/.test(text)) return { timeS: Number(text), zoned: true };
  const timeS = ctimeS(text.replace(/ [A-Z]{3,4} (\d{4})$/, " $1"));
  return Number.isNaN(timeS) ? isoTime(text) : { timeS, zoned: false };
}
