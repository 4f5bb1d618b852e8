import type { SeriesColumn, SeriesSpec } from "../collect.ts";
import type { Format } from "../format.ts";
import { forEachPtdRow } from "../ptdaemon_rows.ts";

/**
 * SPEC PTDaemon's power log: MLPerf's `spl.txt`, and `ptd_logs.txt` with the same rows in local
 * time and without a mark. Readings of -1 stand for no sample, -2 for a repeated row; other
 * negative readings are sign flips of the analyser.
 */
export const format: Format = {
  id: "ptdaemon",
  title: "SPEC PTDaemon log (MLPerf spl.txt)",
  kinds: ["power"],
  writtenBy: "SPEC PTDaemon",
  detect({ lines, text }) {
    if (lines.some((line) => /^Time,\d\d-\d\d-\d{4} [\d:.]+,Watts,/.test(line))) return 3;
    return /SPEC PTDaemon Tool/.test(text) ? 3 : 0;
  },
  async read(source, into) {
    const spec = (id: string, column: string): SeriesSpec => ({
      device: { kind: id === "wall" ? "wall" : "rail", id },
      clock: "local",
      quantity: "power",
      reading: "average",
      column,
    });
    const wall = into.column(spec("wall", "Watts"));
    let unmarked = 0;
    await forEachPtdRow(
      source,
      ({ timeS, watts, channels, mark, line }) => {
        if (mark === null) unmarked++;
        push(wall, timeS, watts, line);
        for (const channel of channels) {
          push(
            into.column(spec(`wall-${channel.name.toLowerCase()}`, `${channel.name} Watts`)),
            timeS,
            channel.watts,
            line,
          );
        }
      },
      (text, line, terminated) => {
        // Banners and messages of ptd_logs.txt are no readings.
        if (!text.startsWith("Time,")) return;
        into.losses.add(terminated ? "malformed-row" : "truncated-row", line, text);
      },
    );
    if (unmarked > 0) {
      into.notes.push("Rows carry no mark, as in ptd_logs.txt: times are the host's local time.");
    }
    if (into.columns().length > 1) {
      into.notes.push("The series of the channels are parts of `wall`: adding them counts twice.");
    }
  },
};

function push(column: SeriesColumn, timeS: number, watts: number, line: number): void {
  const sentinel = watts === -1 ? "no-sample" : watts === -2 ? "repeated-sample" : null;
  if (sentinel !== null) column.losses.add(sentinel, line, String(watts));
  else column.push(timeS, watts, line);
}
