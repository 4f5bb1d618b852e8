import { Answer } from "./answer.ts";
import { nowS } from "./clock.ts";
import { type Connections, post } from "./post.ts";
import type { EndpointSettings } from "./settings.ts";
import { EventStream } from "./sse.ts";
import { whyOf } from "./why.ts";

/** What one try of a request came to. */
export interface TryResult {
  /** When it was sent, in seconds since the epoch. */
  readonly submitS: number;
  /** When it was over. */
  readonly overS: number;
  /** Status of the answer; null when there was none. */
  readonly status: number | null;
  /** What the answer said. */
  readonly answer: Answer;
  /** Why it failed; null when it did not. */
  readonly failure: TryFailure | null;
}

/** Why a try failed. */
export interface TryFailure {
  /** A code in kebab case. */
  readonly reason: string;
  /** More, without secrets; null when there is no more. */
  readonly detail: string | null;
  /** Whether the same request may do better later. */
  readonly isPassing: boolean;
  /** Seconds that the server asks to wait; null when it does not. */
  readonly retryAfterS: number | null;
}

/** What a try needs besides the endpoint. */
export interface TryOptions {
  /** Connections to the server. */
  readonly connections: Connections;
  /** Body of the request. */
  readonly body: string;
  /** The API key; null for none. */
  readonly apiKey: string | null;
  /** Whether the answer's text is kept; by default not. */
  readonly keepsText?: boolean;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Called when it is sent. */
  readonly onSubmit: (submitS: number) => void;
  /** Called at each chunk with text. */
  readonly onChunk: (timeS: number) => void;
}

/** Statuses after which the same request may do better. */
const passing: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Sends a request once and reads its streamed answer. Never throws, never outlasts the time-outs. */
export async function tryRequest(
  endpoint: EndpointSettings,
  { connections, body, apiKey, keepsText, signal, onSubmit, onChunk }: TryOptions,
): Promise<TryResult> {
  const answer = new Answer(keepsText);
  const ending = new AbortController();
  let cause: "timeout" | "stalled" | "stopped" | null = null;
  const end = (why: "timeout" | "stalled" | "stopped"): void => {
    cause ??= why;
    ending.abort();
  };
  const stop = (): void => end("stopped");
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  const submitS = nowS();
  let lastByteS = submitS;
  const watch = setInterval(() => {
    const timeS = nowS();
    if (timeS - submitS > endpoint.timeoutS) end("timeout");
    else if (timeS - lastByteS > endpoint.stallS) end("stalled");
  }, Math.min(250, Math.max(5, Math.min(endpoint.stallS, endpoint.timeoutS) * 250)));
  onSubmit(submitS);
  let status: number | null = null;
  let failure: TryFailure | null = null;
  try {
    const events = new EventStream();
    const take = (data: string): void => {
      if (answer.take(data, lastByteS)) onChunk(lastByteS);
    };
    const refusal = new Beginning();
    let waitS: number | null = null;
    await post(
      connections,
      `${endpoint.url}/${endpoint.api === "chat" ? "chat/completions" : "completions"}`,
      {
        headers: {
          "content-type": "application/json",
          accept: "text/event-stream",
          ...(apiKey !== null && { authorization: `Bearer ${apiKey}` }),
        },
        body,
        signal: ending.signal,
        onHead(found, retryAfter) {
          status = found;
          lastByteS = nowS();
          waitS = retryAfterS(retryAfter);
        },
        onPart(part) {
          lastByteS = nowS();
          if (status !== 200) return refusal.push(part);
          events.push(part, take);
          // The rest of the stream, if there is one, is nobody's.
          return answer.isDone;
        },
      },
    );
    if (status === 200) {
      events.end(take);
      failure = failureOf(answer, apiKey);
    } else {
      failure = {
        reason: `status-${status}`,
        detail: clean(refusal.text, apiKey),
        isPassing: passing.has(status!),
        retryAfterS: waitS,
      };
    }
  } catch (error) {
    failure = cause === null
      ? {
        reason: status === null ? "connection-failed" : "disconnected",
        detail: clean(whyOf(error), apiKey),
        isPassing: true,
        retryAfterS: null,
      }
      : { reason: cause, detail: null, isPassing: false, retryAfterS: null };
  } finally {
    clearInterval(watch);
    signal.removeEventListener("abort", stop);
  }
  return { submitS, overS: nowS(), status, answer, failure };
}

/** Why an answer that came to its end is none. */
function failureOf(answer: Answer, apiKey: string | null): TryFailure | null {
  const failed = (reason: string, detail: string | null, isPassing: boolean): TryFailure => ({
    reason,
    detail: detail === null ? null : clean(detail, apiKey),
    isPassing,
    retryAfterS: null,
  });
  if (answer.error !== null) return failed("server-error", answer.error, true);
  if (!answer.isDone && answer.finish === null) {
    return answer.malformed > 0 && answer.chunkS.length === 0
      ? failed("malformed-stream", `${answer.malformed} events are no JSON`, true)
      : failed("disconnected", "the stream ended before its end", true);
  }
  if (answer.chunkS.length === 0 && !(answer.outputTokens !== null && answer.outputTokens > 0)) {
    return failed(
      answer.malformed > 0 ? "malformed-stream" : "no-text",
      answer.malformed > 0 ? `${answer.malformed} events are no JSON` : null,
      answer.malformed > 0,
    );
  }
  return null;
}

/** The first characters of an answer that is an error. */
class Beginning {
  text = "";
  readonly #decoder = new TextDecoder();

  /** Takes a piece; true when that is enough. */
  push(part: Uint8Array): boolean {
    this.text += this.#decoder.decode(part, { stream: true });
    return this.text.length >= 2000;
  }
}

/** Seconds of a Retry-After header: a number, or a date. */
function retryAfterS(header: string | null): number | null {
  if (header === null) return null;
  if (/^\d+(\.\d+)?$/.test(header.trim())) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date / 1000 - nowS());
}

/** A server's words, fit for a record: short, on one line, and without the key. */
export function clean(text: string, apiKey: string | null): string {
  const plain = apiKey === null || apiKey === "" ? text : text.replaceAll(apiKey, "(key)");
  // Some servers repeat a part of the key between stars.
  return plain.replace(/\b(?:sk|hf|gsk|nvapi)-?[\w*-]{6,}/g, "(key)").replace(/\s+/g, " ").trim()
    .slice(0, 300);
}
