/** Why a task did not make its part. */

import { InputError, type InputErrorInit } from "../errors.ts";

/** Why one attempt at a task failed, as it is told between processes. */
export interface TaskFailure {
  /** One clause. */
  readonly reason: string;
  /** The error, where an input or an option is at fault: trying again would not help. */
  readonly input?: InputErrorInit;
  /** Whether the disk was full: a place for the part has to be made first. */
  readonly isDiskFull?: true;
}

/** What an error says, in words that another process can read. */
export function failureOf(error: unknown): TaskFailure {
  if (error instanceof InputError) {
    const { code, problem, expected, found, advice, location } = error;
    const cause = error.cause as { readonly code?: string } | undefined;
    if (cause?.code === "ENOSPC") return { reason: error.message, isDiskFull: true };
    return {
      reason: error.message,
      input: {
        ...location,
        code,
        problem,
        ...(expected !== undefined && { expected }),
        ...(found !== undefined && { found }),
        ...(advice !== undefined && { advice }),
      },
    };
  }
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { reason: `${name}: ${message.split("\n")[0]}` };
}

/** Whether another attempt can end otherwise. */
export function isWorthRetry(failure: TaskFailure): boolean {
  return failure.input === undefined && failure.isDiskFull === undefined;
}
