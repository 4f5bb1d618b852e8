import type { DeviceKind } from "../../power/device.ts";
import { InputError } from "../../errors.ts";
import { cellNumber } from "../delimited.ts";
import type { Format } from "../format.ts";
import { forEachLine } from "../lines.ts";
import { PollLog } from "../poll_log.ts";
import { energyUnit, sentinelReason } from "../units.ts";

const names = /^\s*#\s*Entity\b\s*(.*)$/i;
const units = /^\s*I[Dd]\b\s*(.*)$/;

/**
 * `dcgmi dmon`: a line of names, a line of units, both repeated, and a row for each entity, whose
 * name is two words (`GPU 0`, `GPU-I 3`). It prints no times.
 */
export const format: Format = {
  id: "dcgmi-dmon",
  title: "dcgmi dmon",
  kinds: ["power", "results"],
  writtenBy: "dcgmi dmon -e 155,156",
  detect: ({ lines }) => lines.some((line) => names.test(line)) ? 3 : 0,
  async read(source, into, { intervalS }) {
    const polls = new PollLog(into, intervalS);
    let header: readonly string[] = [];
    let scales: readonly string[] = [];
    await forEachLine(source, (text, line, terminated) => {
      if (text.trim() === "") return;
      const named = names.exec(text);
      if (named !== null) {
        header = named[1]!.trim().split(/\s+/);
        return;
      }
      const unit = units.exec(text);
      if (unit !== null) {
        scales = unit[1]!.trim().split(/\s+/);
        return;
      }
      const cells = text.trim().split(/\s+/);
      if (!/^\d+$/.test(cells[1] ?? "") || cells.length !== header.length + 2 || !terminated) {
        into.losses.add(terminated ? "wrong-field-count" : "truncated-row", line, text);
        return;
      }
      for (const [i, column] of header.entries()) {
        if (!/^(POWER|TOTEC|P(O)?WI\w*)$/.test(column)) continue;
        const measured = energyUnit(scales.length === header.length ? scales[i]! : "");
        if (measured === null) {
          throw new InputError({
            code: "refused",
            path: source.path,
            line,
            problem: `nothing says the unit of ${column}`,
            expected: "a line of units under the names: ID  W  mJ",
            advice: "take the log with both header lines",
          });
        }
        const value = cellNumber(cells[i + 2]);
        if (Number.isNaN(value)) {
          into.losses.add(sentinelReason(cells[i + 2]!), line, cells[i + 2]);
          continue;
        }
        const [type, index] = [cells[0]!, cells[1]!];
        const kind: DeviceKind = type === "GPU" ? "gpu" : type === "CPU" ? "cpu" : "rail";
        polls.add(
          {
            device: { kind, id: `${type.toLowerCase()}${index}` },
            quantity: measured.power ? "power" : "counter",
            reading: /^P(O)?WI/.test(column) ? "instant" : "unspecified",
            column,
          },
          value * measured.scale,
          line,
        );
      }
    });
    if (!header.some((name) => /^(POWER|TOTEC|P(O)?WI\w*)$/.test(name))) {
      throw new InputError({
        code: "refused",
        path: source.path,
        problem: "there is no power or energy column",
        expected: "POWER or TOTEC",
        found: header.join(" "),
        advice: "record with fields 155 and 156: dcgmi dmon -e 155,156",
      });
    }
    polls.finish("give --interval, the -d of dcgmi dmon in seconds");
  },
};
