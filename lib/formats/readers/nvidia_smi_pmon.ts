import type { Format } from "../format.ts";
import { forEachLine } from "../lines.ts";

/**
 * `nvidia-smi pmon`: what the processes on each GPU use. It has no power; a command may hold spaces
 * and is cut at 16 characters, and an idle GPU is a row of dashes.
 */
export const format: Format = {
  id: "nvidia-smi-pmon",
  title: "nvidia-smi pmon",
  kinds: ["results"],
  writtenBy: "nvidia-smi pmon",
  detect: ({ lines }) => lines.some((line) => /^\s*#.*\bgpu\b[\s,]+pid\b/i.test(line)) ? 3 : 0,
  async read(source, into) {
    let names: string[] = [];
    const rows: string[][] = [];
    let idle = 0;
    await forEachLine(source, (text, line, terminated) => {
      if (text.trim() === "") return;
      const header = /^\s*#\s*(.*?)[\s,]*$/s.exec(text);
      if (header !== null) {
        const cells = header[1]!.toLowerCase().split(/[\s,]+/);
        if (cells.includes("pid")) names = cells;
        return;
      }
      const separator = text.includes(",") ? /\s*,\s*/ : /\s+/;
      const cells = text.trim().split(separator);
      // Only the last column, the command, may hold spaces.
      if (cells.length > names.length) {
        cells.splice(names.length - 1, Infinity, cells.slice(names.length - 1).join(" "));
      }
      if (cells.length < names.length || names.length === 0 || !terminated) {
        into.losses.add(terminated ? "wrong-field-count" : "truncated-row", line, text);
      } else if (cells[names.indexOf("pid")] === "-") idle++;
      else rows.push(cells);
    });
    if (idle > 0) into.losses.add("idle-gpu", undefined, undefined, idle);
    into.results.push({
      name: "processes",
      columns: Object.fromEntries(names.map((name, i) => [
        name,
        rows.map((cells) => {
          const text = cells[i]!;
          return text === "-" ? null : /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
        }),
      ])),
      units: {},
    });
    into.notes.push("pmon has no power: record it with `nvidia-smi --query-gpu` or `dmon -s p`.");
  },
};
