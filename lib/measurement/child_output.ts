import { sleep } from "./clock.ts";

/** Seconds after a program's end in which what it wrote last is still taken. */
const graceS = 0.2;

/**
 * Hands on what a program writes until it ends. A grandchild that keeps the pipe open, as under a
 * shell script that was killed, does not hold this up.
 *
 * @param stream Its standard output or error.
 * @param over Resolves when the program has ended.
 * @param onPart Takes each piece.
 */
export async function readUntilExit(
  stream: ReadableStream<Uint8Array>,
  over: Promise<unknown>,
  onPart: (part: Uint8Array) => void | Promise<void>,
): Promise<void> {
  const reader = stream.getReader();
  const ended = new AbortController();
  const cancelling = over.then(() => sleep(graceS, ended.signal)).then(() => reader.cancel());
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    await onPart(part.value);
  }
  ended.abort();
  await cancelling;
}
