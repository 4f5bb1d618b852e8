import { type RequestLog, requestLog } from "../../requests/log.ts";
import type { Collector } from "../collect.ts";
import type { Format } from "../format.ts";
import { hasJsonKeys } from "../head.ts";
import type { JsonCursor } from "../json_cursor.ts";
import { forEachJsonLine } from "../json_line_reader.ts";
import { NumberList } from "../number_list.ts";
import type { ByteSource } from "../source.ts";

/**
 * AIPerf's `profile_export.jsonl`: a request a line, with start and end in nanoseconds since the
 * epoch (integers beyond 2^53, split before they are rounded) and metrics that carry their unit.
 */
export const format: Format = {
  id: "aiperf-profile",
  title: "AIPerf profile_export.jsonl",
  kinds: ["requests"],
  writtenBy: "aiperf profile",
  detect: (head) => hasJsonKeys(head, "metadata", "request_start_ns") ? 3 : 0,
  read: readProfile,
};

/** Seconds in one of a unit. */
const secondsPer: Readonly<Record<string, number>> = {
  s: 1,
  sec: 1,
  seconds: 1,
  ms: 1e-3,
  us: 1e-6,
  µs: 1e-6,
  ns: 1e-9,
};

/** What one line says, reused for the next. */
class Line {
  startS = NaN;
  endS = NaN;
  id: string | null = null;
  phase: string | null = null;
  failed = false;
  ttftS = NaN;
  inputTokens = NaN;
  outputTokens = NaN;
  /** Seconds between chunks. */
  readonly gapS: number[] = [];
  gapsKnown = false;
  readonly seen = new Set<string>();

  clear(): void {
    this.startS =
      this.endS =
      this.ttftS =
      this.inputTokens =
      this.outputTokens =
        NaN;
    this.id = this.phase = null;
    this.failed = this.gapsKnown = false;
    this.gapS.length = 0;
    this.seen.clear();
  }
}

async function readProfile(source: ByteSource, into: Collector): Promise<void> {
  const submit = new NumberList();
  const first = new NumberList();
  const end = new NumberList();
  const input = new NumberList();
  const output = new NumberList();
  const success: number[] = [];
  const ids: string[] = [];
  const offsets = new NumberList();
  const tokens = into.keeps ? new NumberList() : null;
  let hasGaps = false;
  let warmUps = 0;
  const one = new Line();
  const { losses } = into;
  offsets.push(0);
  await forEachJsonLine(source, losses, (cursor, line) => {
    one.clear();
    readLine(cursor, one, line, into);
    if (Number.isNaN(one.startS)) losses.add("bad-time", line, "request_start_ns");
    if (one.endS < one.startS) {
      losses.add("ends-before-start", line, `${one.endS} < ${one.startS}`);
      one.endS = NaN;
    }
    if (one.failed) losses.add("request-failed", line);
    else if (Number.isNaN(one.ttftS)) losses.add("no-first-token-time", line);
    if (one.phase === "warmup") warmUps++;
    const firstTokenS = one.startS + one.ttftS;
    submit.push(one.startS);
    first.push(one.failed ? NaN : firstTokenS);
    end.push(one.endS);
    input.push(one.inputTokens);
    output.push(one.outputTokens);
    success.push(one.failed ? 0 : 1);
    if (into.keeps) ids.push(one.id ?? "");
    if (tokens !== null && one.gapsKnown && !one.failed && firstTokenS > 0) {
      hasGaps = true;
      let sinceS = 0;
      tokens.push(firstTokenS);
      for (const gapS of one.gapS) tokens.push(firstTokenS + (sinceS += gapS));
    }
    offsets.push(tokens?.length ?? 0);
  });
  if (submit.length === 0) return;
  if (warmUps > 0) into.notes.push(`Warm-up requests among them: ${warmUps}.`);
  const log: RequestLog = requestLog({
    clock: "epoch",
    submitS: submit.take(),
    firstTokenS: first.take(),
    endS: end.take(),
    inputTokens: input.take(),
    outputTokens: output.take(),
    success: Uint8Array.from(success),
    tokenTimes: hasGaps
      ? { offsets: Uint32Array.from(offsets.view()), timeS: tokens!.take() }
      : null,
    ids: ids.some((id) => id !== "") ? ids : null,
    source: { path: source.path, format: format.id },
  });
  into.requests.push(log);
}

function readLine(cursor: JsonCursor, one: Line, line: number, into: Collector): void {
  cursor.beginObject();
  for (let key = cursor.key(); key !== null; key = cursor.key()) {
    const kind = cursor.kind();
    if (key === "metadata" && kind === "object") readMetadata(cursor, one, into.keeps);
    else if (key === "metrics" && kind === "object") readMetrics(cursor, one, line, into);
    else {
      if (key === "error" && kind !== "null") one.failed = true;
      cursor.skip();
    }
  }
}

function readMetadata(cursor: JsonCursor, one: Line, keepId: boolean): void {
  cursor.beginObject();
  for (let key = cursor.key(); key !== null; key = cursor.key()) {
    const kind = cursor.kind();
    if (key === "request_start_ns" && kind === "number") {
      one.startS = cursor.nanoseconds();
    } else if (key === "request_end_ns" && kind === "number") {
      one.endS = cursor.nanoseconds();
    } else if (key === "x_request_id" && kind === "string" && keepId) one.id = cursor.string();
    else if (key === "benchmark_phase" && kind === "string") one.phase = cursor.name();
    else if (key === "was_cancelled" && kind === "boolean") {
      if (cursor.boolean() === true) one.failed = true;
    } else cursor.skip();
  }
}

/** Metrics wanted: times in any unit, counts of tokens. */
const times: ReadonlySet<string> = new Set(["time_to_first_token", "inter_chunk_latency"]);
const counts: ReadonlyMap<string, "inputTokens" | "outputTokens"> = new Map([
  ["input_sequence_length", "inputTokens"],
  ["error_isl", "inputTokens"],
  ["output_sequence_length", "outputTokens"],
]);

function readMetrics(cursor: JsonCursor, one: Line, line: number, into: Collector): void {
  cursor.beginObject();
  for (let name = cursor.key(); name !== null; name = cursor.key()) {
    const count = counts.get(name);
    if (cursor.kind() !== "object" || (count === undefined && !times.has(name))) {
      cursor.skip();
      continue;
    }
    let unit = "";
    let value = NaN;
    const list: number[] = [];
    let isList = false;
    cursor.beginObject();
    for (let key = cursor.key(); key !== null; key = cursor.key()) {
      const kind = cursor.kind();
      if (key === "unit" && kind === "string") unit = cursor.name();
      else if (key === "value" && kind === "array") {
        isList = true;
        cursor.beginArray();
        while (cursor.more()) list.push(cursor.number());
      } else if (key === "value") value = cursor.number();
      else cursor.skip();
    }
    if (one.seen.has(name)) {
      // A parser would take the last, a person the first: neither is sure.
      into.losses.add("metric-given-twice", line, name);
      value = NaN;
      list.fill(NaN);
    }
    one.seen.add(name);
    if (count !== undefined) {
      one[count] = value >= 0 ? value : NaN;
      continue;
    }
    const scale = secondsPer[unit];
    if (scale === undefined) {
      into.losses.add("unknown-unit", line, `${name}: ${unit}`);
    } else if (name === "time_to_first_token") {
      one.ttftS = value >= 0 ? value * scale : NaN;
    } else if (isList) {
      one.gapsKnown = list.every((gap) => gap >= 0);
      if (!one.gapsKnown) into.losses.add("bad-token-interval", line, name);
      one.gapS.length = 0;
      for (const gap of list) one.gapS.push(gap * scale);
    }
  }
}
