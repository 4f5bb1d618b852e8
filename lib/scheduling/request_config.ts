/** What a configuration says whose jobs are requests to language models. */

import type { WeightPrecision } from "../models/weight_bytes.ts";
import type { ClassConfig, CommonConfig, SiteConfig, TransferConfig } from "./config_types.ts";

/** A language model as a site can serve it. */
export interface ServedModel {
  /** Its name in tables. */
  readonly name: string;
  /** A Hugging Face id that is shipped, or the path of a config.json. */
  readonly model: string;
  /** How weights are stored; default as published. */
  readonly precision?: WeightPrecision | undefined;
  /** GPUs of a server, which share every layer; default 1. */
  readonly tensorParallel: number;
  /** What an answer is worth, 1 for the whole price. */
  readonly quality: number;
  /** Most sequences in a step; default 256. */
  readonly maxSequences: number;
  /** Most tokens in a step; default 2048. */
  readonly maxTokens: number;
}

/** A data centre that serves language models. */
export interface RequestSite extends SiteConfig {
  /** An id of the hardware catalogue or a printed name. */
  readonly hardware: string;
  /** The models it can serve, least quality first. */
  readonly servers: readonly ServedModel[];
}

/** Lengths drawn from a lognormal distribution, tokens. */
export interface LengthConfig {
  /** Median. */
  readonly median: number;
  /** Standard deviation of the logarithm. */
  readonly sigma: number;
  /** Smallest. */
  readonly min: number;
  /** Largest. */
  readonly max: number;
}

/** Where the requests of a class come from. */
export interface RequestSource {
  /** A request log, as a path below the mirror or beside the configuration; default: generated. */
  readonly trace?: string | undefined;
  /** Prompt lengths of generated requests. */
  readonly inputTokens?: LengthConfig | undefined;
  /** Answer lengths of generated requests. */
  readonly outputTokens?: LengthConfig | undefined;
  /** Seed of generated requests; default 1. */
  readonly seed: number;
  /** Requests replayed: the first of a trace, or as many are drawn; default 1000. */
  readonly sample: number;
}

/** A class of language-model requests. */
export interface RequestClass extends ClassConfig {
  /** Price of tokens, US dollars a million. */
  readonly price: {
    /** Prompt tokens. */
    readonly inputUsdPerMillion: number;
    /** Generated tokens. */
    readonly outputUsdPerMillion: number;
  };
  /**
   * Bounds on the 95th percentile; the operating point of a server is the highest rate that keeps them.
   * Default: none, a server takes all requests of the sample at once.
   */
  readonly latency?: {
    /** Time to first token, s, the network's round trip included. */
    readonly ttftS?: number | undefined;
    /** Time per output token, s. */
    readonly tpotS?: number | undefined;
  } | undefined;
  /** Its requests. */
  readonly requests: RequestSource;
}

/** A configuration whose jobs are requests to language models. */
export interface RequestConfig extends CommonConfig {
  /** What the jobs are. */
  readonly jobs: "requests";
  /** Moving requests; the round trip between two sites, s, is taken off every bound on TTFT; default 0. */
  readonly transfer: TransferConfig & { readonly roundTripS: number };
  /** Job classes, each with its requests. */
  readonly classes: readonly RequestClass[];
  /** Data centres. */
  readonly sites: readonly RequestSite[];
  /** Arrivals by local hour from midnight, any scale; default: all hours alike. */
  readonly dailyShape?: readonly number[] | undefined;
}
