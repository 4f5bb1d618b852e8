import { InputError } from "../../errors.ts";
import type { Format } from "../format.ts";
import { JsonCursor } from "../json_cursor.ts";
import { type Cell, ResultRows } from "../result_rows.ts";

/**
 * ServeGen's client datasets: for spans of time, by their start, the distributions of prompt and
 * answer lengths, written as Python dictionaries with whole numbers as keys. They become moments of
 * each span and the distributions themselves; a trace has to be drawn from them.
 */
export const format: Format = {
  id: "servegen",
  title: "ServeGen client dataset JSON",
  kinds: ["results"],
  writtenBy: "alibaba/ServeGen",
  detect: ({ text }) => /^\s*\{\s*"\d+"\s*:\s*\{\s*"\w+"\s*:\s*"\{\d+: /.test(text) ? 3 : 0,
  async read(source, into) {
    const spans = new ResultRows();
    const lengths = new ResultRows();
    const cursor = await JsonCursor.open(source);
    try {
      cursor.beginObject();
      for (let span = cursor.key(); span !== null; span = cursor.key()) {
        const row: [string, Cell][] = [["startS", /^\d+$/.test(span) ? Number(span) : span]];
        const { line } = cursor;
        cursor.beginObject();
        for (let name = cursor.key(); name !== null; name = cursor.key()) {
          if (cursor.kind() !== "string") {
            cursor.skip();
            continue;
          }
          const distribution = pythonDictionary(cursor.string());
          if (distribution === null) {
            throw new InputError({
              code: "malformed",
              path: source.path,
              line,
              problem: `${name} of span ${span} is not a distribution`,
              expected: "{length: probability, ...}",
              advice: "take the file as ServeGen published it",
            });
          }
          let sum = 0;
          let first = 0;
          let second = 0;
          for (const [length, share] of distribution) {
            sum += share;
            first += share * length;
            second += share * length * length;
            lengths.add([["startS", row[0]![1]], ["of", name], ["length", length], [
              "share",
              share,
            ]]);
          }
          const mean = first / sum;
          row.push(
            [`${name}_lengths`, distribution.length],
            [`${name}_sum`, sum],
            [`${name}_mean`, mean],
            [`${name}_stddev`, Math.sqrt(Math.max(0, second / sum - mean * mean))],
          );
        }
        spans.add(row);
      }
    } finally {
      cursor.close();
    }
    if (spans.length > 0) into.results.push(spans.table("spans", unitOf));
    if (lengths.length > 0) into.results.push(lengths.table("distributions", unitOf));
  },
};

function unitOf(column: string): string | undefined {
  if (column === "startS") return "s";
  return column === "length" || /_(mean|stddev)$/.test(column) ? "tok" : undefined;
}

/** Pairs of `{48: 2.46e-05, 52: 0.25}`; null when the text is anything else. */
function pythonDictionary(text: string): [number, number][] | null {
  const body = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1];
  if (body === undefined) return null;
  if (body.trim() === "") return [];
  const pairs: [number, number][] = [];
  for (const pair of body.split(",")) {
    const match = /^\s*(\d+(?:\.\d+)?)\s*:\s*(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*$/.exec(pair);
    if (match === null) return null;
    pairs.push([Number(match[1]), Number(match[2])]);
  }
  return pairs;
}
