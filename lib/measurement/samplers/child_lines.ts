import { readUntilExit } from "../child_output.ts";
import { nowS, sleep } from "../clock.ts";
import { NotHere, type RunningSampler, type SamplerContext } from "./sampler.ts";

/** A program that prints readings until it is stopped. */
export interface LineProgram {
  /** The program and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** Text for its standard input. */
  readonly input?: string;
  /**
   * Takes a line and its arrival, in seconds since the epoch.
   *
   * @return Whether it completed a reading, now or later.
   */
  readonly onLine: (line: string, arrivalS: number) => boolean | Promise<boolean>;
  /** Called before it is started again. */
  readonly onRestart?: () => void;
}

/** How often in a row a program that gives nothing is started again. */
const mostRestarts = 5;

/**
 * Runs a program, on the context's host, and keeps it running: when it ends or falls silent, this is
 * an event, and it is started again with growing waits, a few times.
 *
 * @throws {NotHere} When it cannot be started, or gives no reading at first.
 */
export async function runLines(
  context: SamplerContext,
  program: LineProgram,
): Promise<RunningSampler> {
  const stopping = new AbortController();
  const { sink } = context;
  let session = startOnce(context, program, stopping.signal);
  const first = await session.first;
  if (first !== null) {
    stopping.abort();
    await session.over;
    throw new NotHere(first);
  }
  const supervise = async (): Promise<void> => {
    for (let failures = 0;;) {
      const why = await session.over;
      if (stopping.signal.aborted) return;
      sink.event(nowS(), why.what, why.detail);
      failures = session.readings() > 0 ? 0 : failures + 1;
      if (failures > mostRestarts) {
        sink.event(nowS(), "given-up", `${mostRestarts} restarts gave no reading`);
        return;
      }
      await sleep(Math.min(10, 0.2 * 2 ** failures), stopping.signal);
      if (stopping.signal.aborted) return;
      program.onRestart?.();
      session = startOnce(context, program, stopping.signal);
    }
  };
  const done = supervise();
  return {
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

interface Session {
  /** Null at the first reading, or why there is none. */
  readonly first: Promise<string | null>;
  /** Why it is over. */
  readonly over: Promise<{ readonly what: string; readonly detail: string }>;
  /** Readings so far. */
  readings(): number;
}

function startOnce(context: SamplerContext, program: LineProgram, stop: AbortSignal): Session {
  const { command, onLine, input } = program;
  const words = [...(context.host?.command ?? []), ...command] as [string, ...string[]];
  let readings = 0;
  let settle: (why: string | null) => void = () => {};
  const first = new Promise<string | null>((resolve) => settle = resolve);
  const run = async (): Promise<{ what: string; detail: string }> => {
    let child: Deno.ChildProcess;
    try {
      child = new Deno.Command(words[0], {
        args: words.slice(1),
        stdin: input === undefined ? "null" : "piped",
        stdout: "piped",
        stderr: "piped",
        env: { LC_ALL: "C" },
      }).spawn();
    } catch (error) {
      const why = error instanceof Deno.errors.NotFound
        ? `there is no program ${words[0]}`
        : `${words[0]} cannot be started: ${(error as Error).message}`;
      settle(why);
      return { what: "disappeared", detail: why };
    }
    let lastS = nowS();
    let hangs = false;
    const watch = setInterval(() => {
      if (nowS() - lastS < context.patienceS) return;
      hangs = true;
      signalChild(child, "SIGKILL");
    }, Math.max(10, Math.min(500, context.patienceS * 250)));
    let killer: ReturnType<typeof setTimeout> | undefined;
    const end = (): void => {
      signalChild(child, "SIGTERM");
      killer = setTimeout(() => signalChild(child, "SIGKILL"), 1000);
    };
    if (stop.aborted) end();
    stop.addEventListener("abort", end, { once: true });
    if (input !== undefined) {
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(input)).catch(() => {});
      await writer.close().catch(() => {});
    }
    const complaint = lastWords(child);
    let rest = "";
    const decoder = new TextDecoder();
    await readUntilExit(child.stdout, child.status, async (part) => {
      const arrivalS = nowS();
      const lines = (rest + decoder.decode(part, { stream: true })).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        if (stop.aborted) break;
        if (!await onLine(line.replace(/\r$/, ""), arrivalS)) continue;
        lastS = arrivalS;
        if (readings++ === 0) settle(null);
      }
    });
    const [status, said] = [await child.status, await complaint];
    clearInterval(watch);
    clearTimeout(killer);
    stop.removeEventListener("abort", end);
    const detail = hangs
      ? `${words[0]} gave no reading for ${context.patienceS} s`
      : `${words[0]} ended with ${status.signal ?? `status ${status.code}`}` +
        (said === "" ? "" : `: ${said}`);
    settle(detail);
    return { what: hangs ? "hanging" : "disappeared", detail };
  };
  return { first, over: run(), readings: () => readings };
}

/** Sends a signal to a process that may be gone already. */
export function signalChild(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    if (!(error instanceof TypeError) && !(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** The last line that a program wrote to its error output. */
async function lastWords(child: Deno.ChildProcess): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  await readUntilExit(child.stderr, child.status, (part) => {
    text = (text + decoder.decode(part, { stream: true })).slice(-2000);
  });
  return text.trim().split("\n").at(-1)!.slice(0, 200);
}
