import { InputError } from "../../errors.ts";
import { cellNumber, forEachRow } from "../delimited.ts";
import type { Format } from "../format.ts";

const known: Readonly<Record<string, string>> = {
  time_per_epoch: "s",
  average_power: "W",
  power_limit: "W",
};

/**
 * The training traces of Zeus (You et al., NSDI 2023): time and mean power of an epoch by batch size
 * and power limit, or epochs to reach a target. Results of runs, not series.
 */
export const format: Format = {
  id: "zeus-trace",
  title: "Zeus NSDI 2023 traces",
  kinds: ["results"],
  writtenBy: "Zeus trace",
  detect({ lines }) {
    const first = lines[0] ?? "";
    return /^dataset,network,batch_size,optimizer,/.test(first) ? 3 : 0;
  },
  async read(source, into) {
    let header: readonly string[] = [];
    const rows: (readonly string[])[] = [];
    await forEachRow(source, ",", ({ cells, line, terminated }) => {
      if (header.length === 0) header = cells;
      else if (cells.length !== header.length || !terminated) {
        into.losses.add(terminated ? "wrong-field-count" : "truncated-row", line, cells.join(","));
      } else rows.push(cells);
    });
    if (header.length === 0) {
      throw new InputError({ code: "empty", path: source.path, problem: "there is no header" });
    }
    into.results.push({
      name: header.includes("average_power") ? "power by setting" : "epochs to a target",
      columns: Object.fromEntries(header.map((name, i) => [
        name,
        rows.map((cells) => {
          const text = cells[i]!;
          if (/^nan$/i.test(text) || text === "") return null;
          const value = cellNumber(text);
          return Number.isNaN(value) ? text : value;
        }),
      ])),
      units: Object.fromEntries(
        header.flatMap((name) => known[name] === undefined ? [] : [[name, known[name]]]),
      ),
    });
  },
};
