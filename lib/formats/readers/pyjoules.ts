import { cellNumber, forEachRow } from "../delimited.ts";
import { collectEnergyWindows, type EnergyWindow } from "../energy_windows.ts";
import type { Format } from "../format.ts";

/**
 * pyJoules: `timestamp;tag;duration;...`, seconds since the epoch; GPUs in mJ as NVML counts, RAPL
 * domains in uJ. Cores and integrated graphics are parts of their package.
 */
export const format: Format = {
  id: "pyjoules",
  title: "pyJoules CSV",
  kinds: ["windows", "results"],
  writtenBy: "pyJoules CSVHandler",
  detect: ({ lines }) => /^timestamp;tag;duration(;\w+)*\s*$/.test(lines[0] ?? "") ? 3 : 0,
  async read(source, into) {
    let header: readonly string[] = [];
    const rows: EnergyWindow[] = [];
    await forEachRow(source, ";", ({ cells, line, terminated }) => {
      if (header.length === 0) {
        header = cells;
        return;
      }
      const startS = cellNumber(cells[0]);
      const durationS = cellNumber(cells[2]);
      if (cells.join() === header.join()) into.losses.add("repeated-header", line);
      else if (cells.length !== header.length || !terminated) {
        into.losses.add(terminated ? "wrong-field-count" : "truncated-row", line, cells.join(";"));
      } else if (!(durationS >= 0) || Number.isNaN(startS)) {
        into.losses.add("bad-time", line, cells.join(";"));
      } else {
        rows.push({
          name: cells[1]!,
          startS,
          endS: startS + durationS,
          energiesJ: cells.slice(3).map((cell, i) =>
            cellNumber(cell) * (isGpu(header[i + 3]!) ? 1e-3 : 1e-6)
          ),
        });
      }
    });
    const names = header.slice(3);
    const hasGpu = names.some(isGpu);
    collectEnergyWindows(
      into,
      source,
      format.id,
      "epoch",
      names.map((column) => ({
        column,
        unit: isGpu(column) ? "mJ" : "uJ",
        counts: hasGpu ? isGpu(column) : /^(package|dram)_\d+$/.test(column),
      })),
      rows,
    );
  },
};

function isGpu(column: string): boolean {
  return column.startsWith("nvidia_gpu");
}
