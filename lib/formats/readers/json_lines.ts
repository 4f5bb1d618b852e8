import { adopt } from "../adopt.ts";
import { InputError } from "../../errors.ts";
import type { Format } from "../format.ts";
import { readJsonLines } from "../json_lines.ts";
import { forEachLine } from "../lines.ts";

/** JSON Lines that `joulebook convert` wrote. */
export const format: Format = {
  id: "joulebook-jsonl",
  title: "JSON Lines of joulebook convert",
  kinds: ["power", "requests", "windows", "results"],
  writtenBy: "joulebook convert",
  detect: ({ text }) => text.startsWith('{"joulebook":{"version":') ? 3 : 0,
  async read(source, into) {
    const lines: string[] = [];
    await forEachLine(source, (text, line, terminated) => {
      if (terminated) lines.push(text);
      else into.losses.add("truncated-row", line, text);
    });
    let result;
    try {
      result = readJsonLines(lines);
    } catch (cause) {
      throw new InputError({
        code: "malformed",
        path: source.path,
        problem: "a line is not what joulebook convert writes",
        advice: "convert the original again",
        cause,
      });
    }
    if (result === null) {
      throw new InputError({
        code: "malformed",
        path: source.path,
        line: 1,
        problem: "the first line does not say what the others mean",
        expected: '{"joulebook": {...}}',
        found: lines[0] ?? "",
        advice: "convert the original again",
      });
    }
    adopt(into, result);
  },
};
