/** The requests in flight, kept while they run, so that a kill does not take them along. */

import { AppendFile, flushMs } from "./append_file.ts";
import { microseconds } from "./clock.ts";
import type { RequestRecord } from "./records.ts";

/** A request in flight: what is known when it is sent. */
export type Started = Pick<
  RequestRecord,
  "id" | "cell" | "attempt" | "phase" | "dueS" | "submitS"
>;

interface InFlight {
  started: Started;
  written: boolean;
  chunkAfterS: number[];
}

/**
 * Writes, a few times a second, what has come in for the requests in flight. A finished request
 * needs it no more: where nothing is in flight the file is emptied.
 */
export class Journal {
  readonly #file: AppendFile;
  readonly #inFlight = new Map<string, InFlight>();
  #timer: ReturnType<typeof setInterval> | null = null;

  /** Opens or creates the file. */
  constructor(path: string) {
    this.#file = new AppendFile(path);
  }

  /** A request, or another try of it, was sent. */
  started(started: Started): void {
    this.#inFlight.set(started.id, { started, written: false, chunkAfterS: [] });
    this.#timer ??= setInterval(() => this.#write(), flushMs);
  }

  /** A chunk arrived. */
  chunk(id: string, afterS: number): void {
    this.#inFlight.get(id)?.chunkAfterS.push(afterS);
  }

  /** A request is over, and its record is with the system. */
  ended(id: string): void {
    this.#inFlight.delete(id);
    if (this.#inFlight.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
    this.#file.clear();
  }

  #write(): void {
    for (const [id, request] of this.#inFlight) {
      if (!request.written) {
        this.#file.add(JSON.stringify(request.started));
        request.written = true;
      }
      if (request.chunkAfterS.length > 0) {
        this.#file.add(JSON.stringify({ id, more: request.chunkAfterS.map(microseconds) }));
        request.chunkAfterS = [];
      }
    }
    this.#file.flush();
  }

  /** Closes the file. */
  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#file.close();
  }
}

/**
 * The requests that were in flight when a run was killed.
 *
 * @param text The journal's text.
 * @param finished Ids of requests whose records were written.
 * @return Their records, marked as interrupted, with what had come in.
 */
export function interruptedRequests(
  text: string,
  finished: ReadonlySet<string>,
): RequestRecord[] {
  const found = new Map<string, { started: Started; chunkAfterS: number[] }>();
  for (const line of text.split("\n")) {
    let entry: Partial<Started> & { readonly more?: number[] };
    try {
      entry = JSON.parse(line);
    } catch {
      // The last line may be cut; there are no others that are not JSON.
      continue;
    }
    if (entry.id === undefined || finished.has(entry.id)) continue;
    if (entry.more === undefined) {
      found.set(entry.id, { started: entry as Started, chunkAfterS: [] });
    } else found.get(entry.id)?.chunkAfterS.push(...entry.more);
  }
  return [...found.values()].map(({ started, chunkAfterS }) => {
    const at = (index: number): number | null => {
      const afterS = chunkAfterS.at(index);
      return afterS === undefined ? null : microseconds(started.submitS + afterS);
    };
    return {
      ...started,
      firstTokenS: at(0),
      endS: at(-1),
      inputTokens: null,
      inputCount: null,
      outputTokens: null,
      cachedTokens: null,
      tokenCount: null,
      success: false,
      status: null,
      error: "interrupted",
      detail: "in flight when the program was killed",
      finish: null,
      retries: [],
      malformedLines: 0,
      serverTimings: null,
      chunkAfterS,
    };
  });
}
