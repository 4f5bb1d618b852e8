import { windows } from "../../requests/windows.ts";
import type { DeviceKind } from "../../power/device.ts";
import type { SeriesColumn } from "../collect.ts";
import { cellNumber, forEachRow } from "../delimited.ts";
import type { Format } from "../format.ts";

/**
 * A table without a header made from macOS powermetrics: label, elapsed ms, energy impact of the
 * process and of all tasks, CPU mW, GPU mW. Runs of equal labels become windows. The series
 * `cpu-process` is the CPU's energy times the process's share of the energy impact, as these
 * tables' own summaries have it: a share by Apple's impact score, not a measurement.
 */
export const format: Format = {
  id: "powermetrics-csv",
  title: "powermetrics samples with a phase label, CSV",
  kinds: ["power", "windows"],
  writtenBy: "scripts around macOS powermetrics",
  detect({ lines }) {
    const rows = lines.slice(0, -1).filter((line) => line !== "");
    const fits = rows.filter((line) => rowShape.test(line)).length;
    return rows.length >= 1 && fits >= 0.9 * rows.length ? 2 : 0;
  },
  async read(source, into) {
    const open = (kind: DeviceKind, id: string, column: string): SeriesColumn =>
      into.column({
        device: { kind, id },
        clock: "elapsed",
        quantity: "interval",
        column,
      });
    const cpu = open("cpu", "cpu", "CPU mW");
    const gpu = open("gpu", "gpu", "GPU mW");
    const process = open("rail", "cpu-process", "CPU mW x process impact / impact of all tasks");
    const names: string[] = [];
    const startS: number[] = [];
    const endS: number[] = [];
    let timeS = 0;
    await forEachRow(source, ",", ({ cells, line, terminated }) => {
      const durationS = cellNumber(cells[1]) / 1000;
      if (cells.length !== 6 || !(durationS > 0) || (!terminated && line > 1)) {
        into.losses.add(terminated ? "malformed-row" : "truncated-row", line, cells.join(","));
        return;
      }
      const label = cells[0]!;
      if (names.at(-1) !== label) {
        names.push(label);
        startS.push(timeS);
        endS.push(timeS);
      }
      timeS += durationS;
      endS[endS.length - 1] = timeS;
      const cpuJ = cellNumber(cells[4]) * durationS / 1000;
      cpu.push(timeS, cpuJ, line, durationS);
      gpu.push(timeS, cellNumber(cells[5]) * durationS / 1000, line, durationS);
      const share = cellNumber(cells[2]) / cellNumber(cells[3]);
      process.push(timeS, cpuJ * share, line, durationS);
    });
    into.windows.push(windows({
      clock: "elapsed",
      names,
      startS: Float64Array.from(startS),
      endS: Float64Array.from(endS),
      source: { path: source.path, format: format.id },
    }));
  },
};

const rowShape = /^[^,\d][^,]*,\d+(\.\d+)?,([\d.]+|INVALID),([\d.]+|INVALID),\d+,\d+\s*$/;
