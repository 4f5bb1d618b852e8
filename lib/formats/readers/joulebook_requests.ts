import type { Clock } from "../../clock.ts";
import { requestLog } from "../../requests/log.ts";
import type { Collector } from "../collect.ts";
import type { Format } from "../format.ts";
import { hasJsonKeys } from "../head.ts";
import type { JsonCursor } from "../json_cursor.ts";
import { forEachJsonLine } from "../json_line_reader.ts";
import { NumberList } from "../number_list.ts";
import type { ByteSource } from "../source.ts";

/**
 * `requests.jsonl` of a run folder: a header, then a request a line as the driver saw it. Warm-up
 * requests are among them, because they took energy; so are those that failed or were cut off.
 */
export const format: Format = {
  id: "joulebook-requests",
  title: "requests of a joulebook run folder, JSON Lines",
  kinds: ["requests"],
  writtenBy: "joulebook measure",
  detect: (head) =>
    head.text.startsWith('{"joulebookRequests":')
      ? 3
      : hasJsonKeys(head, "chunkAfterS", "submitS", "cell")
      ? 2
      : 0,
  read,
};

const clocks: ReadonlySet<string> = new Set(["epoch", "local", "monotonic", "elapsed"]);

const columnNames = [
  "submitS",
  "firstTokenS",
  "endS",
  "inputTokens",
  "outputTokens",
  "cachedTokens",
] as const;

async function read(source: ByteSource, into: Collector): Promise<void> {
  const columns = new Map(columnNames.map((name) => [name as string, new NumberList()]));
  const one = new Map<string, number>();
  const success: number[] = [];
  const ids: string[] = [];
  const offsets: number[] = [0];
  const tokens = into.keeps ? new NumberList() : null;
  const after = new NumberList();
  const counts = new Set<string>();
  let warmUps = 0;
  let uneven = 0;
  let cached = false;
  let clock: Clock = "epoch";
  let endRule = "";
  await forEachJsonLine(source, into.losses, (cursor, line) => {
    const state: Rest = {
      id: "",
      ok: false,
      warmup: false,
      count: "",
      clock: "",
      endRule: "",
      isRequest: false,
    };
    for (const name of columnNames) one.set(name, NaN);
    after.take();
    readFields(cursor, one, after, state);
    if (clocks.has(state.clock)) clock = state.clock as Clock;
    if (state.endRule !== "") endRule = state.endRule;
    if (!state.isRequest) return;
    if (!state.ok) into.losses.add("request-failed", line, state.id);
    if (state.warmup) warmUps++;
    if (state.count !== "") counts.add(state.count);
    for (const name of columnNames) columns.get(name)!.push(one.get(name)!);
    const submitS = one.get("submitS")!;
    if (Number.isNaN(submitS)) into.losses.add("bad-time", line, "submitS");
    if (!Number.isNaN(one.get("cachedTokens")!)) cached = true;
    if (state.ok && after.length !== one.get("outputTokens")) uneven++;
    for (let i = 0; tokens !== null && i < after.length; i++) tokens.push(submitS + after.at(i));
    offsets.push(tokens?.length ?? 0);
    success.push(state.ok ? 1 : 0);
    ids.push(state.id);
  });
  if (success.length === 0) return;
  if (warmUps > 0) into.notes.push(`Warm-up requests among them: ${warmUps}.`);
  if (uneven > 0) {
    into.notes.push(
      `${uneven} requests came in another number of chunks than they have tokens: ` +
        "their token times are those of chunks.",
    );
  }
  const column = (name: typeof columnNames[number]): Float64Array => columns.get(name)!.take();
  into.requests.push(requestLog({
    clock,
    submitS: column("submitS"),
    firstTokenS: column("firstTokenS"),
    endS: column("endS"),
    inputTokens: column("inputTokens"),
    outputTokens: column("outputTokens"),
    cachedTokens: cached ? column("cachedTokens") : null,
    success: Uint8Array.from(success),
    tokenTimes: tokens !== null && tokens.length > 0
      ? { offsets: Uint32Array.from(offsets), timeS: tokens.take() }
      : null,
    ids,
    endOrigin: endRule === "" ? { kind: "recorded" } : { kind: "derived", rule: endRule },
    tokenCount: counts.size === 1 && (counts.has("server") || counts.has("tokenizer"))
      ? [...counts][0] as "server" | "tokenizer"
      : "unspecified",
    source: { path: source.path, format: format.id },
  }));
}

interface Rest {
  id: string;
  ok: boolean;
  warmup: boolean;
  count: string;
  clock: string;
  endRule: string;
  isRequest: boolean;
}

function readFields(
  cursor: JsonCursor,
  one: Map<string, number>,
  after: NumberList,
  rest: Rest,
): void {
  cursor.beginObject();
  for (let key = cursor.key(); key !== null; key = cursor.key()) {
    const kind = cursor.kind();
    if (key === "id" && kind === "string") {
      rest.id = cursor.string();
      rest.isRequest = true;
    } else if (one.has(key) && kind === "number") one.set(key, cursor.number());
    else if (key === "success" && kind === "boolean") rest.ok = cursor.boolean() === true;
    else if (key === "phase" && kind === "string") rest.warmup = cursor.string() === "warmup";
    else if (key === "clock" && kind === "string") rest.clock = cursor.string();
    else if (key === "endRule" && kind === "string") rest.endRule = cursor.string();
    else if (key === "tokenCount" && kind === "string") rest.count = cursor.string();
    else if (key === "chunkAfterS" && kind === "array") cursor.numbers(after);
    else cursor.skip();
  }
}
