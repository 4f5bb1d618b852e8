/** One simulated server: continuous batching with chunked prefill within its cache. */

import type { SchedulerOptions } from "../../requests/serving/engine.ts";
import { EnergyBins } from "./energy_bins.ts";
import type { ServerCost, StepWork } from "./step_cost.ts";

/** Requests as columns, and what becomes of them; shared by all servers of a replay. */
export interface ReplayRequests {
  /** Prompt tokens. */
  readonly input: Float64Array;
  /** Prompt tokens that need not be computed. */
  readonly cached: Float64Array;
  /** Tokens to generate. */
  readonly output: Float64Array;
  /** When the first token came; written by the servers. */
  readonly firstTokenS: Float64Array;
  /** When the last token came; written by the servers. */
  readonly endS: Float64Array;
}

/** What a server did. */
export interface ServerTotals {
  /** Steps. */
  steps: number;
  /** Seconds in steps. */
  busyS: number;
  /** Joules in steps. */
  busyJ: number;
  /** Sequences that generate, integrated over time. */
  decodingS: number;
  /** Prompt tokens computed. */
  promptTokens: number;
  /** Tokens generated. */
  outputTokens: number;
  /** Requests that had to wait for a slot or for memory. */
  queued: number;
  /** Most requests that waited at once. */
  longestQueue: number;
  /** Most cache that was reserved at once, bytes. */
  peakCacheBytes: number;
}

/**
 * A server. In every step each running sequence generates a token, and the token budget left goes to
 * prompts in order of arrival, in chunks. A request is admitted, in order of arrival, when a slot is
 * free and its cache at full length fits beside those running: nothing is ever preempted.
 */
export class Server {
  /** What it did so far. */
  readonly totals: ServerTotals = {
    steps: 0,
    busyS: 0,
    busyJ: 0,
    decodingS: 0,
    promptTokens: 0,
    outputTokens: 0,
    queued: 0,
    longestQueue: 0,
    peakCacheBytes: 0,
  };
  /** Its energy by time. */
  readonly bins: EnergyBins;
  /** Seconds up to which it was simulated. */
  timeS = 0;
  readonly #requests: ReplayRequests;
  readonly #cost: ServerCost;
  readonly #limits: SchedulerOptions;
  // Requests in order of arrival; those before #head were admitted, those before #seen counted.
  readonly #arrived: number[] = [];
  #head = 0;
  #seen = 0;
  // Sequences that generate, with their lengths, and those whose prompt is read, with tokens read.
  readonly #decoding: number[] = [];
  readonly #length: number[] = [];
  readonly #prefilling: number[] = [];
  readonly #read: number[] = [];
  #reservedBytes = 0;
  readonly #work: StepWork = {
    decoding: 0,
    prompts: 0,
    promptTokens: 0,
    decodeFlops: 0,
    prefillFlops: 0,
    cacheBytes: 0,
  };

  constructor(
    requests: ReplayRequests,
    cost: ServerCost,
    limits: SchedulerOptions,
    binS: number,
  ) {
    this.#requests = requests;
    this.#cost = cost;
    this.#limits = limits;
    this.bins = new EnergyBins(binS);
  }

  /** Requests that wait or run. */
  get outstanding(): number {
    return this.#arrived.length - this.#head + this.#decoding.length + this.#prefilling.length;
  }

  /** Takes a request; the server must have been run up to its arrival. */
  submit(request: number, arrivalS: number): void {
    if (this.outstanding === 0) this.idleUntil(arrivalS);
    this.#arrived.push(request);
  }

  /** Runs all steps that begin before a moment. */
  runUntil(untilS: number): void {
    while (this.timeS < untilS && this.outstanding > 0) this.#step();
  }

  /** Lets time pass without work. */
  idleUntil(untilS: number): void {
    if (untilS <= this.timeS) return;
    this.bins.add(this.timeS, untilS, this.#cost.idleW);
    this.timeS = untilS;
  }

  #keptBytes(request: number): number {
    const { input, output } = this.#requests;
    return this.#cost.tables.keptBytes[input[request]! + output[request]!]!;
  }

  #admit(): void {
    const { totals } = this;
    while (this.#head < this.#arrived.length) {
      const request = this.#arrived[this.#head]!;
      const bytes = this.#keptBytes(request);
      const running = this.#decoding.length + this.#prefilling.length;
      if (running >= this.#limits.maxSequences) break;
      // Alone, a request always runs, since those too long were turned away; sums of bytes round.
      if (running > 0 && this.#reservedBytes + bytes > this.#cost.capacityBytes) break;
      this.#reservedBytes = running > 0 ? this.#reservedBytes + bytes : bytes;
      this.#prefilling.push(request);
      // The last prompt token is always computed: its output is the first token.
      const { input, cached } = this.#requests;
      this.#read.push(Math.min(cached[request]!, input[request]! - 1));
      this.#head++;
    }
    totals.queued += this.#arrived.length - Math.max(this.#seen, this.#head);
    this.#seen = this.#arrived.length;
    totals.longestQueue = Math.max(totals.longestQueue, this.#arrived.length - this.#head);
    totals.peakCacheBytes = Math.max(totals.peakCacheBytes, this.#reservedBytes);
  }

  #gatherWork(): StepWork {
    const { tables } = this.#cost;
    const work = this.#work;
    const decoding = this.#decoding.length;
    let decodeFlops = 0, cacheBytes = 0;
    for (let k = 0; k < decoding; k++) {
      const length = ++this.#length[k]!;
      decodeFlops += tables.decodeFlops[length]!;
      cacheBytes += tables.decodeBytes[length]!;
    }
    let budget = this.#limits.maxTokens - decoding;
    let prefillFlops = 0, prompts = 0, promptTokens = 0;
    for (let k = 0; k < this.#prefilling.length && budget > 0; k++) {
      const from = this.#read[k]!, whole = this.#requests.input[this.#prefilling[k]!]!;
      const to = Math.min(whole, from + budget);
      prefillFlops += tables.promptFlops[to]! - tables.promptFlops[from]! +
        (to === whole ? tables.headFlops : 0);
      cacheBytes += tables.decodeBytes[to]! + (to - from - 1) * tables.writtenBytes;
      this.#read[k] = to;
      prompts++;
      promptTokens += to - from;
      budget -= to - from;
    }
    work.decoding = decoding;
    work.prompts = prompts;
    work.promptTokens = promptTokens;
    work.decodeFlops = decodeFlops;
    work.prefillFlops = prefillFlops;
    work.cacheBytes = cacheBytes;
    return work;
  }

  #step(): void {
    this.#admit();
    const work = this.#gatherWork();
    const { timeS, powerW } = this.#cost.step(work);
    const { totals } = this;
    const endS = this.timeS + timeS;
    this.bins.add(this.timeS, endS, powerW);
    this.timeS = endS;
    totals.steps++;
    totals.busyS += timeS;
    totals.busyJ += timeS * powerW;
    totals.decodingS += timeS * work.decoding;
    totals.promptTokens += work.promptTokens;
    totals.outputTokens += work.decoding;
    this.#endDecoding();
    this.#endPrompts();
  }

  // Lists are closed up in place: a step that ends nothing moves nothing.
  #endDecoding(): void {
    const { input, output, endS } = this.#requests;
    let kept = 0;
    for (let k = 0; k < this.#decoding.length; k++) {
      const request = this.#decoding[k]!, length = this.#length[k]!;
      if (length >= input[request]! + output[request]! - 1) {
        endS[request] = this.timeS;
        this.#reservedBytes -= this.#keptBytes(request);
      } else {
        this.#decoding[kept] = request;
        this.#length[kept++] = length;
      }
    }
    this.#decoding.length = this.#length.length = kept;
  }

  #endPrompts(): void {
    const { input, output, endS, firstTokenS } = this.#requests;
    let kept = 0;
    for (let k = 0; k < this.#prefilling.length; k++) {
      const request = this.#prefilling[k]!;
      if (this.#read[k]! < input[request]!) {
        this.#prefilling[kept] = request;
        this.#read[kept++] = this.#read[k]!;
        continue;
      }
      firstTokenS[request] = this.timeS;
      this.totals.outputTokens++;
      if (output[request] === 1) {
        endS[request] = this.timeS;
        this.#reservedBytes -= this.#keptBytes(request);
      } else {
        this.#decoding.push(request);
        this.#length.push(input[request]!);
      }
    }
    this.#prefilling.length = this.#read.length = kept;
  }
}
