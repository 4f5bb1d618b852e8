/**
 * A small OpenAI-compatible server for tests: streams made-up tokens at a given pace, stamps each with
 * its own clock, and misbehaves on request. It listens on loopback only.
 */

/** How it behaves. */
export interface TestServerOptions {
  /** Milliseconds before the first token. */
  readonly ttftMs?: number;
  /** Milliseconds between tokens. */
  readonly tpotMs?: number;
  /**
   * Streams that share one time between tokens: the n-th request's tokens come n such parts later, as
   * those of requests that were sent at different moments do. By default 1: all at once.
   */
  readonly phases?: number;
  /** Port; by default a free one. */
  readonly port?: number;
  /**
   * What goes wrong with the n-th request that arrives, from 0; null when nothing does.
   *
   * `429`, `500`: that status; `429-long`: asks to wait for an hour; `refuse-key`: 401 with the key in the message; `disconnect`: closes
   * after two tokens; `early-disconnect`: before the first; `hang`: sends nothing more after two
   * tokens; `never`: sends no answer; `malformed`: two events of broken JSON among good ones;
   * `garbage`: nothing but broken JSON; `error-event`: an error within the stream; `no-usage`: leaves
   * the usage out; `split`: a byte at a time; `endless-error`: a 500 whose body never ends.
   */
  readonly fault?: (request: number) => string | null;
}

/** A server that is running. */
export interface TestServer {
  /** Base address. */
  readonly url: string;
  /** Bodies of the requests that arrived, in order. */
  readonly bodies: Record<string, unknown>[];
  /** When it sent each token, in seconds since the epoch, by prompt. */
  readonly stamps: Map<string, number[]>;
  /** Ports that they came from, which tell connections apart. */
  readonly ports: string[];
  /** Values of their authorization headers. */
  readonly keys: (string | null)[];
  /** Stops it at once. */
  stop(): Promise<void>;
}

const now = (): number => (performance.timeOrigin + performance.now()) / 1000;

/** Starts a server. */
export function startTestServer(options: TestServerOptions = {}): TestServer {
  const { ttftMs = 5, tpotMs = 2, phases = 1, fault = () => null } = options;
  const ending = new AbortController();
  const bodies: Record<string, unknown>[] = [];
  const keys: (string | null)[] = [];
  const ports: string[] = [];
  const stamps = new Map<string, number[]>();
  const server = Deno.serve({
    port: options.port ?? 0,
    hostname: "127.0.0.1",
    signal: ending.signal,
    onListen: () => {},
  }, async (request, { remoteAddr }) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/v1/models") return Response.json({ data: [{ id: "test" }] });
    if (pathname === "/v1/stamps") return Response.json(Object.fromEntries(stamps));
    if (request.method !== "POST") return new Response("no", { status: 404 });
    const body = await request.json() as Record<string, unknown>;
    const number = bodies.push(body) - 1;
    ports.push(String((remoteAddr as Deno.NetAddr).port));
    keys.push(request.headers.get("authorization"));
    const wrong = fault(number);
    if (wrong === "429") {
      return new Response("slow down", { status: 429, headers: { "retry-after": "0.05" } });
    }
    if (wrong === "429-long") {
      return new Response("later", { status: 429, headers: { "retry-after": "3600" } });
    }
    if (wrong === "500") return new Response("overloaded", { status: 500 });
    if (wrong === "refuse-key") {
      return new Response(`Incorrect API key provided: ${keys[number]}`, { status: 401 });
    }
    if (wrong === "never") {
      await new Promise((resolve) => ending.signal.addEventListener("abort", resolve));
      return new Response("", { status: 503 });
    }
    if (wrong === "endless-error") {
      return new Response(new ReadableStream({ start: () => {} }), { status: 500 });
    }
    return new Response(
      stream(
        body,
        pathname.endsWith("/chat/completions"),
        wrong,
        ttftMs + number % phases * tpotMs / phases,
        tpotMs,
        stamps,
        ending.signal,
      ),
      { headers: { "content-type": "text/event-stream" } },
    );
  });
  const { port } = server.addr as Deno.NetAddr;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    bodies,
    stamps,
    ports,
    keys,
    async stop() {
      ending.abort();
      await server.finished;
    },
  };
}

function stream(
  body: Record<string, unknown>,
  isChat: boolean,
  wrong: string | null,
  ttftMs: number,
  tpotMs: number,
  stamps: Map<string, number[]>,
  stop: AbortSignal,
): ReadableStream<Uint8Array> {
  const tokens = Number(body["max_tokens"] ?? 16);
  const prompt = body["prompt"] ?? (body["messages"] as { content: string }[])[0]!.content;
  const inputTokens = Array.isArray(prompt) ? prompt.length : String(prompt).split(" ").length;
  const sentS: number[] = [];
  stamps.set(String(prompt), sentS);
  const encoder = new TextEncoder();
  let timer: ReturnType<typeof setTimeout>;
  return new ReadableStream({
    start(controller) {
      const send = (text: string): void => {
        const bytes = encoder.encode(text);
        if (wrong !== "split") controller.enqueue(bytes);
        else for (let i = 0; i < bytes.length; i++) controller.enqueue(bytes.slice(i, i + 1));
      };
      const event = (value: unknown): void => send(`data: ${JSON.stringify(value)}\n\n`);
      const usage = { prompt_tokens: inputTokens, completion_tokens: tokens };
      let sent = 0;
      const startMs = performance.now();
      const finish = (): void => {
        const choice = isChat ? { delta: {} } : { text: "" };
        event({ choices: [{ index: 0, ...choice, finish_reason: "length" }] });
        const { include_usage: wanted } = (body["stream_options"] ?? {}) as {
          include_usage?: boolean;
        };
        if (wanted === true && wrong !== "no-usage") event({ choices: [], usage });
        send("data: [DONE]\n\n");
        controller.close();
      };
      const step = (): void => {
        if (stop.aborted) return controller.error(new Error("stopped"));
        if (wrong === "early-disconnect" || (wrong === "disconnect" && sent === 2)) {
          return controller.error(new Error("gone"));
        }
        if (wrong === "hang" && sent === 2) return;
        if (wrong === "error-event") {
          event({ error: { message: "the engine died" } });
          return controller.close();
        }
        if (wrong === "garbage") {
          send("data: {never JSON\n\n");
          return controller.close();
        }
        if (wrong === "malformed" && sent === 1) send('data: {"choices":[{"te\n\ndata: 7\n\n');
        const word = sent % 3 === 0 ? " é€" : " word";
        const part = isChat ? { delta: { content: word } } : { text: word };
        sentS.push(now());
        event({ choices: [{ index: 0, ...part, finish_reason: null }] });
        if (++sent === tokens) return finish();
        // Due times, not pauses, so that late timers do not slow the stream down.
        const dueMs = startMs + ttftMs + sent * tpotMs;
        timer = setTimeout(run, Math.max(0, dueMs - performance.now()));
      };
      const run = (): void => {
        try {
          step();
        } catch (error) {
          // The client went away between two tokens.
          if (!(error instanceof TypeError)) throw error;
        }
      };
      if (isChat) event({ choices: [{ index: 0, delta: { role: "assistant" } }] });
      timer = setTimeout(run, ttftMs);
    },
    cancel() {
      clearTimeout(timer);
    },
  });
}

if (import.meta.main) {
  const [ttftMs, tpotMs, phases, port] = Deno.args.map(Number);
  const server = startTestServer({
    ...(ttftMs !== undefined && { ttftMs }),
    ...(tpotMs !== undefined && { tpotMs }),
    ...(phases !== undefined && { phases }),
    ...(port !== undefined && { port }),
  });
  // deno-lint-ignore no-console
  console.log(server.url);
}
