/**
 * Sends a body and hands on the streamed answer. Not by `fetch`: its streams take three turns of the
 * event loop for each piece, so that tokens are stamped late and at twice the processor time.
 */

import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request } from "node:http";
import { Agent as HttpsAgent, request as secureRequest } from "node:https";

/** Milliseconds in which an answer of which no more is wanted may end, so that its connection stays. */
const drainMs = 1000;

/** Connections to servers, kept open from one request to the next. */
export class Connections {
  readonly #http = new HttpAgent({ keepAlive: true });
  readonly #https = new HttpsAgent({ keepAlive: true });

  /** Opens a request; a connection that is free is used again. */
  open(url: string, options: PostOptions): ClientRequest {
    const { headers, signal } = options;
    const isSecure = url.startsWith("https:");
    return (isSecure ? secureRequest : request)(url, {
      method: "POST",
      headers,
      signal,
      agent: isSecure ? this.#https : this.#http,
    });
  }

  /** Closes all. */
  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

/** What is sent, and who takes the answer. */
export interface PostOptions {
  /** Headers; the length of the body is added. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body. */
  readonly body: string;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Takes the status and, where the server asks to wait, its `retry-after`. Redirects are not followed. */
  readonly onHead: (status: number, retryAfter: string | null) => void;
  /** Takes a piece of the answer as soon as it arrives; true when no more is wanted. */
  readonly onPart: (part: Uint8Array) => boolean;
}

/**
 * Posts, and waits until the answer has ended or no more of it is wanted.
 *
 * @throws {Error} When there is no connection, it breaks, or the signal is aborted.
 */
export async function post(
  connections: Connections,
  url: string,
  options: PostOptions,
): Promise<void> {
  try {
    await postOnce(connections, url, options);
  } catch (error) {
    // The server closed a connection that it had kept open, at the moment at which it was used again.
    if (!(error instanceof StaleConnection)) throw error;
    await post(connections, url, options);
  }
}

class StaleConnection extends Error {}

function postOnce(connections: Connections, url: string, options: PostOptions): Promise<void> {
  const { body, onHead, onPart } = options;
  const sent = new TextEncoder().encode(body);
  const headers = { ...options.headers, "content-length": String(sent.length) };
  return new Promise((resolve, reject) => {
    const outgoing = connections.open(url, { ...options, headers });
    let hasAnswer = false;
    outgoing.on("response", (answer) => {
      hasAnswer = true;
      read(answer, resolve, reject);
    });
    outgoing.on("error", (error: Error & { readonly code?: string }) => {
      const isStale = !hasAnswer && outgoing.reusedSocket && error.code === "ECONNRESET";
      reject(isStale ? new StaleConnection() : error);
    });
    outgoing.end(sent);
  });

  function read(
    answer: IncomingMessage,
    resolve: () => void,
    reject: (error: unknown) => void,
  ): void {
    let isOver = false;
    let drain: ReturnType<typeof setTimeout> | undefined;
    answer.on("error", reject);
    answer.on("end", resolve);
    answer.on("close", () => {
      clearTimeout(drain);
      reject(new Error("the connection was closed before the end of the answer"));
    });
    answer.on("data", (part: Uint8Array) => {
      if (isOver) return;
      try {
        isOver = onPart(part);
      } catch (error) {
        isOver = true;
        reject(error);
        answer.destroy();
        return;
      }
      if (!isOver) return;
      drain = setTimeout(() => answer.destroy(), drainMs);
      resolve();
    });
    onHead(answer.statusCode!, answer.headers["retry-after"] ?? null);
  }
}
