import type { Clock } from "../clock.ts";
import type { Loss } from "../losses.ts";

/** How the tokens of a log were counted. */
export type TokenCount = "server" | "tokenizer" | "words" | "unspecified";

/** How a column of a log came to be. */
export type ColumnOrigin = "recorded" | "derived";

/**
 * Requests as columns of equal length, ordered as in the source. A time or count that the source
 * does not give is NaN.
 */
export interface RequestLog {
  /** What the times count from. */
  readonly clock: Clock;
  /** When the client sent the request, in seconds. */
  readonly submitS: Float64Array;
  /** When the first output token arrived, in seconds. */
  readonly firstTokenS: Float64Array;
  /** When the last output token arrived, in seconds. */
  readonly endS: Float64Array;
  /** Prompt tokens. */
  readonly inputTokens: Float64Array;
  /** Generated tokens. */
  readonly outputTokens: Float64Array;
  /** Prompt tokens served from a prefix cache, where the source says so. */
  readonly cachedTokens: Float64Array | null;
  /** 1 where the request ended well, else 0. */
  readonly success: Uint8Array;
  /** Arrival of each output token, where recorded. */
  readonly tokenTimes: TokenTimes | null;
  /** Index into `replicas` of the server that answered; null with a single one. */
  readonly replica: Uint16Array | null;
  /** Names of the servers. */
  readonly replicas: readonly string[];
  /** Name of the model that answered; absent where the source does not say it. */
  readonly model?: string;
  /** Names of the requests; null when the source gives none. */
  readonly ids: readonly string[] | null;
  /** How tokens were counted. */
  readonly tokenCount: TokenCount;
  /** Whether `endS` stands in the source or was derived from other columns, and how. */
  readonly endOrigin: { readonly kind: ColumnOrigin; readonly rule?: string };
  /** Path and format of the source. */
  readonly source: { readonly path: string; readonly format: string };
  /** What the reader left out, and why. */
  readonly dropped: readonly Loss[];
}

/** Arrival times of output tokens: those of request i are `timeS[offsets[i] .. offsets[i+1])`. */
export interface TokenTimes {
  /** Starts, one longer than the log. */
  readonly offsets: Uint32Array;
  /** Seconds on the log's clock, increasing within a request. */
  readonly timeS: Float64Array;
}

/** Fields of {@linkcode requestLog}; the columns not given are NaN, all requests succeeded. */
export interface RequestLogInit extends Partial<Omit<RequestLog, "submitS">> {
  /** When the client sent the request, in seconds. */
  readonly submitS: Float64Array;
}

/**
 * A request log from plain columns, checked.
 *
 * @param init The columns that are known; `submitS` sets their length.
 * @return The log.
 * @throws {RangeError} When a column has another length.
 *
 * @example
 * ```ts
 * import { requestLog } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const log = requestLog({
 *   submitS: Float64Array.of(0),
 *   firstTokenS: Float64Array.of(0.2),
 *   endS: Float64Array.of(1),
 * });
 * assert.equal(log.success[0], 1);
 * assert.ok(Number.isNaN(log.inputTokens[0]));
 * ```
 */
export function requestLog(init: RequestLogInit): RequestLog {
  const length = init.submitS.length;
  const column = (name: keyof RequestLogInit): Float64Array => {
    const given = init[name] as Float64Array | undefined;
    if (given === undefined) return new Float64Array(length).fill(NaN);
    if (given.length !== length) {
      throw new RangeError(`${name} has ${given.length} values, submitS ${length}`);
    }
    return given;
  };
  const success = init.success ?? new Uint8Array(length).fill(1);
  if (success.length !== length) {
    throw new RangeError(`success has ${success.length} values, submitS ${length}`);
  }
  return {
    clock: init.clock ?? "epoch",
    submitS: init.submitS,
    firstTokenS: column("firstTokenS"),
    endS: column("endS"),
    inputTokens: column("inputTokens"),
    outputTokens: column("outputTokens"),
    cachedTokens: init.cachedTokens ? column("cachedTokens") : null,
    success,
    tokenTimes: init.tokenTimes ?? null,
    replica: init.replica ?? null,
    replicas: init.replicas ?? [],
    ...(init.model !== undefined && { model: init.model }),
    ids: init.ids ?? null,
    tokenCount: init.tokenCount ?? "unspecified",
    endOrigin: init.endOrigin ?? { kind: "recorded" },
    source: init.source ?? { path: "(memory)", format: "columns" },
    dropped: init.dropped ?? [],
  };
}
