import { requestLog } from "../../requests/log.ts";
import type { Collector } from "../collect.ts";
import type { Format } from "../format.ts";
import { hasJsonKeys } from "../head.ts";
import { JsonCursor } from "../json_cursor.ts";
import { NumberList } from "../number_list.ts";
import type { ByteSource } from "../source.ts";

/**
 * `profile_export.json` of GenAI-Perf and Perf Analyzer: for each experiment the moments at which
 * requests were sent and their responses came, in nanoseconds since the epoch. Tokens are not
 * counted in it. With a single response there is no telling when the first token came.
 */
export const format: Format = {
  id: "genai-perf",
  title: "GenAI-Perf profile_export.json",
  kinds: ["requests"],
  writtenBy: "genai-perf profile, perf_analyzer --profile-export-file",
  detect: (head) =>
    hasJsonKeys(head, "experiments") &&
      (hasJsonKeys(head, "service_kind") || hasJsonKeys(head, "response_timestamps"))
      ? 3
      : 0,
  async read(source, into) {
    const cursor = await JsonCursor.open(source);
    try {
      cursor.beginObject();
      for (let key = cursor.key(); key !== null; key = cursor.key()) {
        if (key !== "experiments" || cursor.kind() !== "array") {
          cursor.skip();
          continue;
        }
        cursor.beginArray();
        while (cursor.more()) readExperiment(cursor, source, into);
      }
    } finally {
      cursor.close();
    }
  },
};

function readExperiment(cursor: JsonCursor, source: ByteSource, into: Collector): void {
  const submit = new NumberList();
  const first = new NumberList();
  const end = new NumberList();
  const offsets = new NumberList();
  const chunks = new NumberList();
  const success: number[] = [];
  offsets.push(0);
  let load = "";
  cursor.beginObject();
  for (let key = cursor.key(); key !== null; key = cursor.key()) {
    if (key === "experiment" && cursor.kind() === "object") {
      const { mode, value } = cursor.value() as { mode?: unknown; value?: unknown };
      load = `${mode} ${value}`;
    } else if (key === "requests" && cursor.kind() === "array") {
      cursor.beginArray();
      while (cursor.more()) readRequest();
    } else cursor.skip();
  }
  if (submit.length === 0) return;
  if (load !== "") into.notes.push(`${submit.length} requests at ${load}.`);
  const all = chunks.take();
  into.requests.push(requestLog({
    clock: "epoch",
    submitS: submit.take(),
    firstTokenS: first.take(),
    endS: end.take(),
    success: Uint8Array.from(success),
    tokenTimes: into.keeps ? { offsets: Uint32Array.from(offsets.view()), timeS: all } : null,
    source: { path: source.path, format: format.id },
  }));

  function readRequest(): void {
    const { line } = cursor;
    const from = chunks.length;
    let startS = NaN;
    let lastS = NaN;
    let firstS = NaN;
    let responses = 0;
    let inOrder = true;
    cursor.beginObject();
    for (let key = cursor.key(); key !== null; key = cursor.key()) {
      if (key === "timestamp") startS = cursor.nanoseconds();
      else if (key === "response_timestamps" && cursor.kind() === "array") {
        cursor.beginArray();
        while (cursor.more()) {
          const timeS = cursor.nanoseconds();
          if (responses === 0) firstS = timeS;
          else inOrder &&= timeS >= lastS;
          if (into.keeps) chunks.push(timeS);
          lastS = timeS;
          responses++;
        }
      } else cursor.skip();
    }
    if (Number.isNaN(startS)) into.losses.add("bad-time", line, "timestamp");
    if (responses > 0 && !(inOrder && firstS >= startS)) {
      into.losses.add("ends-before-start", line);
      firstS = lastS = NaN;
    }
    if (responses === 0) into.losses.add("request-failed", line);
    else if (responses === 1) into.losses.add("no-first-token-time", line);
    submit.push(startS);
    first.push(responses > 1 ? firstS : NaN);
    end.push(lastS);
    success.push(responses > 0 ? 1 : 0);
    if (responses < 2 || Number.isNaN(lastS)) chunks.length = from;
    offsets.push(chunks.length);
  }
}
