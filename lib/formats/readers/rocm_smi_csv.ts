import { cellNumber, forEachRow } from "../delimited.ts";
import { InputError } from "../../errors.ts";
import type { Format } from "../format.ts";
import { PollLog } from "../poll_log.ts";
import { rocmField } from "../rocm_field.ts";
import { sentinelReason } from "../units.ts";

/**
 * `rocm-smi --csv`: a row for each card under a header that every call prints anew. It has no time;
 * second dies of a card report `N/A`.
 */
export const format: Format = {
  id: "rocm-smi-csv",
  title: "rocm-smi CSV",
  kinds: ["power", "results"],
  writtenBy: "rocm-smi --showpower --csv",
  detect: ({ lines }) =>
    lines.some((line) => /^device,/.test(line) && /Power \(W\)|GPU use \(%\)|Energy/.test(line))
      ? 3
      : 0,
  async read(source, into, { intervalS }) {
    const polls = new PollLog(into, intervalS);
    let header: readonly string[] = [];
    let poll = -1;
    let power = false;
    await forEachRow(source, ",", ({ cells, line, terminated }) => {
      if (cells[0] === "device") {
        header = cells;
        poll++;
        power ||= cells.some((name) => rocmField(name) !== null);
        return;
      }
      if (cells.length !== header.length || !/^card\d+$/.test(cells[0]!)) {
        into.losses.add(terminated ? "wrong-field-count" : "truncated-row", line, cells.join(","));
        return;
      }
      for (const [i, name] of header.entries()) {
        const field = rocmField(name);
        if (field === null) continue;
        const value = cellNumber(cells[i]);
        if (!terminated && i === header.length - 1) {
          into.losses.add("truncated-row", line, cells[i]);
        } else if (Number.isNaN(value)) into.losses.add(sentinelReason(cells[i]!), line, cells[i]);
        else {
          polls.add(
            {
              device: { kind: "gpu", id: cells[0]! },
              quantity: field.power ? "power" : "counter",
              reading: field.reading,
              column: name,
            },
            value * field.scale,
            line,
            { poll },
          );
        }
      }
    });
    if (!power) {
      throw new InputError({
        code: "refused",
        path: source.path,
        problem: "there is no power column",
        expected: "Average Graphics Package Power (W) or Current Socket Graphics Package Power (W)",
        found: header.join(","),
        advice: "record with rocm-smi --showpower --csv",
      });
    }
    polls.finish("rocm-smi prints no time; give --interval if the polls were regular");
  },
};
