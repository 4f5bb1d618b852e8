import { InputError } from "../../errors.ts";
import type { Clock } from "../../clock.ts";
import type { Device } from "../../power/device.ts";
import type { Collector, SeriesColumn, SeriesSpec } from "../collect.ts";
import type { Format } from "../format.ts";
import { forEachLine } from "../lines.ts";

/** First line of the file. */
const mark = "# joulebook-power 1";
const header = "timeS,series,value,reason";

/**
 * A power file of a run folder: lines `# series {...}` say what each series is, `# sampler {...}` what
 * read it, `# event {...}` what happened to it; then a row a reading. A reading that was not to be
 * had has no value but a reason. A run that was resumed repeats its comment lines.
 */
export const format: Format = {
  id: "joulebook-power",
  title: "power of a joulebook run folder, CSV",
  kinds: ["power"],
  writtenBy: "joulebook measure",
  detect: ({ text }) => text.startsWith(mark) ? 3 : 0,
  async read(source, into) {
    const columns = new Map<string, SeriesColumn>();
    const modelled = new Set<string>();
    await forEachLine(source, (text, line, terminated) => {
      if (!terminated) {
        // The last digits of a row that was cut cannot be told from all of them.
        into.losses.add("truncated-row", line, text);
      } else if (text.startsWith("#")) {
        readComment(text, line, source.path, into, columns, modelled);
      } else if (text !== "" && text !== header) {
        readRow(text, line, into, columns);
      }
    });
    if (modelled.size > 0) {
      into.notes.push(
        `Modelled, not measured: ${[...modelled].join(", ")} (utilisation x declared power).`,
      );
    }
  },
};

function readComment(
  text: string,
  line: number,
  path: string,
  into: Collector,
  columns: Map<string, SeriesColumn>,
  modelled: Set<string>,
): void {
  const match = /^# (series|sampler|event) (\{.*\})$/.exec(text);
  if (match === null) return;
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(match[2]!) as Record<string, unknown>;
  } catch (cause) {
    throw new InputError({
      code: "malformed",
      path,
      line,
      problem: `this line says nothing of a ${match[1]}`,
      expected: `# ${match[1]} {...}`,
      found: text,
      cause,
    });
  }
  if (match[1] === "series") {
    const spec = specOf(value);
    if (spec === null) {
      throw new InputError({
        code: "malformed",
        path,
        line,
        problem: "this line does not say what the series is",
        expected: "id, device with kind and id, quantity power or counter",
        found: text,
      });
    }
    columns.set(String(value["id"]), into.column(spec));
    if (value["basis"] === "modelled") modelled.add(spec.device.id);
  } else if (match[1] === "event") {
    const { what, detail } = value;
    into.losses.add(
      `sampler-${String(what)}`,
      line,
      typeof detail === "string" ? detail : undefined,
    );
  }
}

const clocks: ReadonlySet<string> = new Set(["epoch", "local", "monotonic", "elapsed"]);
const kinds: ReadonlySet<string> = new Set(["gpu", "cpu", "dram", "soc", "rail", "node", "wall"]);

function specOf(value: Record<string, unknown>): SeriesSpec | null {
  const device = value["device"] as Partial<Device> | undefined;
  const { quantity, reading, averagingS, column } = value;
  if (typeof value["id"] !== "string" || typeof device !== "object" || device === null) return null;
  if (!kinds.has(String(device.kind)) || typeof device.id !== "string") return null;
  if (quantity !== "power" && quantity !== "counter") return null;
  const clock = value["clock"] ?? "epoch";
  if (typeof clock !== "string" || !clocks.has(clock)) return null;
  return {
    device: device as Device,
    clock: clock as Clock,
    quantity,
    ...((reading === "instant" || reading === "average") && { reading }),
    ...(typeof averagingS === "number" && { averagingS }),
    column: typeof column === "string" ? column : value["id"],
    ...(value["basis"] === "modelled" && { basis: "modelled" }),
  };
}

function readRow(
  text: string,
  line: number,
  into: Collector,
  columns: ReadonlyMap<string, SeriesColumn>,
): void {
  const cells = text.split(",");
  const column = columns.get(cells[1] ?? "");
  if (cells.length !== 4) into.losses.add("wrong-field-count", line, text);
  else if (column === undefined) into.losses.add("unknown-series", line, text);
  else if (cells[2] === "") column.losses.add(cells[3] || "not-available", line, text);
  else column.push(numberOf(cells[0]!), numberOf(cells[2]!), line);
}

function numberOf(cell: string): number {
  return cell.trim() === "" ? NaN : Number(cell);
}
