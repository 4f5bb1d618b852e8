import { microseconds, nowS, sleep } from "./clock.ts";
import type { Journal } from "./journal.ts";
import type { Connections } from "./post.ts";
import type { RequestRecord, RetryRecord } from "./records.ts";
import type { TokenCounter } from "./load_tokenizer.ts";
import type { EndpointSettings, TokenCountRule } from "./settings.ts";
import { tryRequest, type TryResult } from "./try_request.ts";

/** A request to be sent. */
export interface RequestPlan {
  /** Its name. */
  readonly id: string;
  /** Its cell. */
  readonly cell: string;
  /** Which run of the cell. */
  readonly attempt: number;
  /** Warm-up or load. */
  readonly phase: RequestRecord["phase"];
  /** When it is due, in seconds since the epoch. */
  readonly dueS: number;
  /** Body. */
  readonly body: string;
  /**
   * Counts the tokens of its prompt, where the server does not; null when nothing is sure. Asked when the
   * request is over.
   */
  readonly countPrompt: () => {
    readonly tokens: number;
    readonly rule: Exclude<RequestRecord["inputCount"], "server" | null>;
  } | null;
}

/** What sending needs. */
export interface SendOptions {
  /** The server. */
  readonly endpoint: EndpointSettings;
  /** Connections to it. */
  readonly connections: Connections;
  /** The API key; null for none. */
  readonly apiKey: string | null;
  /** How tokens are counted. */
  readonly tokenCount: TokenCountRule;
  /** Counts answers, where a tokenizer does. */
  readonly tokenizer: TokenCounter | null;
  /** Keeps what is in flight. */
  readonly journal: Pick<Journal, "started" | "chunk">;
  /** Called at each chunk with text. */
  readonly onChunk: () => void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Sends a request, again after failures that pass, and never more often than the settings say. Once
 * text has come it is not sent again: its energy was spent.
 *
 * @return What came of it. Never throws.
 */
export async function sendRequest(plan: RequestPlan, options: SendOptions): Promise<RequestRecord> {
  const { endpoint, journal, signal } = options;
  const { id, cell, attempt, phase } = plan;
  const started = { id, cell, attempt, phase, dueS: microseconds(plan.dueS) };
  const retries: RetryRecord[] = [];
  while (true) {
    let submitS = NaN;
    const result = await tryRequest(endpoint, {
      connections: options.connections,
      keepsText: options.tokenizer !== null,
      body: plan.body,
      apiKey: options.apiKey,
      signal,
      onSubmit(timeS) {
        submitS = microseconds(timeS);
        journal.started({ ...started, submitS });
      },
      onChunk(timeS) {
        journal.chunk(id, timeS - submitS);
        options.onChunk();
      },
    });
    const { failure } = result;
    const again = failure !== null && failure.isPassing && result.answer.chunkS.length === 0 &&
      retries.length < endpoint.retries && !signal.aborted;
    if (!again) {
      const record = recordOf({ ...started, submitS }, result, retries, options);
      const counted = record.inputTokens === null ? plan.countPrompt() : null;
      return counted === null
        ? record
        : { ...record, inputTokens: counted.tokens, inputCount: counted.rule };
    }
    const waitS = Math.min(
      endpoint.maxBackoffS,
      failure.retryAfterS ?? endpoint.backoffS * 2 ** retries.length,
    );
    retries.push({ atS: microseconds(nowS()), reason: failure.reason, waitS: microseconds(waitS) });
    await sleep(waitS, signal);
  }
}

function recordOf(
  started: Pick<RequestRecord, "id" | "cell" | "attempt" | "phase" | "dueS" | "submitS">,
  { answer, failure, status, overS }: TryResult,
  retries: readonly RetryRecord[],
  { tokenCount: rule, tokenizer }: SendOptions,
): RequestRecord {
  const { chunkS } = answer;
  const tokenCount = rule !== "server" ? rule : answer.outputTokens === null ? null : "server";
  const outputTokens = rule === "chunks"
    ? chunkS.length
    : rule === "tokenizer"
    ? tokenizer!.answer(answer.text)
    : answer.outputTokens;
  const timeOf = (timeS: number | undefined): number | null =>
    timeS === undefined ? null : microseconds(timeS);
  return {
    ...started,
    firstTokenS: timeOf(chunkS[0]),
    endS: failure === null ? timeOf(chunkS.at(-1) ?? overS) : microseconds(overS),
    inputTokens: answer.inputTokens,
    inputCount: answer.inputTokens === null ? null : "server",
    outputTokens,
    cachedTokens: answer.cachedTokens,
    tokenCount,
    success: failure === null,
    status,
    error: failure?.reason ?? null,
    detail: failure?.detail ?? null,
    finish: answer.finish,
    retries,
    malformedLines: answer.malformed,
    serverTimings: answer.timings,
    chunkAfterS: chunkS.map((timeS) => microseconds(timeS - started.submitS)),
  };
}
