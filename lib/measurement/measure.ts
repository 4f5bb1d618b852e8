import { InputError } from "../errors.ts";
import type { Loss } from "../losses.ts";
import { readInput } from "../formats/read.ts";
import { sleep } from "./clock.ts";
import { describeGpus, describeMachine, describeServer } from "./environment.ts";
import { hostClock } from "./host_clock.ts";
import { loadTokenizer } from "./load_tokenizer.ts";
import { Connections } from "./post.ts";
import { Progress, type ProgressReport } from "./progress.ts";
import { besideConfig, promptSource } from "./prompts.ts";
import { readRunFolder } from "./read_run_folder.ts";
import { runCell } from "./run_cell.ts";
import { RunFolder } from "./run_folder.ts";
import { type Replay, replayOf } from "./schedule.ts";
import type { MeasureSettings } from "./settings.ts";
import { powerNow, type SamplerStart, startSamplers } from "./start_samplers.ts";
import { type RunSummary, summarise } from "./summary.ts";
import { sweepCells } from "./sweep.ts";

/** Options of {@linkcode measure}. */
export interface MeasureOptions {
  /** Path of the configuration; its relative paths are beside it. */
  readonly configPath: string;
  /** Its text, kept in the run folder as it is. */
  readonly configText: string;
  /** The run folder: new, or with `resume` one that is to be completed. */
  readonly dir: string;
  /** Whether to go on with a run; by default not. */
  readonly resume?: boolean;
  /** Reads a variable of the environment: the API key, CUDA_VISIBLE_DEVICES. */
  readonly env: (name: string) => string | undefined;
  /** Ends the run: what is in flight is given up, and everything is kept. */
  readonly signal: AbortSignal;
  /** Finds the local copy of a registered file, for prompts from a dataset. */
  readonly resolveDataset: (path: string) => Promise<string>;
  /** Called once the samplers have been asked to start. */
  readonly onSamplers?: (starts: readonly SamplerStart[]) => void;
  /** Called when the server does not answer before the first request, with the reason. */
  readonly onNoServer?: (reason: string) => void;
  /** Called about twice a second. */
  readonly onProgress?: (report: ProgressReport) => void;
}

/** What a measurement came to. */
export interface MeasureResult {
  /** The run folder. */
  readonly dir: string;
  /** Whether all cells were run whole. */
  readonly state: "complete" | "stopped" | "failed";
  /** Samplers, and why some are not there. */
  readonly samplers: readonly SamplerStart[];
  /** Requests of this session that did not end well, by reason, with an example of each. */
  readonly failures: readonly Loss[];
  /** Sums. */
  readonly summary: RunSummary;
}

/**
 * Runs a declared measurement: the cells of its sweep one after another against its endpoint, with all
 * samplers running, into a run folder that a kill at any moment leaves readable.
 *
 * @param settings What {@linkcode parseMeasureConfig} gave.
 * @param options Folder, environment and what to call.
 * @return Where it was kept, and its sums.
 * @throws {InputError} When the folder, the key, the prompts or the trace cannot be used. Failures of
 *   requests and samplers are no errors: they are counted.
 *
 * @example
 * ```ts
 * import { measure, parseMeasureConfig } from "@joulebook/joulebook/measurement";
 * import assert from "node:assert/strict";
 *
 * const configText = '{name: a, model: m, endpoint: {url: "http://127.0.0.1:9/v1", apiKeyEnv: KEY}}';
 * const run = measure(parseMeasureConfig(configText, "a.yaml"), {
 *   configPath: "a.yaml",
 *   configText,
 *   dir: "no/such/run",
 *   env: () => undefined,
 *   signal: new AbortController().signal,
 *   resolveDataset: () => Promise.reject(new Error("there are no datasets here")),
 * });
 * await assert.rejects(run, /the environment variable that endpoint.apiKeyEnv names is not set/);
 * ```
 */
export async function measure(
  settings: MeasureSettings,
  options: MeasureOptions,
): Promise<MeasureResult> {
  const { signal, env, dir } = options;
  const cells = sweepCells(settings);
  const apiKey = keyOf(settings, options);
  const prompts = await promptSource(settings, options.configPath, options.resolveDataset);
  const replay = await replayFor(settings, options.configPath);
  const tokenizer = settings.tokenizer === null
    ? null
    : await loadTokenizer(besideConfig(options.configPath, settings.tokenizer));
  const folder = options.resume === true
    ? RunFolder.resume(dir, options.configText, cells.length)
    : RunFolder.create(dir, options.configText, cells.length);
  let state: "complete" | "stopped" | "failed" = "failed";
  let problem: string | null = "an error of the program";
  let starts: readonly SamplerStart[] = [];
  const connections = new Connections();
  try {
    const clocks = await Promise.all(settings.hosts.map(hostClock));
    folder.checkClock(clocks);
    const gpus = await describeGpus();
    const samplers = await startSamplers(settings, { folder, clocks, env });
    ({ starts } = samplers);
    let timer: ReturnType<typeof setInterval> | undefined;
    try {
      options.onSamplers?.(starts);
      const server = await describeServer(settings.endpoint, apiKey);
      if (server.unreachable !== null) options.onNoServer?.(server.unreachable);
      folder.json("environment", {
        machine: describeMachine(),
        gpus,
        server,
        tokenizer: tokenizer && { file: tokenizer.name, sha256: tokenizer.sha256 },
        labels: settings.labels,
        samplers: starts,
      });
      const progress = new Progress(
        settings,
        cells.length,
        folder.done.size,
        () => powerNow(samplers.files),
      );
      timer = setInterval(() => {
        const report = progress.report();
        if (report !== null && !signal.aborted) options.onProgress?.(report);
      }, 500);
      const slowestS = Math.max(0, ...settings.samplers.map((one) => one.periodS));
      // A reading before the first cell opens its window, one after the last closes it.
      await sleep(Math.min(3, 2 * slowestS), signal);
      for (const cell of cells) {
        if (signal.aborted) break;
        if (folder.done.has(cell.id)) continue;
        await runCell(cell, {
          settings,
          folder,
          prompts,
          replay,
          connections,
          tokenizer,
          apiKey,
          // Where there is no nvidia-smi at the start, none is looked for again.
          gpus: async () => gpus.gpus === null ? null : (await describeGpus()).gpus,
          progress,
          signal,
        });
        folder.checkClock();
      }
      await sleep(Math.min(3, 2 * slowestS));
    } finally {
      clearInterval(timer);
      await samplers.stop();
    }
    folder.checkClock(await Promise.all(settings.hosts.map(hostClock)));
    const missing = cells.length - folder.done.size;
    state = missing === 0 ? "complete" : signal.aborted ? "stopped" : "failed";
    problem = missing === 0
      ? null
      : signal.aborted
      ? "stopped by the user"
      : `${missing} cells had no request that succeeded`;
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
    throw error;
  } finally {
    connections.close();
    // Also after an error of the program: what was measured is kept.
    folder.flush();
    folder.json("summary", summarise(await readRunFolder(dir), settings));
    await folder.close(state, problem);
  }
  return {
    dir,
    state,
    samplers: starts,
    failures: folder.failures.list(),
    summary: summarise(await readRunFolder(dir), settings),
  };
}

/** The API key from the environment; it must stand nowhere else. */
function keyOf(settings: MeasureSettings, options: MeasureOptions): string | null {
  const name = settings.endpoint.apiKeyEnv;
  if (name === undefined) return null;
  const key = options.env(name);
  if (key === undefined || key === "") {
    throw new InputError({
      code: "bad-option",
      path: options.configPath,
      problem: "the environment variable that endpoint.apiKeyEnv names is not set",
      advice: "export it before the command; the key itself belongs in no file",
    });
  }
  if (options.configText.includes(key)) {
    throw new InputError({
      code: "refused",
      path: options.configPath,
      problem: "the configuration contains the API key",
      advice: "remove it: the configuration is kept with the run",
    });
  }
  return key;
}

async function replayFor(settings: MeasureSettings, configPath: string): Promise<Replay | null> {
  const { arrival } = settings;
  if (arrival.kind !== "trace") return null;
  const path = besideConfig(configPath, arrival.file);
  const [log] = (await readInput(path)).requests;
  if (log === undefined) {
    throw new InputError({ code: "refused", path, problem: "there are no requests in this file" });
  }
  return replayOf(log, arrival.speed, path);
}
