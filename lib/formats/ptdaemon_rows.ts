import { cellNumber } from "./delimited.ts";
import { forEachLine } from "./lines.ts";
import type { ByteSource } from "./source.ts";
import { wallClockS } from "./wall_clock.ts";

/** One reading of SPEC's PTDaemon. */
export interface PtdRow {
  /** Seconds of the analyser host's wall clock, as if it were UTC; NaN when it cannot be read. */
  readonly timeS: number;
  /** Watts of all channels together, as written: readings may be negative or sentinels. */
  readonly watts: number;
  /** Watts of each channel, where the analyser has several. */
  readonly channels: readonly { readonly name: string; readonly watts: number }[];
  /** The session's label; null in `ptd_logs.txt`. */
  readonly mark: string | null;
  /** Line, counted from 1. */
  readonly line: number;
}

/**
 * Calls back with every line that begins with `Time,`: key and value pairs, of which those after a
 * `ChN` belong to that channel.
 *
 * @param source A `spl.txt` or `ptd_logs.txt`.
 * @param onRow Called with each reading.
 * @param onOther Called with each other line that is not blank.
 */
export async function forEachPtdRow(
  source: ByteSource,
  onRow: (row: PtdRow) => void,
  onOther: (text: string, line: number, terminated: boolean) => void,
): Promise<void> {
  await forEachLine(source, (text, line, terminated) => {
    if (text.trim() === "") return;
    const cells = text.split(",");
    if (cells[0] !== "Time" || cells[2] !== "Watts" || (!terminated && cells.length < 10)) {
      onOther(text, line, terminated);
      return;
    }
    const channels: { name: string; watts: number }[] = [];
    let mark: string | null = null;
    let at = 4;
    while (at < cells.length) {
      const key = cells[at]!;
      if (/^Ch\d+$/.test(key)) {
        if (cells[at + 1] === "Watts") {
          channels.push({ name: key, watts: cellNumber(cells[at + 2]?.trim()) });
        }
        at += 1;
      } else {
        if (key === "Mark") mark = cells[at + 1] ?? null;
        at += 2;
      }
    }
    onRow({
      timeS: wallClockS(cells[1]!.trim()),
      watts: cellNumber(cells[3]?.trim()),
      channels,
      mark,
      line,
    });
  });
}
