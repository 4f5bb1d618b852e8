import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { isWorthRetry, type TaskFailure } from "../failure.ts";
import type { ChildNews } from "./child.ts";
import type { Engine, Placement } from "./engine.ts";
import { placeInProcess } from "./in_process.ts";

/**
 * The cores of this machine: processes that take tasks in turn, the heaviest first. A process that
 * dies fails only the task it had, which another one then tries again.
 */
export const workersEngine: Engine = {
  name: "workers",
  defaultJobs: availableParallelism(),
  async place(placement) {
    const count = Math.min(placement.jobs, placement.waiting.length);
    if (count < 2) return await placeInProcess(placement);
    const pool = new Pool(placement);
    await Promise.all(Array.from({ length: count }, () => pool.serve()));
    return pool.failures;
  },
};

class Pool {
  readonly failures = new Map<number, TaskFailure>();
  readonly #placement: Placement;
  readonly #queue: number[];
  readonly #attempts = new Map<number, number>();

  constructor(placement: Placement) {
    this.#placement = placement;
    const { tasks } = placement;
    this.#queue = [...placement.waiting].sort((a, b) =>
      tasks[b]!.weight - tasks[a]!.weight || a - b
    );
  }

  /** Keeps one child busy until no task is left. */
  async serve(): Promise<void> {
    const { signal, onState } = this.#placement;
    let child: Child | null = null;
    try {
      for (;;) {
        const number = signal.aborted ? undefined : this.#queue.shift();
        if (number === undefined) return;
        child ??= new Child(this.#placement);
        onState(number, "running");
        const failure = await child.run(number);
        if (signal.aborted) return;
        if (child.isDead) child = null;
        if (failure === null) onState(number, "done");
        else this.#fail(number, failure);
      }
    } finally {
      await child?.end();
    }
  }

  #fail(number: number, failure: TaskFailure): void {
    const { attempts, onState, onNote } = this.#placement;
    const tried = (this.#attempts.get(number) ?? 0) + 1;
    this.#attempts.set(number, tried);
    if (isWorthRetry(failure) && tried < attempts) {
      onNote(`task ${number} is tried again: ${failure.reason}`);
      onState(number, "waiting");
      this.#queue.push(number);
    } else {
      this.failures.set(number, failure);
      onState(number, "failed");
    }
  }
}

/** A process that runs tasks. */
class Child {
  isDead = false;
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncIterator<string>;
  readonly #stop: () => void;
  readonly #signal: AbortSignal;
  readonly #onPeak: Placement["onPeak"];

  constructor({ folder, list, signal, onPeak }: Placement) {
    this.#onPeak = onPeak;
    this.#process = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--quiet",
        fileURLToPath(new URL("./child.ts", import.meta.url)),
        folder.path,
        list,
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#writer = this.#process.stdin.getWriter();
    this.#lines = linesOf(this.#process.stdout);
    this.#signal = signal;
    this.#stop = () => this.#kill();
    signal.addEventListener("abort", this.#stop);
  }

  async run(number: number): Promise<TaskFailure | null> {
    // A child that has just died does not take the number; its end is seen below.
    await this.#writer.write(new TextEncoder().encode(`${number}\n`)).catch(() => {});
    const { value, done } = await this.#lines.next();
    if (done !== true) {
      const { failure, peakBytes } = JSON.parse(value) as ChildNews;
      this.#onPeak(peakBytes);
      return failure;
    }
    this.isDead = true;
    const { signal, code } = await this.#process.status;
    this.#signal.removeEventListener("abort", this.#stop);
    return { reason: `its process ended with ${signal ?? `status ${code}`}` };
  }

  async end(): Promise<void> {
    this.#signal.removeEventListener("abort", this.#stop);
    await this.#writer.close().catch(() => {});
    await this.#process.status;
    await this.#lines.return?.();
  }

  #kill(): void {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let pending = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream() as TransformStream)) {
    const lines = (pending + text).split("\n");
    pending = lines.pop()!;
    yield* lines;
  }
}
