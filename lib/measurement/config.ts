import * as v from "valibot";
import { faultOf, parseConfigDocument, type Path, pathOf } from "../yaml_document.ts";
import { configSchema, type RawConfig } from "./config_schema.ts";
import type {
  ArrivalSettings,
  MeasureSettings,
  PromptSettings,
  SamplerKind,
  SweepSettings,
} from "./settings.ts";

/**
 * Parses and checks a measurement's configuration in YAML.
 *
 * Durations, rates, prices and intensities carry their units (`100 ms`, `2 /s`, `0.31 EUR/kWh`). Refused, with
 * the line: unknown keys, wrong or missing units, a sweep over what the arrivals do not have, a
 * sampler on an unknown host, two samplers of one name, prompts from two sources, a password in an
 * address.
 *
 * @param text The YAML text.
 * @param path Name of the file, for messages.
 * @return The settings with defaults filled in.
 * @throws {InputError} `malformed` with line and column.
 *
 * @example
 * ```ts
 * import { parseMeasureConfig } from "@joulebook/joulebook/measurement";
 * import assert from "node:assert/strict";
 *
 * const text = `
 * name: two concurrencies
 * model: SmolLM2-135M
 * endpoint: {url: "http://127.0.0.1:8000/v1"}
 * load: {requests: 8}
 * sweep: {inputTokens: 128, outputTokens: 32, concurrency: [1, 4]}
 * `;
 * assert.deepEqual(parseMeasureConfig(text, "a.yaml").sweep.concurrency, [1, 4]);
 * assert.throws(
 *   () => parseMeasureConfig(text.replace("concurrency", "batch"), "a.yaml"),
 *   /a\.yaml:6:\d+: "sweep\.batch" has no meaning with closed arrivals/,
 * );
 * ```
 */
export function parseMeasureConfig(text: string, path: string): MeasureSettings {
  const document = parseConfigDocument(text, path);
  const plain = document.value as { currency?: unknown } | null;
  if (typeof plain !== "object" || plain === null || Array.isArray(plain)) {
    return document.fail([], {
      problem: "not a configuration",
      expected: "a map of keys and values",
    });
  }
  const currency = typeof plain.currency === "string" ? plain.currency : "EUR";
  const parsed = v.safeParse(configSchema(currency), plain);
  if (!parsed.success) {
    // A key misspelt makes two issues; the one that shows the word helps.
    const issue = parsed.issues.find(({ expected }) => expected === "never") ?? parsed.issues[0];
    const at = pathOf(issue);
    const { found, ...fault } = faultOf(issue, at);
    // What was written where an address or the name of a variable belongs may be a secret.
    const secret = (at[0] === "endpoint" && (at[1] === "url" || at[1] === "apiKeyEnv")) ||
      at.at(-1) === "url";
    document.fail(at, secret ? fault : { ...fault, found });
  }
  const refuse: Refuse = (at, problem, expected) => document.fail(at, { problem, expected });
  return settingsOf((parsed as { output: RawConfig }).output, refuse);
}

type Refuse = (at: Path, problem: string, expected?: string) => never;

/** Defaults of the load where neither requests nor a duration are given. */
const defaultRequests = 32;

function settingsOf(raw: RawConfig, refuse: Refuse): MeasureSettings {
  const arrival = arrivalOf(raw, refuse);
  const prompts = promptsOf(raw, refuse);
  const sweep = sweepOf(raw, arrival, prompts, refuse);
  const hosts = Object.entries(raw.hosts).map(([name, { command }]) => ({ name, command }));
  const names = new Set<string>();
  const samplers = raw.samplers.map((sampler, i) => {
    const { kind, name: given, period, host, ...options } = sampler;
    const name = given ?? (host === undefined ? kind : `${kind}-${host}`);
    if (names.has(name)) {
      refuse(["samplers", i, "name"], `two samplers are named "${name}"`, "a name for each");
    }
    names.add(name);
    if (host !== undefined && !(host in raw.hosts)) {
      refuse(["samplers", i, "host"], `no host is named "${host}"`, "one of the keys of hosts");
    }
    return {
      kind: kind as SamplerKind,
      name,
      periodS: period ?? defaultPeriodS[kind as SamplerKind],
      host: host ?? null,
      options,
    };
  });
  if (raw.endpoint.api === "chat" && prompts.kind === "synthetic" && prompts.unit === "token-ids") {
    refuse(["prompts", "synthetic"], "chat takes no token ids", "words, or api: completions");
  }
  const { endpoint, load } = raw;
  return {
    name: raw.name,
    seed: raw.seed,
    model: raw.model,
    endpoint: {
      url: endpoint.url.replace(/\/+$/, ""),
      api: endpoint.api,
      apiKeyEnv: endpoint.apiKeyEnv,
      timeoutS: endpoint.timeout,
      stallS: endpoint.stall,
      retries: endpoint.retries,
      backoffS: endpoint.backoff,
      maxBackoffS: endpoint.maxBackoff,
      body: endpoint.body,
    },
    prompts,
    tokenCount: typeof raw.tokenCount === "string" ? raw.tokenCount : "tokenizer",
    tokenizer: typeof raw.tokenCount === "string" ? null : raw.tokenCount.tokenizer,
    arrival,
    load: {
      requests: load.requests ??
        (load.duration === undefined && arrival.kind !== "trace"
          ? defaultRequests
          : Number.MAX_SAFE_INTEGER),
      durationS: load.duration ?? null,
      warmup: load.warmup,
      idleS: load.idle,
      coolDownS: load.coolDown,
      repeats: load.repeats,
    },
    sweep,
    labels: raw.labels,
    samplers,
    hosts,
    pue: raw.pue ?? null,
    currency: raw.currency,
    tariffPerKwh: raw.tariff ?? null,
    carbonGPerKwh: raw.carbon ?? null,
  };
}

/** Seconds between readings where the configuration does not say: what the sensors can follow. */
const defaultPeriodS: Readonly<Record<SamplerKind, number>> = {
  "nvidia-smi": 0.1,
  nvml: 0.1,
  prometheus: 1,
  "amd-smi": 1,
  rapl: 0.1,
  perf: 0.1,
  ipmi: 1,
  tegrastats: 0.1,
  powermetrics: 0.2,
  hwmon: 0.1,
  "http-meter": 1,
  declared: 0.1,
};

function arrivalOf({ arrival }: RawConfig, refuse: Refuse): ArrivalSettings {
  if (arrival.kind === "trace") {
    if (arrival.file === undefined) {
      refuse(["arrival"], '"arrival.file" is missing', "a request log");
    }
    return { kind: "trace", file: arrival.file!, speed: arrival.speed ?? 1 };
  }
  for (const key of ["file", "speed"] as const) {
    if (arrival[key] !== undefined) {
      refuse(["arrival", key], `"arrival.${key}" has no meaning with ${arrival.kind} arrivals`);
    }
  }
  return { kind: arrival.kind };
}

function promptsOf({ prompts }: RawConfig, refuse: Refuse): PromptSettings {
  const given = (["synthetic", "file", "dataset"] as const).filter((key) =>
    prompts[key] !== undefined
  );
  if (given.length > 1) {
    refuse(["prompts", given[1]!], `prompts come from ${given.join(" and ")}`, "one source");
  }
  if (given[0] !== "file" && given[0] !== "dataset") {
    if (prompts.field !== undefined) {
      refuse(["prompts", "field"], '"prompts.field" has no meaning without a file');
    }
    return {
      kind: "synthetic",
      unit: prompts.synthetic ?? "words",
      // Below the smallest vocabulary in common use (32 000) and clear of the special ids at its start.
      vocabulary: prompts.vocabulary ?? 30_000,
    };
  }
  const field = prompts.field ?? "prompt";
  return given[0] === "file"
    ? { kind: "file", file: prompts.file!, field }
    : { kind: "dataset", dataset: prompts.dataset!, field };
}

/** Which axes have a meaning with which arrivals. */
const loadAxis = { closed: "concurrency", poisson: "rate", batch: "batch", trace: null } as const;

function sweepOf(
  raw: RawConfig,
  arrival: ArrivalSettings,
  prompts: PromptSettings,
  refuse: Refuse,
): SweepSettings {
  const { sweep } = raw;
  const axis = loadAxis[arrival.kind];
  for (const key of ["concurrency", "rate", "batch"] as const) {
    if (sweep[key] !== undefined && key !== axis) {
      refuse(["sweep", key], `"sweep.${key}" has no meaning with ${arrival.kind} arrivals`);
    }
  }
  if ((axis === "rate" || axis === "batch") && sweep[axis] === undefined) {
    refuse(["sweep"], `"sweep.${axis}" is missing`, `it with ${arrival.kind} arrivals`);
  }
  const lengthsElsewhere = arrival.kind === "trace"
    ? "the trace says"
    : prompts.kind === "synthetic"
    ? null
    : "the prompts say";
  if (lengthsElsewhere !== null && sweep.inputTokens !== undefined) {
    refuse(["sweep", "inputTokens"], `${lengthsElsewhere} how long each prompt is`);
  }
  if (arrival.kind === "trace" && sweep.outputTokens !== undefined) {
    refuse(["sweep", "outputTokens"], "the trace says how long each output is");
  }
  return {
    inputTokens: sweep.inputTokens ?? (lengthsElsewhere === null ? [128] : []),
    outputTokens: sweep.outputTokens ?? (arrival.kind === "trace" ? [] : [128]),
    concurrency: axis === "concurrency" ? sweep.concurrency ?? [1] : [],
    requestsPerS: (sweep.rate ?? []).map((perHour) => perHour / 3600),
    batch: sweep.batch ?? [],
  };
}
