/** What the events of a streamed answer say: completions and chat alike. */

/** What an answer has said so far. */
export class Answer {
  /** Arrival of each chunk with text, in seconds. */
  readonly chunkS: number[] = [];
  /** Its text, where that is to be kept; calls of tools are not in it. */
  text = "";
  /** Prompt tokens by the usage field. */
  inputTokens: number | null = null;
  /** Generated tokens by the usage field. */
  outputTokens: number | null = null;
  /** Prompt tokens from a prefix cache by the usage field. */
  cachedTokens: number | null = null;
  /** Reason to stop. */
  finish: string | null = null;
  /** Whether `[DONE]` came. */
  isDone = false;
  /** An error that the server sent within the stream. */
  error: string | null = null;
  /** Events that are no JSON object. */
  malformed = 0;
  /** Timings that the server gave. */
  timings: Record<string, number> | null = null;

  readonly #keepsText: boolean;

  /** `keepsText` says whether the text is kept, for a tokenizer to count. */
  constructor(keepsText = false) {
    this.#keepsText = keepsText;
  }

  /**
   * Takes one event.
   *
   * @param data Value of its `data:` field.
   * @param timeS When it arrived.
   * @return Whether it carried text.
   */
  take(data: string, timeS: number): boolean {
    if (data === "[DONE]") {
      this.isDone = true;
      return false;
    }
    let event: Event;
    try {
      event = JSON.parse(data) as Event;
    } catch {
      this.malformed++;
      return false;
    }
    if (typeof event !== "object" || event === null) {
      this.malformed++;
      return false;
    }
    if (event.error !== undefined && event.error !== null) {
      this.error = typeof event.error === "string" ? event.error : JSON.stringify(event.error);
      return false;
    }
    this.#usage(event);
    const choice = Array.isArray(event.choices) ? event.choices[0] : undefined;
    if (typeof choice !== "object" || choice === null) return false;
    if (typeof choice.finish_reason === "string") this.finish = choice.finish_reason;
    if (!hasText(choice)) return false;
    if (this.#keepsText) this.text += textOf(choice);
    this.chunkS.push(timeS);
    return true;
  }

  #usage(event: Event): void {
    const { usage, timings } = event;
    if (typeof usage === "object" && usage !== null) {
      this.inputTokens = count(usage.prompt_tokens) ?? this.inputTokens;
      this.outputTokens = count(usage.completion_tokens) ?? this.outputTokens;
      this.cachedTokens = count(usage.prompt_tokens_details?.cached_tokens) ?? this.cachedTokens;
    }
    if (typeof timings === "object" && timings !== null) {
      this.timings = Object.fromEntries(
        Object.entries(timings).filter((entry): entry is [string, number] =>
          typeof entry[1] === "number"
        ),
      );
    }
  }
}

interface Event {
  readonly choices?: readonly Choice[];
  readonly error?: unknown;
  readonly usage?: {
    readonly prompt_tokens?: unknown;
    readonly completion_tokens?: unknown;
    readonly prompt_tokens_details?: { readonly cached_tokens?: unknown } | null;
  } | null;
  /** llama.cpp's server. */
  readonly timings?: Readonly<Record<string, unknown>> | null;
}

interface Choice {
  readonly text?: unknown;
  readonly finish_reason?: unknown;
  readonly delta?: Readonly<Record<string, unknown>> | null;
}

/** Text of a completion or of a chat's answer, its reasoning and calls of tools included. */
function hasText({ text, delta }: Choice): boolean {
  if (typeof text === "string" && text !== "") return true;
  if (typeof delta !== "object" || delta === null) return false;
  for (const key of ["content", "reasoning_content", "reasoning"]) {
    const part = delta[key];
    if (typeof part === "string" && part !== "") return true;
  }
  return Array.isArray(delta["tool_calls"]) && delta["tool_calls"].length > 0;
}

/** The text itself. */
function textOf({ text, delta }: Choice): string {
  const parts = [text, delta?.["reasoning_content"], delta?.["reasoning"], delta?.["content"]];
  return parts.filter((part) => typeof part === "string").join("");
}

function count(value: unknown): number | null {
  return typeof value === "number" && value >= 0 && Number.isFinite(value) ? value : null;
}
