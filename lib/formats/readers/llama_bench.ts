import type { Format } from "../format.ts";
import { type Head, headBytes, headOf } from "../head.ts";
import { forEachLine } from "../lines.ts";
import { isObject, notThis, readJsonValues, scalarsOf } from "../json_value.ts";
import type { Collector } from "../collect.ts";
import { hasColumns, readResultCsv } from "../result_csv.ts";
import { type Cell, ResultRows } from "../result_rows.ts";
import { type ByteSource, firstBytes } from "../source.ts";

/**
 * Results of llama.cpp's `llama-bench` as JSON, JSON Lines, CSV or a Markdown table. A test computes
 * `n_prompt` tokens, generates `n_gen`, or both; `avg_ts` is tokens a second. The times of single
 * repetitions stand in a table of their own; when each began is not told.
 */
export const format: Format = {
  id: "llama-bench",
  title: "llama-bench JSON, JSON Lines, CSV or Markdown",
  kinds: ["results"],
  writtenBy: "llama.cpp llama-bench",
  detect: (head) =>
    isJson(head) || hasColumns(head, ["n_prompt", "n_gen", "avg_ts"]) ||
      markdownHeader(head) !== null
      ? 3
      : 0,
  async read(source, into) {
    const head = headOf(source.path, await firstBytes(source, headBytes));
    if (/^\s*[[{]/.test(head.text)) await readJson(source, into);
    else if (markdownHeader(head) !== null) await readMarkdown(source, into);
    else {
      await readResultCsv(source, into, {
        table: "tests",
        needs: ["n_prompt", "n_gen", "avg_ts"],
        unitOf,
      });
    }
  },
};

function isJson(head: Head): boolean {
  return /^\s*[[{]/.test(head.text) &&
    ["n_prompt", "n_gen", "avg_ts"].every((key) => head.text.includes(`"${key}"`));
}

function markdownHeader(head: Head): string[] | null {
  const line = head.lines.find((text) => text.startsWith("|"));
  const names = (line ?? "").split("|").map((cell) => cell.trim());
  return names.includes("test") && names.includes("t/s") ? names : null;
}

async function readJson(source: ByteSource, into: Collector): Promise<void> {
  const tests = new ResultRows();
  const repetitions = new ResultRows();
  const passedOver = new Set<string>();
  for (const value of (await readJsonValues(source)).flat()) {
    if (!isObject(value)) throw notThis(source, "a test is not an object", "an object");
    const { samples_ns: ns, samples_ts: ts, ...rest } = value as Record<string, unknown>;
    tests.add(scalarsOf(rest, passedOver));
    if (!Array.isArray(ns)) continue;
    ns.forEach((time: unknown, i) => {
      const rate: unknown = Array.isArray(ts) ? ts[i] : null;
      repetitions.add([
        ["test", tests.length],
        ["time_ns", typeof time === "number" ? time : null],
        ["ts", typeof rate === "number" ? rate : null],
      ]);
    });
  }
  if (passedOver.size > 0) into.notes.push(`Passed over: ${[...passedOver].join(", ")}.`);
  if (tests.length > 0) into.results.push(tests.table("tests", unitOf));
  if (repetitions.length > 0) into.results.push(repetitions.table("repetitions", unitOf));
}

/** `| llama 7B Q4_0 | 3.56 GiB | 6.74 B | CUDA | 99 | pp512 @ d1024 | 2368.80 ± 93.24 |` */
async function readMarkdown(source: ByteSource, into: Collector): Promise<void> {
  const rows = new ResultRows();
  let names: string[] | null = null;
  await forEachLine(source, (text, line, terminated) => {
    if (!text.trimStart().startsWith("|")) return;
    const cells = text.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());
    if (names === null) {
      names = cells;
      return;
    }
    if (cells.every((cell) => /^:?-+:?$/.test(cell))) return;
    if (cells.length !== names.length || !text.trimEnd().endsWith("|")) {
      into.losses.add(terminated ? "wrong-field-count" : "truncated-row", line, text);
      return;
    }
    rows.add(names.flatMap((name, i) => markdownCell(name, cells[i]!, line, into)));
  });
  if (rows.length > 0) into.results.push(rows.table("tests", unitOf));
}

function markdownCell(name: string, cell: string, line: number, into: Collector): [string, Cell][] {
  if (name === "t/s") {
    const rate = /^(\d+(?:\.\d+)?)\s*(?:±|\+-)\s*(\d+(?:\.\d+)?)$/.exec(cell);
    if (rate === null) into.losses.add("not-a-number", line, cell);
    return [
      ["avg_ts", rate === null ? null : Number(rate[1])],
      ["stddev_ts", rate === null ? null : Number(rate[2])],
    ];
  }
  if (name === "size" || name === "params") {
    const size = /^(\d+(?:\.\d+)?) (GiB|MiB|B|M)$/.exec(cell);
    if (size === null) return [[name, cell]];
    const scale = { GiB: 2 ** 30, MiB: 2 ** 20, B: 1e9, M: 1e6 }[size[2] as "GiB"];
    return [[
      name === "size" ? "model_size" : "model_n_params",
      Math.round(Number(size[1]) * scale),
    ]];
  }
  if (name === "test") {
    const part = (letters: string): number =>
      Number(new RegExp(`${letters}(\\d+)`).exec(cell)?.[1] ?? 0);
    return [["test", cell], ["n_prompt", part("pp")], ["n_gen", part("tg")], [
      "n_depth",
      part("@ d"),
    ]];
  }
  return [[name, /^\d+(\.\d+)?$/.test(cell) ? Number(cell) : cell]];
}

function unitOf(key: string): string | undefined {
  if (/_ns$/.test(key)) return "ns";
  if (key === "ts" || /^(avg|stddev)_ts$/.test(key)) return "tok/s";
  if (key === "model_size") return "B";
  return undefined;
}
