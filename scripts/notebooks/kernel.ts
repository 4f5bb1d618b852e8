/**
 * A Deno Jupyter kernel as a child process, driven over its sockets. The kernel answers late: the
 * result of a cell can arrive after "idle", prints after both. So every message is routed by the
 * request that it answers, and a barrier closes each cell.
 */

import { randomBytes, randomUUID } from "node:crypto";
import type { CellOutputs } from "./cell_outputs.ts";
import { encode, type Message, parse, request } from "./jupyter_messages.ts";
import { ZmtpSocket } from "./zmtp.ts";

/** How a kernel is started. */
export interface KernelOptions {
  /** Folder that the notebook's code runs in: relative imports and paths start there. */
  readonly cwd: string;
  /** Its environment, the whole of it. */
  readonly env: Readonly<Record<string, string>>;
  /** Seconds to wait for its first answer; default 60. */
  readonly startTimeoutS?: number;
}

/** The kernel could not be started, or ended while a cell ran. */
export class KernelError extends Error {
  override readonly name = "KernelError";
}

/** A cell did not end in time. */
export class CellTimeout extends Error {
  override readonly name = "CellTimeout";
}

/** What becomes of a request. */
interface Pending {
  receive(message: Message): void;
  readonly replied: PromiseWithResolvers<Message>;
  readonly idle: PromiseWithResolvers<void>;
}

const channels = ["shell", "iopub", "stdin", "control", "hb"] as const;

/** Runs before the first cell: what the kernel would swallow is said, and the barrier's two ways. */
const preludeCode = (token: string) =>
  `(() => {
  const { log, error } = console;
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    const { reason } = event;
    const failure = reason instanceof Error
      ? { ename: reason.name, evalue: reason.message, traceback: String(reason.stack).split("\\n") }
      : { ename: "Error", evalue: String(reason), traceback: [] };
    error("${token}" + JSON.stringify(failure));
  });
  globalThis[Symbol.for("${token}")] = () => { log("${token}"); return "${token}"; };
})()`;

/** A running kernel. */
export class Kernel {
  readonly #child: Deno.ChildProcess;
  readonly #died: Promise<never>;
  readonly #sockets: Record<"shell" | "iopub" | "control", ZmtpSocket>;
  readonly #key: string;
  readonly #session = randomUUID();
  readonly #token = `joulebook:${randomUUID()}`;
  readonly #pending = new Map<string, Pending>();
  readonly #readers: Promise<void>[];
  readonly #cells: CellOutputs[] = [];
  #lastMessageMs = 0;
  #languageInfo: Readonly<Record<string, unknown>> = {};
  #broken: ((error: Error) => void) | null = null;

  private constructor(
    child: Deno.ChildProcess,
    died: Promise<never>,
    sockets: Record<"shell" | "iopub" | "control", ZmtpSocket>,
    key: string,
  ) {
    this.#child = child;
    const broken = Promise.withResolvers<never>();
    this.#broken = broken.reject;
    this.#died = Promise.race([died, broken.promise]);
    this.#died.catch(() => {});
    this.#sockets = sockets;
    this.#key = key;
    this.#readers = Object.values(sockets).map((socket) => this.#read(socket));
  }

  /**
   * Starts a kernel and waits until it answers.
   *
   * @param options Folder, environment, patience.
   * @return The kernel; the caller closes it.
   * @throws {KernelError} When it does not come up.
   */
  static async start(options: KernelOptions): Promise<Kernel> {
    const deadline = performance.now() + (options.startTimeoutS ?? 60) * 1000;
    let problem = "";
    // Ports are free when chosen and may be taken when the kernel binds them: then choose again.
    for (let attempt = 0; attempt < 5; attempt++) {
      const outcome = await launch(options, deadline);
      if (!("problem" in outcome)) {
        const kernel = new Kernel(outcome.child, outcome.died, outcome.sockets, outcome.key);
        try {
          await kernel.#greet(deadline);
          return kernel;
        } catch (error) {
          await kernel.close();
          throw error;
        }
      }
      problem = outcome.problem;
      if (!/address.*in use|os error 98|os error 48/i.test(problem)) break;
    }
    throw new KernelError(`the Deno kernel did not start: ${problem}`);
  }

  /** What the kernel says of its language, as a notebook's metadata holds it. */
  get languageInfo(): Readonly<Record<string, unknown>> {
    return this.#languageInfo;
  }

  /**
   * Runs one cell to its end, with everything that it prints and shows.
   *
   * @param code Source of the cell.
   * @param outputs Takes its outputs, also those that come later from work it left running.
   * @param timeoutS Seconds it may take.
   * @throws {CellTimeout} When time is up; the kernel is then of no further use.
   * @throws {KernelError} When the kernel ended.
   */
  async execute(code: string, outputs: CellOutputs, timeoutS: number): Promise<void> {
    this.#cells.push(outputs);
    await this.#within(timeoutS, async () => {
      const reply = await this.#run(code, true, (message) => this.#collect(outputs, message));
      await this.#barrier(outputs);
      // A cell that does not parse is answered by the reply alone, without a message to show.
      if (reply.content["status"] === "error" && outputs.error === undefined) {
        const { ename, evalue } = reply.content;
        outputs.addError(String(ename), `${evalue}: the cell does not parse`, []);
      }
    });
  }

  /**
   * Waits until nothing has arrived for a moment: prints of work that the last cell left running.
   *
   * @param quietMs Milliseconds of silence to wait for.
   * @param atMostMs Milliseconds after which it gives up.
   */
  async settle(quietMs = 300, atMostMs = 5000): Promise<void> {
    const start = performance.now();
    this.#lastMessageMs = start;
    while (true) {
      const now = performance.now();
      const waitMs = this.#lastMessageMs + quietMs - now;
      if (waitMs <= 0 || now - start >= atMostMs) return;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  /**
   * Ends the kernel: asked first, killed when it does not go. The Deno kernel ignores
   * `interrupt_request`, so this is also the only way out of a cell that does not end.
   */
  async close(): Promise<void> {
    const { control } = this.#sockets;
    const farewell = request(this.#session, "shutdown_request", { restart: false });
    await control.send(encode(farewell, this.#key)).catch(() => {});
    const timer = setTimeout(() => kill(this.#child), 1000);
    await this.#child.status;
    clearTimeout(timer);
    for (const socket of Object.values(this.#sockets)) socket.close();
    await Promise.all(this.#readers);
  }

  /** Asks until an answer has come on both channels: a late subscription misses the first ones. */
  async #greet(deadline: number): Promise<void> {
    await this.#within((deadline - performance.now()) / 1000, async () => {
      let heard = false;
      while (!heard) {
        const { replied, idle } = await this.#send("kernel_info_request", {}, () => {});
        const { content } = await replied.promise;
        this.#languageInfo = content["language_info"] as Record<string, unknown>;
        heard = await Promise.race([
          idle.promise.then(() => true),
          new Promise<boolean>((resolve) => setTimeout(resolve, 100, false)),
        ]);
      }
      await this.#run(preludeCode(this.#token), false, () => {});
    });
  }

  /**
   * Closes a cell: a request whose print and result travel the ways of the cell's own. When they
   * are here, so is everything that the cell sent before them; what arrives meanwhile is the cell's.
   */
  async #barrier(outputs: CellOutputs): Promise<void> {
    const printed = Promise.withResolvers<void>();
    const shown = Promise.withResolvers<void>();
    const code = `globalThis[Symbol.for("${this.#token}")]()`;
    await this.#run(code, false, (message) => {
      const { content, header } = message;
      const text = String(content["text"]);
      // A late result of the cell carries the barrier's number: the kernel asks too late whose it is.
      if (header.msg_type === "execute_result" && JSON.stringify(content).includes(this.#token)) {
        shown.resolve();
      } else if (header.msg_type === "stream" && text.includes(this.#token + "\n")) {
        const rest = text.replace(this.#token + "\n", "");
        if (rest !== "") outputs.addText("stdout", rest);
        printed.resolve();
      } else {
        this.#collect(outputs, message);
      }
    });
    await printed.promise;
    await shown.promise;
  }

  #collect(outputs: CellOutputs, message: Message): void {
    const text = String(message.content["text"] ?? "");
    if (message.header.msg_type === "stream" && text.startsWith(this.#token + "{")) {
      const { ename, evalue, traceback } = JSON.parse(text.slice(this.#token.length));
      outputs.addError(ename, `${evalue} (a promise that nothing awaits)`, traceback);
    } else {
      outputs.add(message, this.#cells);
    }
  }

  /** Sends code and waits for its reply and for the kernel to be idle. */
  async #run(
    code: string,
    counted: boolean,
    receive: (message: Message) => void,
  ): Promise<Message> {
    const { replied, idle } = await this.#send("execute_request", {
      code,
      silent: false,
      store_history: counted,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: true,
    }, receive);
    await idle.promise;
    return await replied.promise;
  }

  async #send(
    msgType: string,
    content: Record<string, unknown>,
    receive: (message: Message) => void,
  ): Promise<Pending> {
    const message = request(this.#session, msgType, content);
    const pending: Pending = {
      receive,
      replied: Promise.withResolvers(),
      idle: Promise.withResolvers(),
    };
    this.#pending.set(message.header.msg_id, pending);
    await this.#sockets.shell.send(encode(message, this.#key));
    return pending;
  }

  async #read(socket: ZmtpSocket): Promise<void> {
    try {
      for await (const parts of socket.messages()) {
        const message = parse(parts, this.#key);
        this.#lastMessageMs = performance.now();
        const pending = this.#pending.get(message.parent_header.msg_id ?? "");
        if (pending === undefined) continue;
        if (message.header.msg_type.endsWith("_reply")) {
          pending.replied.resolve(message);
        } else if (message.header.msg_type !== "status") {
          pending.receive(message);
        } else if (message.content["execution_state"] === "idle") {
          pending.idle.resolve();
        }
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#broken?.(new KernelError(`the kernel's messages cannot be read: ${reason}`));
    }
  }

  async #within(timeoutS: number, work: () => Promise<void>): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const expired = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new CellTimeout(`not done after ${timeoutS} s`)),
        timeoutS * 1000,
      );
    });
    try {
      await Promise.race([work(), expired, this.#died]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** A started kernel with connected sockets, or what went wrong. */
type Launch = { readonly problem: string } | {
  readonly child: Deno.ChildProcess;
  readonly died: Promise<never>;
  readonly sockets: Record<"shell" | "iopub" | "control", ZmtpSocket>;
  readonly key: string;
};

async function launch(options: KernelOptions, deadline: number): Promise<Launch> {
  const ports = freePorts();
  const key = randomBytes(32).toString("hex");
  const file = await Deno.makeTempFile({ prefix: "joulebook-kernel-", suffix: ".json" });
  try {
    await Deno.writeTextFile(
      file,
      JSON.stringify({
        transport: "tcp",
        ip: "127.0.0.1",
        signature_scheme: "hmac-sha256",
        key,
        kernel_name: "deno",
        ...Object.fromEntries(channels.map((name, i) => [`${name}_port`, ports[i]])),
      }),
      { mode: 0o600 },
    );
    const child = new Deno.Command(Deno.execPath(), {
      args: ["jupyter", "--kernel", "--conn", file],
      cwd: options.cwd,
      // Without colours a text output is the same in every front end and in a diff.
      env: { ...options.env, NO_COLOR: "1" },
      clearEnv: true,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const stderr = tail(child.stderr);
    const died = child.status.then(async (status) => {
      const said = (await stderr).trim();
      const how = status.signal === null ? `exit status ${status.code}` : status.signal;
      throw new KernelError(`the kernel ended (${how})${said === "" ? "" : `: ${said}`}`);
    });
    died.catch(() => {});
    let ended = false;
    child.status.then(() => ended = true);
    try {
      const sockets = await connectAll(ports, () => ended || performance.now() > deadline);
      return { child, died, sockets, key };
    } catch (error) {
      kill(child);
      const reason = ended ? await died.catch((death) => death) : error;
      await stderr;
      return { problem: reason instanceof Error ? reason.message : String(reason) };
    }
  } finally {
    await Deno.remove(file);
  }
}

async function connectAll(
  ports: readonly number[],
  givesUp: () => boolean,
): Promise<Record<"shell" | "iopub" | "control", ZmtpSocket>> {
  const open: ZmtpSocket[] = [];
  try {
    for (const [channel, type] of [[0, "DEALER"], [1, "SUB"], [3, "DEALER"]] as const) {
      open.push(await connectWithRetry(ports[channel]!, type, givesUp));
    }
  } catch (error) {
    open.forEach((socket) => socket.close());
    throw error;
  }
  return { shell: open[0]!, iopub: open[1]!, control: open[2]! };
}

async function connectWithRetry(
  port: number,
  type: "DEALER" | "SUB",
  givesUp: () => boolean,
): Promise<ZmtpSocket> {
  while (true) {
    try {
      return await ZmtpSocket.connect(port, type);
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused) || givesUp()) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // it has ended by itself
  }
}

/** Ports that a kernel of this process was given: it may not have bound them yet. */
const givenPorts = new Set<number>();

/** Ports that are free now; held together so that they differ. */
function freePorts(): number[] {
  const listeners: Deno.TcpListener[] = [];
  const ports: number[] = [];
  while (ports.length < channels.length) {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    listeners.push(listener);
    if (!givenPorts.has(listener.addr.port)) ports.push(listener.addr.port);
  }
  for (const listener of listeners) listener.close();
  for (const port of ports) givenPorts.add(port);
  return ports;
}

/** The last few kilobytes of a stream as text. */
async function tail(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let text = "";
  for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
    text = (text + piece).slice(-4000);
  }
  return text.replace(/^.*"deno jupyter" is unstable.*\n/m, "");
}
