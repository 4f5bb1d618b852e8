import { nowS, sleep } from "./clock.ts";
import { drive, type Pace } from "./drive.ts";
import { watchDriver } from "./driver_cost.ts";
import type { Connections } from "./post.ts";
import type { TokenCounter } from "./load_tokenizer.ts";
import type { Progress } from "./progress.ts";
import type { Prompt, PromptSource } from "./prompts.ts";
import { requestId } from "./read_run_folder.ts";
import type { CellEvent } from "./records.ts";
import { requestBody } from "./request_body.ts";
import type { RunFolder } from "./run_folder.ts";
import { type Planned, plannedRequests, type Replay } from "./schedule.ts";
import { type RequestPlan, sendRequest } from "./send_request.ts";
import type { MeasureSettings } from "./settings.ts";
import type { Cell } from "./sweep.ts";

/** What running a cell needs. */
export interface CellOptions {
  /** The settings. */
  readonly settings: MeasureSettings;
  /** Where it is kept. */
  readonly folder: RunFolder;
  /** Prompts. */
  readonly prompts: PromptSource;
  /** Counts tokens, where a tokenizer does. */
  readonly tokenizer: TokenCounter | null;
  /** The load to be replayed; null for another. */
  readonly replay: Replay | null;
  /** Connections to the server. */
  readonly connections: Connections;
  /** The API key; null for none. */
  readonly apiKey: string | null;
  /** State of the GPUs, asked before and after. */
  readonly gpus: () => Promise<CellEvent["gpus"] | null>;
  /** Counts what comes in. */
  readonly progress: Progress;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Runs one cell: rest, warm-up, load, rest; each step is kept as it begins. */
export async function runCell(cell: Cell, options: CellOptions): Promise<void> {
  const { settings, folder, progress, signal } = options;
  const { load } = settings;
  const attempt = (folder.attempts.get(cell.id) ?? 0) + 1;
  const at = async (
    event: CellEvent["event"],
    more: Partial<CellEvent> = {},
    asks = false,
  ): Promise<void> => {
    const atS = nowS();
    const gpus = asks ? await options.gpus() : null;
    folder.cell({ cell: cell.id, attempt, event, atS, ...more, ...(gpus && { gpus }) });
  };
  await at("begin", {}, true);
  progress.begin(cell);
  await sleep(load.idleS, signal);
  let succeeded = 0;
  const sender =
    (phase: "warmup" | "load") => async (one: Planned, dueS: number): Promise<void> => {
      const number = phase === "warmup" ? 1_000_000_000 + one.number : one.number;
      const prompt = options.prompts(cell.seed, number, one.inputTokens);
      const record = await sendRequest({
        id: requestId(cell.id, attempt, phase, one.number),
        cell: cell.id,
        attempt,
        phase,
        dueS,
        body: requestBody(settings, prompt, one.outputTokens),
        countPrompt: () => promptCount(options, prompt, one.inputTokens),
      }, {
        endpoint: settings.endpoint,
        connections: options.connections,
        apiKey: options.apiKey,
        tokenCount: settings.tokenCount,
        tokenizer: options.tokenizer,
        journal: folder.journal,
        onChunk: () => progress.token(phase),
        signal,
      });
      folder.request(record);
      if (phase === "load" && record.success) succeeded++;
      progress.request(phase, record.success);
    };
  if (load.warmup > 0) {
    const shape = options.replay?.[0] ??
      { inputTokens: cell.inputTokens ?? 0, outputTokens: cell.outputTokens! };
    await drive(
      Array.from({ length: load.warmup }, (_, number) => ({ ...shape, number, afterS: null }))
        .values(),
      {
        pace: { kind: "closed", concurrency: cell.concurrency ?? cell.batch ?? 1 },
        durationS: null,
        send: sender("warmup"),
        signal,
      },
    );
  }
  await at("load");
  const cost = watchDriver();
  await drive(plannedRequests(settings, cell, options.replay), {
    pace: paceOf(cell),
    durationS: load.durationS,
    send: sender("load"),
    signal,
  });
  await at("drained", { driver: cost() });
  await sleep(load.coolDownS, signal);
  const state = signal.aborted ? "stopped" : succeeded === 0 ? "failed" : "done";
  await at("end", { state }, true);
  progress.end();
}

/** What a prompt is counted as where the server does not count it; null when nothing is sure. */
function promptCount(
  { settings: { prompts, tokenCount }, tokenizer }: CellOptions,
  prompt: Prompt,
  words: number,
): ReturnType<RequestPlan["countPrompt"]> {
  if (typeof prompt !== "string") return { tokens: prompt.length, rule: "prompt-ids" };
  if (tokenizer !== null) return { tokens: tokenizer.prompt(prompt), rule: "tokenizer" };
  return prompts.kind === "synthetic" && tokenCount === "chunks"
    ? { tokens: words, rule: "words" }
    : null;
}

function paceOf(cell: Cell): Pace {
  if (cell.concurrency !== null) return { kind: "closed", concurrency: cell.concurrency };
  return cell.batch !== null ? { kind: "batch", batch: cell.batch } : { kind: "open" };
}
