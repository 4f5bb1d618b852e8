import { createHash } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isWorthRetry, type TaskFailure } from "../failure.ts";
import { stateOfParts } from "../part_file.ts";
import { readValue, writeValue, writeWhole } from "../run_folder.ts";
import type { Engine, Placement } from "./engine.ts";
import {
  accountOf,
  cancel,
  isActive,
  type JobState,
  mostJobs,
  queueOf,
  submit,
} from "./slurm_client.ts";
import type { SlurmOptions } from "./slurm_options.ts";
import { slurmScript } from "./slurm_script.ts";

/** Looks at the queue that may fail in a row, while the controller is restarted for instance. */
const MOST_SILENCE = 150;
/** Looks at the queue in which a new job may not be listed yet. */
const MOST_UNSEEN = 5;
/** Seconds in which the part of a finished job may still come to be seen, on a network's disk. */
const SETTLE_S = 5;

/** What was submitted. */
interface Submitted {
  readonly jobId: string;
  /** Numbers of the tasks of each job of the array. */
  readonly batches: readonly (readonly number[])[];
  /** Log of each job; `%a` stands for its number. */
  readonly logPath: string;
  /** Names the tasks: a run whose tasks are others does not go on with it. */
  readonly digest: string;
}

/**
 * Slurm: an array of jobs, each with one or more tasks. What fails is submitted again; a run that
 * was cut off goes on with the array that it left in the queue.
 *
 * @param options What the site wants to be told.
 * @return The engine.
 */
export function slurmEngine(options: SlurmOptions = {}): Engine {
  return {
    name: "slurm",
    defaultJobs: Infinity,
    place: (placement) => new SlurmPlacement(placement, options).run(),
  };
}

class SlurmPlacement {
  readonly #placement: Placement;
  readonly #options: SlurmOptions;
  readonly #recordPath: string;
  readonly #digest: string;
  readonly #done = new Set<number>();
  readonly #running = new Set<number>();

  constructor(placement: Placement, options: SlurmOptions) {
    this.#placement = placement;
    this.#options = options;
    const { folder, list, tasks } = placement;
    this.#recordPath = join(folder.slurmPath, `${list}.job`);
    this.#digest = createHash("sha256").update(tasks.map(({ id }) => id).join()).digest("hex");
  }

  async run(): Promise<Map<number, TaskFailure>> {
    const { waiting, attempts, signal, onNote, onState, folder, tasks } = this.#placement;
    const failures = new Map<number, TaskFailure>();
    let todo = [...waiting];
    let left = await this.#leftInQueue();
    for (let attempt = 1; todo.length > 0 && !signal.aborted; attempt++) {
      const submitted = left ?? await this.#submit(todo, attempt);
      left = null;
      const states = await this.#follow(submitted);
      if (signal.aborted) break;
      const missing = await this.#missing(todo, submitted, states);
      const reasons = missing.length === 0 ? null : await accountOf(submitted.jobId) ?? states;
      const again: number[] = [];
      for (const number of missing) {
        const failure = this.#failure(number, submitted, reasons!);
        rmSync(folder.failurePath(tasks[number]!.id), { force: true });
        if (attempt < attempts && isWorthRetry(failure)) {
          again.push(number);
          onNote(`task ${number} is submitted again: ${failure.reason}`);
          onState(number, "waiting");
        } else {
          failures.set(number, failure);
          onState(number, "failed");
        }
      }
      todo = again;
      rmSync(this.#recordPath, { force: true });
    }
    return failures;
  }

  /** An array of the same tasks that an earlier process submitted and that is still in the queue. */
  async #leftInQueue(): Promise<Submitted | null> {
    const record = readValue(this.#recordPath) as Submitted | null;
    if (record === null) return null;
    if (record.digest !== this.#digest) {
      // Inputs or options have changed since: what it would make is not wanted any more.
      await cancel(record.jobId);
      return null;
    }
    const jobs = await queueOf(record.jobId);
    if (jobs === null || ![...jobs.values()].some(isActive)) return null;
    this.#placement.onNote(`goes on with job ${record.jobId}, which is still in the queue`);
    return record;
  }

  async #submit(todo: readonly number[], attempt: number): Promise<Submitted> {
    const { folder, list, jobs } = this.#placement;
    const size = Math.min(todo.length, await mostJobs() - 1, 1000);
    const batches = Array.from({ length: size }, (_, j) =>
      todo.slice(
        Math.floor(j * todo.length / size),
        Math.floor((j + 1) * todo.length / size),
      ));
    const path = resolve(folder.slurmPath, `${list}-${attempt}`);
    const logPath = `${path}-%a.log`;
    writeWhole(`${path}.json`, JSON.stringify(batches));
    writeWhole(
      `${path}.sh`,
      slurmScript({
        name: `joulebook-${list}`,
        size,
        atOnce: Math.min(size, jobs),
        logPath,
        program: [
          Deno.execPath(),
          "run",
          "-A",
          "--quiet",
          fileURLToPath(new URL("./slurm_job.ts", import.meta.url)),
          resolve(folder.path),
          list,
          `${path}.json`,
        ],
      }, this.#options),
    );
    const jobId = await submit(`${path}.sh`);
    const submitted = { jobId, batches, logPath, digest: this.#digest };
    writeValue(this.#recordPath, submitted);
    return submitted;
  }

  /** Waits until no job of the array can run any more; the last states seen. */
  async #follow({ jobId, batches }: Submitted): Promise<Map<number, JobState>> {
    const { signal } = this.#placement;
    const told = new Set<string>();
    let states = new Map<number, JobState>();
    for (let silence = 0, unseen = 0;;) {
      const seen = await queueOf(jobId);
      if (seen === null) {
        if (++silence > MOST_SILENCE) return states;
      } else {
        silence = 0;
        // What has left the queue keeps the state in which it was last seen.
        const gone = [...states.keys()].filter((number) => !seen.has(number));
        for (const number of gone) seen.set(number, { state: "GONE", reason: "" });
        states = seen;
        this.#tell(batches, states, told);
        await this.#release(jobId, states);
        // A job that was just submitted may not be listed yet.
        const isListed = states.size > 0 || ++unseen > MOST_UNSEEN;
        if (isListed && ![...states.values()].some(isActive)) return states;
      }
      if (await paused(this.#options.pollS ?? 2, signal)) {
        await cancel(jobId);
        return states;
      }
    }
  }

  #tell(
    batches: Submitted["batches"],
    states: ReadonlyMap<number, JobState>,
    told: Set<string>,
  ): void {
    const { onState, onNote, folder, tasks } = this.#placement;
    batches.forEach((numbers, j) => {
      const job = states.get(j);
      if (job === undefined) return;
      if (job.state === "PENDING") {
        if (
          !/^(None|Priority|Resources|JobArrayTaskLimit)$/.test(job.reason) && !told.has(job.reason)
        ) {
          told.add(job.reason);
          onNote(`Slurm holds jobs back: ${job.reason}`);
        }
        return;
      }
      for (const number of numbers) {
        if (this.#done.has(number)) continue;
        if (existsSync(folder.partPath(tasks[number]!.id))) {
          this.#done.add(number);
          onState(number, "done");
        } else if (job.state === "RUNNING" && !this.#running.has(number)) {
          this.#running.add(number);
          onState(number, "running");
        }
      }
    });
  }

  /** Jobs that Slurm holds after a failed launch would wait for ever: they are ended here. */
  async #release(jobId: string, states: Map<number, JobState>): Promise<void> {
    for (const [number, { state, reason }] of states) {
      if (state !== "PENDING" || !/held|launch failed/i.test(reason)) continue;
      await cancel(`${jobId}_${number}`);
    }
  }

  /** Tasks without a whole part; what a job that ended well wrote may take a moment to be seen. */
  async #missing(
    todo: readonly number[],
    { batches }: Submitted,
    states: ReadonlyMap<number, JobState>,
  ): Promise<number[]> {
    const { folder, tasks, onState } = this.#placement;
    const endedWell = new Set(
      batches.flatMap((numbers, j) =>
        /^(COMPLETED|GONE)$/.test(states.get(j)?.state ?? "GONE") ? numbers : []
      ),
    );
    for (let second = 0;; second++) {
      const missing = todo.filter((number) => {
        const isThere = stateOfParts(folder.partPath(tasks[number]!.id)) === "whole";
        if (isThere && !this.#done.has(number)) {
          this.#done.add(number);
          onState(number, "done");
        }
        return !isThere;
      });
      if (second >= SETTLE_S || !missing.some((number) => endedWell.has(number))) return missing;
      await new Promise((wake) => setTimeout(wake, 1000));
    }
  }

  #failure(
    number: number,
    { batches, jobId, logPath }: Submitted,
    states: ReadonlyMap<number, JobState>,
  ): TaskFailure {
    const { folder, tasks } = this.#placement;
    const own = readValue(folder.failurePath(tasks[number]!.id)) as TaskFailure | null;
    if (own !== null) return own;
    const j = batches.findIndex((numbers) => numbers.includes(number));
    const job = states.get(j);
    const state = job === undefined ? "left no trace" : `ended as ${job.state} ${job.reason}`;
    return { reason: `job ${jobId}_${j} ${state.trim()}, see ${logPath.replace("%a", String(j))}` };
  }
}

/** Waits; true when the run is to be stopped. */
function paused(seconds: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((wake) => {
    if (signal.aborted) return wake(true);
    const stop = (): void => {
      clearTimeout(timer);
      wake(true);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      wake(false);
    }, seconds * 1000);
    signal.addEventListener("abort", stop, { once: true });
  });
}
