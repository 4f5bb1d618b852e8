/** Slurm's programs, and what they print. */

import { InputError } from "../../errors.ts";

/** Where a job of an array stands. */
export interface JobState {
  /** Slurm's word, such as RUNNING. */
  readonly state: string;
  /** Why it waits or ended, in Slurm's words. */
  readonly reason: string;
}

/** States in which a job may still run, or run again. */
const active = new Set([
  "PENDING",
  "CONFIGURING",
  "RUNNING",
  "COMPLETING",
  "SUSPENDED",
  "STOPPED",
  "REQUEUED",
  "RESIZING",
  "SIGNALING",
  "STAGE_OUT",
]);

/** Whether a job may still run, or run again. */
export function isActive(job: JobState | undefined): boolean {
  return job !== undefined && active.has(job.state);
}

/**
 * Submits a script.
 *
 * @param scriptPath The script.
 * @return Id of the job.
 * @throws {InputError} `refused` with what sbatch says; `not-found` without Slurm.
 */
export async function submit(scriptPath: string): Promise<string> {
  const { code, out, err } = await run("sbatch", "--parsable", scriptPath);
  if (code !== 0) {
    throw new InputError({
      code: "refused",
      path: scriptPath,
      problem: `sbatch did not take the job: ${err.trim().split("\n").at(-1) ?? ""}`,
      advice: "set --partition, --account, --time or --memory as your site wants them",
    });
  }
  return out.trim().split(";")[0]!;
}

/**
 * Where the jobs of an array stand, by squeue.
 *
 * @param jobId Id of the array.
 * @return By number in the array; empty when Slurm has forgotten the array; null when it does not
 *   answer.
 */
export async function queueOf(jobId: string): Promise<Map<number, JobState> | null> {
  const { code, out, err } = await run(
    "squeue",
    "--noheader",
    "--array",
    "--states=all",
    `--jobs=${jobId}`,
    "--format=%K|%T|%r",
  );
  if (code !== 0) return /invalid job id/i.test(err) ? new Map() : null;
  return parseQueue(out);
}

/** Reads what squeue prints as `%K|%T|%r`. */
export function parseQueue(text: string): Map<number, JobState> {
  const jobs = new Map<number, JobState>();
  for (const line of text.split("\n")) {
    const [number, state, reason] = line.trim().split("|");
    if (state === undefined || !/^\d+$/.test(number!)) continue;
    jobs.set(Number(number), { state, reason: reason ?? "" });
  }
  return jobs;
}

/**
 * How the jobs of an array ended, by sacct.
 *
 * @param jobId Id of the array.
 * @return By number in the array; null where the site keeps no accounts.
 */
export async function accountOf(jobId: string): Promise<Map<number, JobState> | null> {
  const { code, out } = await run(
    "sacct",
    "--noheader",
    "--parsable2",
    "--allocations",
    `--jobs=${jobId}`,
    "--format=JobID,State,ExitCode",
  );
  return code === 0 ? parseAccount(out) : null;
}

/** Reads what sacct prints as `JobID|State|ExitCode`. */
export function parseAccount(text: string): Map<number, JobState> {
  const jobs = new Map<number, JobState>();
  for (const line of text.split("\n")) {
    const [id, state, exit] = line.trim().split("|");
    const number = /_(\d+)$/.exec(id ?? "")?.[1];
    if (number === undefined || state === undefined) continue;
    // "CANCELLED by 1000" is a state with more words.
    jobs.set(Number(number), { state: state.split(" ")[0]!, reason: `exit ${exit}` });
  }
  return jobs;
}

/** Ends a job, or one of an array (`ID_NUMBER`). */
export async function cancel(jobId: string): Promise<void> {
  await run("scancel", jobId);
}

/** Largest array that the site allows; 1001, Slurm's own default, when it does not say. */
export async function mostJobs(): Promise<number> {
  const { out } = await run("scontrol", "show", "config");
  return Number(/^MaxArraySize\s*=\s*(\d+)/m.exec(out)?.[1] ?? 1001);
}

async function run(
  program: string,
  ...args: string[]
): Promise<{ code: number; out: string; err: string }> {
  try {
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args,
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new InputError({
      code: "not-found",
      path: program,
      problem: "there is no such program",
      advice: "run on a machine from which jobs are submitted, or take --engine workers",
      cause,
    });
  }
}
