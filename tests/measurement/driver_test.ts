import assert from "node:assert/strict";
import fc from "fast-check";
import { Answer } from "../../lib/measurement/answer.ts";
import { nowS } from "../../lib/measurement/clock.ts";
import { drive } from "../../lib/measurement/drive.ts";
import { syntheticPrompts } from "../../lib/measurement/prompts.ts";
import { Connections } from "../../lib/measurement/post.ts";
import type { RequestRecord } from "../../lib/measurement/records.ts";
import { plannedRequests, replayOf } from "../../lib/measurement/schedule.ts";
import { sendRequest } from "../../lib/measurement/send_request.ts";
import type { EndpointSettings } from "../../lib/measurement/settings.ts";
import { EventStream } from "../../lib/measurement/sse.ts";
import { parseMeasureConfig, sweepCells } from "../../lib/measurement/mod.ts";
import { clean, tryRequest, type TryResult } from "../../lib/measurement/try_request.ts";
import { requestLog } from "../../lib/requests/log.ts";
import { startTestServer, type TestServerOptions } from "./server.ts";

const quick: Omit<EndpointSettings, "url"> = {
  api: "completions",
  timeoutS: 3,
  stallS: 0.3,
  retries: 2,
  backoffS: 0.02,
  maxBackoffS: 0.1,
  body: {},
};

/** Sends one request to a server with a fault. */
async function sendTo(
  options: TestServerOptions,
  settings: Partial<EndpointSettings> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<{ record: RequestRecord; tries: number; tookS: number }> {
  const server = startTestServer(options);
  const connections = new Connections();
  const startS = nowS();
  const endpoint = { ...quick, url: server.url, ...settings };
  const ask = endpoint.api === "chat"
    ? { messages: [{ role: "user", content: "a b c" }] }
    : { prompt: "a b c" };
  const record = await sendRequest({
    id: "c/1/load/0",
    cell: "c",
    attempt: 1,
    phase: "load",
    dueS: startS,
    countPrompt: () => ({ tokens: 3, rule: "prompt-ids" }),
    body: JSON.stringify({ ...ask, max_tokens: 5, stream_options: { include_usage: true } }),
  }, {
    endpoint,
    connections,
    apiKey: "sk-secret-123456",
    tokenCount: "server",
    tokenizer: null,
    journal: { started: () => {}, chunk: () => {} },
    onChunk: () => {},
    signal,
  });
  const tookS = nowS() - startS;
  connections.close();
  await server.stop();
  return { record, tries: server.bodies.length, tookS };
}

const every = (fault: string) => (): string => fault;
const first = (fault: string) => (request: number): string | null => request === 0 ? fault : null;

Deno.test("events come out whole however the bytes of a stream are cut", () => {
  const text = 'data: {"a":"é€😀"}\r\n\r\n: note\ndata:x\n\nevent: y\ndata: last';
  const bytes = new TextEncoder().encode(text);
  fc.assert(fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
    const seen: string[] = [];
    const stream = new EventStream();
    const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
    for (let i = 1; i < edges.length; i++) {
      stream.push(bytes.subarray(edges[i - 1], edges[i]), (data) => seen.push(data));
    }
    stream.end((data) => seen.push(data));
    assert.deepEqual(seen, ['{"a":"é€😀"}', "x", "last"]);
  }));
});

Deno.test("text of completions, chats, reasoning and tool calls counts; roles and ends do not", () => {
  const answer = new Answer();
  const choice = (value: unknown): boolean => answer.take(JSON.stringify({ choices: [value] }), 1);
  assert.equal(choice({ text: "a" }), true);
  assert.equal(choice({ delta: { content: "a" } }), true);
  assert.equal(choice({ delta: { reasoning_content: "a" } }), true);
  assert.equal(choice({ delta: { tool_calls: [{}] } }), true);
  assert.equal(choice({ delta: { role: "assistant", content: "" } }), false);
  assert.equal(choice({ text: "", finish_reason: "stop" }), false);
  assert.equal(answer.take("null", 1), false);
  assert.equal(answer.take('{"choices":[null]}', 1), false);
  assert.equal(answer.malformed, 1);
  assert.equal(answer.finish, "stop");
  assert.equal(answer.chunkS.length, 4);
});

Deno.test("a request is recorded with every token time and the server's counts", async () => {
  for (const api of ["completions", "chat"] as const) {
    const { record } = await sendTo({ ttftMs: 20, tpotMs: 5 }, { api });
    assert.equal(record.success, true);
    assert.deepEqual([record.inputTokens, record.outputTokens, record.tokenCount], [
      3,
      5,
      "server",
    ]);
    assert.equal(record.chunkAfterS.length, 5);
    assert.ok(record.firstTokenS! - record.submitS >= 0.019, "the first token came too early");
    assert.ok(Math.abs(record.endS! - record.submitS - record.chunkAfterS[4]!) < 2e-6);
    assert.ok(record.chunkAfterS.every((s, i) => i === 0 || s >= record.chunkAfterS[i - 1]!));
  }
});

Deno.test("a stream that comes a byte at a time is read like any other", async () => {
  const { record } = await sendTo({ fault: every("split") });
  assert.equal(record.success, true);
  assert.equal(record.chunkAfterS.length, 5);
});

Deno.test("tokens are not counted by a rule that nobody named", async () => {
  const { record } = await sendTo({ fault: every("no-usage") });
  assert.equal(record.success, true);
  assert.deepEqual([record.outputTokens, record.tokenCount], [null, null]);
  // Ids that were sent need no rule to be counted.
  assert.deepEqual([record.inputTokens, record.inputCount], [3, "prompt-ids"]);
});

Deno.test("a busy or failing server is tried again, as often as the settings say and no more", async () => {
  const busy = await sendTo({ fault: first("429") });
  assert.equal(busy.record.success, true);
  assert.equal(busy.record.retries[0]!.reason, "status-429");
  assert.equal(busy.record.retries[0]!.waitS, 0.05);
  for (
    const [fault, reason] of [
      ["500", "status-500"],
      ["early-disconnect", "disconnected"],
      ["error-event", "server-error"],
      ["garbage", "malformed-stream"],
    ]
  ) {
    const { record, tries } = await sendTo({ fault: every(fault!) });
    assert.equal(record.success, false, fault);
    assert.equal(record.error, reason);
    assert.equal(tries, 3, fault);
    assert.equal(record.retries.length, 2, fault);
  }
});

Deno.test("a server that asks for a long wait gets the longest that the settings allow", async () => {
  const { record, tries } = await sendTo({ fault: every("429-long") });
  assert.deepEqual(record.retries.map(({ waitS }) => waitS), [0.1, 0.1]);
  assert.equal(tries, 3);
});

Deno.test("connections are kept from one request to the next, and a closed one is no failure", async () => {
  const server = startTestServer({ ttftMs: 1, tpotMs: 0 });
  const ports = new Set<string>();
  const connections = new Connections();
  const send = (url: string): Promise<TryResult> =>
    tryRequest({ ...quick, url }, {
      connections,
      body: JSON.stringify({ prompt: "a", max_tokens: 2 }),
      apiKey: null,
      signal: new AbortController().signal,
      onSubmit: () => {},
      onChunk: () => {},
    });
  for (let i = 0; i < 4; i++) {
    assert.equal((await send(server.url)).failure, null);
    ports.add(server.ports.at(-1)!);
  }
  // The next may be sent before the one before has quite ended: two connections take turns.
  assert.ok(ports.size <= 2, `${ports.size} connections for 4 requests`);
  const { port } = new URL(server.url);
  await server.stop();
  // The same address: the connection that was kept is dead now.
  const again = startTestServer({ ttftMs: 1, tpotMs: 0, port: Number(port) });
  assert.equal((await send(again.url)).failure, null);
  connections.close();
  await again.stop();
});

Deno.test("once text has come, a request that breaks is counted and not sent again", async () => {
  const { record, tries } = await sendTo({ fault: every("disconnect") });
  assert.equal(record.error, "disconnected");
  assert.equal(tries, 1);
  assert.equal(record.chunkAfterS.length, 2);
});

Deno.test("broken events among good ones are counted", async () => {
  const { record } = await sendTo({ fault: every("malformed") });
  assert.equal(record.success, true);
  assert.equal(record.malformedLines, 2);
});

Deno.test("a server that falls silent, or never answers, or never ends, is no hang", async () => {
  for (const fault of ["hang", "never", "endless-error"]) {
    const { record, tookS } = await sendTo({ fault: every(fault) });
    assert.equal(record.error, "stalled", fault);
    assert.ok(tookS < 2, `${fault} took ${tookS} s`);
  }
  const slow = await sendTo({ ttftMs: 1, tpotMs: 200 }, { timeoutS: 0.5 });
  assert.equal(slow.record.error, "timeout");
});

Deno.test("no server at all is a failure with a reason", async () => {
  const { record } = await sendTo({}, { url: "http://127.0.0.1:9/v1", retries: 1 });
  assert.equal(record.error, "connection-failed");
  assert.equal(record.retries.length, 1);
});

Deno.test("a request that is stopped says so, at once", async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 50);
  const { record, tookS } = await sendTo({ tpotMs: 400 }, {}, stop.signal);
  assert.equal(record.error, "stopped");
  assert.ok(tookS < 1);
});

Deno.test("a key that a server repeats does not reach the record", async () => {
  const { record } = await sendTo({ fault: every("refuse-key") });
  assert.equal(record.error, "status-401");
  assert.ok(!JSON.stringify(record).includes("secret"), record.detail!);
  assert.equal(clean("key sk-abc***xyz12 is wrong", null), "key (key) is wrong");
});

const settings = (more: string): ReturnType<typeof parseMeasureConfig> =>
  parseMeasureConfig(`{name: a, model: m, endpoint: {url: "http://h/v1"}, ${more}}`, "a.yaml");

Deno.test("closed loops keep the concurrency, batches wait for one another", async () => {
  for (
    const [pace, most] of [
      [{ kind: "closed", concurrency: 3 }, 3],
      [{ kind: "batch", batch: 4 }, 4],
    ] as const
  ) {
    let inFlight = 0;
    let seen = 0;
    let sent = 0;
    const some = settings("load: {requests: 10}");
    await drive(plannedRequests(some, sweepCells(some)[0]!, null), {
      pace,
      durationS: null,
      signal: new AbortController().signal,
      async send() {
        seen = Math.max(seen, ++inFlight);
        await new Promise((resolve) => setTimeout(resolve, 1 + 5 * (sent++ % 2)));
        inFlight--;
      },
    });
    assert.equal(seen, most);
    assert.equal(sent, 10);
  }
});

Deno.test("Poisson arrivals have their rate, and are the same for the same seed", () => {
  const some = settings("arrival: {kind: poisson}, sweep: {rate: 10 /s}, load: {requests: 4000}");
  const [cell] = sweepCells(some);
  const times = [...plannedRequests(some, cell!, null)].map(({ afterS }) => afterS!);
  // Mean gap 0.1 s; its standard error over 4000 gaps is 1.6 %.
  assert.ok(Math.abs(times.at(-1)! / 4000 - 0.1) < 0.01);
  assert.deepEqual([...plannedRequests(some, cell!, null)].map(({ afterS }) => afterS), times);
});

Deno.test("a trace is replayed at its times and lengths, and one without lengths is refused", async () => {
  const log = requestLog({
    submitS: Float64Array.of(100.2, 100),
    inputTokens: Float64Array.of(7, 5),
    outputTokens: Float64Array.of(3, 2),
  });
  const replay = replayOf(log, 2, "trace.csv");
  assert.deepEqual(replay.map(({ inputTokens }) => inputTokens), [5, 7]);
  const some = settings("arrival: {kind: trace, file: trace.csv, speed: 2}");
  const sent: number[] = [];
  const startS = await drive(plannedRequests(some, sweepCells(some)[0]!, replay), {
    pace: { kind: "open" },
    durationS: null,
    signal: new AbortController().signal,
    send: (_one, dueS) => Promise.resolve(void sent.push(dueS)),
  });
  assert.ok(Math.abs(sent[1]! - startS - 0.1) < 1e-6);
  assert.throws(
    () => replayOf(requestLog({ submitS: Float64Array.of(1) }), 1, "trace.csv"),
    /request 1 of the trace cannot be replayed/,
  );
});

Deno.test("made-up prompts have their length, differ, and are the same for the same seed", () => {
  const source = syntheticPrompts("words", 0);
  assert.equal((source(1, 0, 64) as string).split(" ").length, 64);
  assert.equal(source(1, 0, 64), source(1, 0, 64));
  assert.notEqual(source(1, 0, 64), source(1, 1, 64));
  const ids = syntheticPrompts("token-ids", 30_000)(1, 0, 500) as number[];
  assert.equal(ids.length, 500);
  assert.ok(ids.every((id) => id >= 1000 && id < 30_000));
});
