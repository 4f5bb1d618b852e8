/** What a measurement's configuration says, once read: all numbers in canonical units. */

/** The server under test. */
export interface EndpointSettings {
  /** Base address of the OpenAI-compatible API, such as `http://127.0.0.1:8000/v1`. */
  readonly url: string;
  /** `completions` or `chat`. */
  readonly api: "completions" | "chat";
  /** Name of the environment variable that holds the API key; the key itself is never kept. */
  readonly apiKeyEnv?: string | undefined;
  /** Longest time for one request, retries apart, in seconds. */
  readonly timeoutS: number;
  /** Longest time without a byte, in seconds. */
  readonly stallS: number;
  /** How often one request is tried again at most. */
  readonly retries: number;
  /** Wait before the first retry in seconds; doubled with each. */
  readonly backoffS: number;
  /** Longest wait before a retry in seconds, also where the server asks for more. */
  readonly maxBackoffS: number;
  /** Further fields of every request's body, such as `ignore_eos: true`. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** Where prompts come from. */
export type PromptSettings =
  | {
    /** Made from words drawn with the seed, or from token ids (completions only). */
    readonly kind: "synthetic";
    /** `words`: one common word for each token wanted; `token-ids`: exactly that many ids. */
    readonly unit: "words" | "token-ids";
    /** Token ids are drawn below this. */
    readonly vocabulary: number;
  }
  | {
    /** One prompt a line or record, taken in order. */
    readonly kind: "file";
    /** Text (a prompt a line), JSON Lines, JSON (an array) or CSV; relative to the configuration. */
    readonly file: string;
    /** Key or column of the prompt. */
    readonly field: string;
  }
  | {
    /** A file of the registry of datasets. */
    readonly kind: "dataset";
    /** Its path in the registry. */
    readonly dataset: string;
    /** Key or column of the prompt. */
    readonly field: string;
  };

/** When requests are sent. */
export type ArrivalSettings =
  | { readonly kind: "closed" }
  | { readonly kind: "poisson" }
  | { readonly kind: "batch" }
  | {
    /** At the times, and with the lengths, of a request log that Joulebook can read. */
    readonly kind: "trace";
    /** The log. */
    readonly file: string;
    /** How much faster than recorded. */
    readonly speed: number;
  };

/** What each cell of the sweep does. */
export interface LoadSettings {
  /** Requests of a cell; fewer when the duration ends first. */
  readonly requests: number;
  /** Seconds after which no further request of a cell is sent; null for no limit. */
  readonly durationS: number | null;
  /** Warm-up requests before each cell: sent and recorded, but no part of its load. */
  readonly warmup: number;
  /** Seconds of rest before each cell, in which idle power is sampled. */
  readonly idleS: number;
  /** Seconds of rest after each cell. */
  readonly coolDownS: number;
  /** How often each cell is run. */
  readonly repeats: number;
}

/** The sweep: a cell for every combination. */
export interface SweepSettings {
  /** Prompt tokens wanted; empty when the prompts or the trace say. */
  readonly inputTokens: readonly number[];
  /** Output tokens asked for. */
  readonly outputTokens: readonly number[];
  /** Requests in flight, for closed loops. */
  readonly concurrency: readonly number[];
  /** Requests a second, for Poisson arrivals. */
  readonly requestsPerS: readonly number[];
  /** Requests sent at once, for fixed batches. */
  readonly batch: readonly number[];
}

/** One sampler, as configured; what each kind needs beyond this stands in `options`. */
export interface SamplerSettings {
  /** Which one. */
  readonly kind: SamplerKind;
  /** Name of its file in the run folder. */
  readonly name: string;
  /** Seconds between readings wanted. */
  readonly periodS: number;
  /** Name of the host it reads; null for this machine. */
  readonly host: string | null;
  /** Options of its kind. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** The samplers there are. */
export type SamplerKind =
  | "nvidia-smi"
  | "nvml"
  | "prometheus"
  | "amd-smi"
  | "rapl"
  | "perf"
  | "ipmi"
  | "tegrastats"
  | "powermetrics"
  | "hwmon"
  | "http-meter"
  | "declared";

/** A remote machine. */
export interface HostSettings {
  /** Its name in the run. */
  readonly name: string;
  /** Words put before every command, such as `[ssh, node1]`. */
  readonly command: readonly string[];
}

/** Who counts tokens. */
export type TokenCountRule = "server" | "chunks" | "tokenizer";

/** All settings of a measurement. */
export interface MeasureSettings {
  /** Name of the measurement. */
  readonly name: string;
  /** Seed of prompts and arrivals. */
  readonly seed: number;
  /** Model as the server calls it. */
  readonly model: string;
  /** The server. */
  readonly endpoint: EndpointSettings;
  /** Prompts. */
  readonly prompts: PromptSettings;
  /**
   * How tokens are counted: by the server's usage field; or, for servers that send none, one for each
   * chunk of text, and of a made-up prompt one for each word; or by a tokenizer.
   */
  readonly tokenCount: TokenCountRule;
  /** Path of the tokenizer's `tokenizer.json`, relative to the configuration; null for none. */
  readonly tokenizer: string | null;
  /** Arrivals. */
  readonly arrival: ArrivalSettings;
  /** Load of each cell. */
  readonly load: LoadSettings;
  /** The sweep. */
  readonly sweep: SweepSettings;
  /** What the run is said to be: parallelism, quantization, hardware. Recorded, not acted upon. */
  readonly labels: Readonly<Record<string, string | number | boolean>>;
  /** Samplers. */
  readonly samplers: readonly SamplerSettings[];
  /** Remote machines. */
  readonly hosts: readonly HostSettings[];
  /** Power usage effectiveness of the site; null when not given. */
  readonly pue: number | null;
  /** Code of the money of the tariff. */
  readonly currency: string;
  /** Price of energy in currency/kWh; null when not given. */
  readonly tariffPerKwh: number | null;
  /** Carbon intensity in g/kWh; null when not given. */
  readonly carbonGPerKwh: number | null;
}
