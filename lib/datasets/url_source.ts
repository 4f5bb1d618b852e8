import { InputError } from "../errors.ts";
import type { DatasetFile } from "./registry.ts";
import type { ByteSource } from "./write_verified.ts";

/** A transfer that failed in a way that may pass: worth another attempt. */
export class TransientFault extends Error {
  /** What the person sees when no attempt is left. */
  readonly error: InputError;
  /** How long the server asked us to wait, in milliseconds; 0 when it did not. */
  readonly waitMs: number;
  /** Whether the server gave no answer at all. */
  readonly unreachable: boolean;

  constructor(error: InputError, waitMs: number, unreachable: boolean) {
    super(error.message, { cause: error });
    this.error = error;
    this.waitMs = waitMs;
    this.unreachable = unreachable;
  }
}

/**
 * Starts a download. A server that sends nothing for `stallMs` counts as failed; a caller's abort is
 * thrown as it is.
 */
export async function openUrl(
  file: DatasetFile,
  stallMs: number,
  signal: AbortSignal | undefined,
): Promise<ByteSource> {
  const stall = new AbortController();
  const either = signal === undefined ? stall.signal : AbortSignal.any([signal, stall.signal]);
  let received = 0;
  let answered = false;
  const patiently = async <T>(problem: string, step: () => Promise<T>): Promise<T> => {
    const timer = setTimeout(() => stall.abort(), stallMs);
    try {
      return await step();
    } catch (cause) {
      if (signal?.aborted) throw signal.reason;
      const why = stall.signal.aborted ? `nothing came for ${stallMs / 1000} s` : reason(cause);
      throw new TransientFault(
        new InputError({
          code: "unreadable",
          path: file.path,
          problem: `${problem} (${why})`,
          expected: `${file.bytes} bytes`,
          found: `${received} bytes`,
          advice: "run it again when the network is better; finished files are kept",
          cause,
        }),
        0,
        !answered,
      );
    } finally {
      clearTimeout(timer);
    }
  };

  const response = await patiently(
    `${new URL(file.url).host} did not answer`,
    () => fetch(file.url, { signal: either }),
  );
  answered = true;
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw httpFault(file, response);
  }
  const reader = response.body.getReader();
  return {
    async read() {
      const { value } = await patiently("the download broke off", () => reader.read());
      received += value?.length ?? 0;
      return value ?? null;
    },
    // A broken stream refuses to be cancelled, and by then its fault has been thrown already.
    close: () => reader.cancel().catch(() => {}),
  };
}

/** The innermost cause: fetch wraps what happened in "fetch failed". */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reason(error.cause);
  return error.message.replace(/^error sending request for url \([^)]*\): /, "");
}

function httpFault(file: DatasetFile, response: Response): InputError | TransientFault {
  const { status, statusText } = response;
  const error = new InputError({
    code: "unreadable",
    path: file.path,
    problem: `the origin refused ${file.url}`,
    expected: "HTTP 200",
    found: `HTTP ${status} ${statusText}`.trimEnd(),
    advice: status === 404
      ? "the file may have been withdrawn: name a mirror that has it"
      : "try again later, or name a mirror",
  });
  if (status !== 408 && status !== 429 && status < 500) return error;
  const seconds = Number(response.headers.get("retry-after"));
  const waitMs = Number.isFinite(seconds) ? Math.min(seconds, 60) * 1000 : 0;
  return new TransientFault(error, waitMs, false);
}
