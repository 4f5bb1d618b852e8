/** The shape of a measurement's configuration; unknown keys are refused at every level. */

import * as v from "valibot";
import { InputError } from "../errors.ts";
import { parseQuantity, type QuantityKind } from "../metrics/units.ts";
import { hasNoPassword, samplerOptions } from "./samplers/options.ts";

const text = v.pipe(v.string("a text"), v.nonEmpty("a text that is not empty"));

function whole(least: number, most = 1e9): v.GenericSchema<unknown, number> {
  const wanted = most === 1e9
    ? `a whole number from ${least}`
    : `a whole number from ${least} to ${most}`;
  return v.pipe(
    v.number(wanted),
    v.integer(wanted),
    v.minValue(least, wanted),
    v.maxValue(most, wanted),
  );
}

/** A quantity with its unit, in canonical units. */
export function quantity(
  kind: QuantityKind,
  least = 0,
  most = Infinity,
  currency = "CUR",
): v.GenericSchema<unknown, number> {
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, number>(({ dataset, addIssue, NEVER }) => {
      const raw = dataset.value;
      const fail = (expected: string): never => {
        addIssue({
          expected,
          received: raw === undefined ? "undefined" : String(raw),
          message: expected,
        });
        return NEVER;
      };
      if (typeof raw !== "string" && typeof raw !== "number") return fail("a number with its unit");
      let number: number;
      try {
        number = parseQuantity(raw, kind, currency);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        return fail(`${error.expected} (${error.problem})`);
      }
      if (number < least || number > most) {
        return fail(most === Infinity ? `at least ${least}` : `${least} to ${most}`);
      }
      return number;
    }),
  );
}

/** One value or a list of values, as a list without repeats. */
function list(item: v.GenericSchema<unknown, number>): v.GenericSchema<unknown, readonly number[]> {
  return v.pipe(
    v.unknown(),
    v.transform((value) => Array.isArray(value) ? value : [value]),
    v.array(item),
    v.nonEmpty("at least one value"),
    v.check((items) => new Set(items).size === items.length, "each value once"),
  );
}

const seconds = (least: number): v.GenericSchema<unknown, number> => quantity("duration", least);

const endpoint = v.strictObject({
  url: v.pipe(
    text,
    v.check(
      (url) => /^https?:\/\/[^/]/.test(url) && URL.canParse(url),
      "an address such as http://127.0.0.1:8000/v1",
    ),
    v.check(
      hasNoPassword,
      "an address without a password: name an environment variable under apiKeyEnv",
    ),
    v.check(
      (url) => !URL.canParse(url) || new URL(url).search === "",
      "an address without a query: paths are added to it, and a key in it would be kept with the run",
    ),
  ),
  api: v.optional(v.picklist(["completions", "chat"], "completions or chat"), "completions"),
  apiKeyEnv: v.optional(
    v.pipe(
      text,
      v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of an environment variable, not the key"),
    ),
  ),
  timeout: v.optional(seconds(0.001), "600 s"),
  stall: v.optional(seconds(0.001), "120 s"),
  retries: v.optional(whole(0, 100), 2),
  backoff: v.optional(seconds(0), "500 ms"),
  maxBackoff: v.optional(seconds(0), "30 s"),
  body: v.optional(v.record(v.string(), v.unknown(), "a map of keys and values"), {}),
});

const prompts = v.strictObject({
  synthetic: v.optional(v.picklist(["words", "token-ids"], "words or token-ids")),
  vocabulary: v.optional(whole(2, 10_000_000)),
  file: v.optional(text),
  dataset: v.optional(text),
  field: v.optional(text),
});

const arrival = v.strictObject({
  kind: v.picklist(["closed", "poisson", "batch", "trace"], "closed, poisson, batch or trace"),
  file: v.optional(text),
  speed: v.optional(quantity("factor", 1e-6)),
});

const load = v.strictObject({
  requests: v.optional(whole(1)),
  duration: v.optional(seconds(0.001)),
  warmup: v.optional(whole(0), 0),
  idle: v.optional(seconds(0), "0 s"),
  coolDown: v.optional(seconds(0), "0 s"),
  repeats: v.optional(whole(1, 10_000), 1),
});

const sweep = v.strictObject({
  inputTokens: v.optional(list(whole(1, 100_000_000))),
  outputTokens: v.optional(list(whole(1, 100_000_000))),
  concurrency: v.optional(list(whole(1, 100_000))),
  rate: v.optional(list(quantity("rate", 1e-9))),
  batch: v.optional(list(whole(1, 100_000))),
});

const name = v.pipe(
  text,
  v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "a name of letters, digits, dots, dashes"),
);

/** The sampler of a kind with its options. */
const sampler = v.variant(
  "kind",
  samplerOptions.map(([kind, options]) =>
    v.strictObject({
      kind: v.literal(kind),
      name: v.optional(name),
      period: v.optional(seconds(0.001)),
      host: v.optional(text),
      ...options,
    })
  ) as never,
  `one of ${samplerOptions.map(([kind]) => kind).join(", ")}`,
) as unknown as v.GenericSchema<unknown, RawSampler>;

/** A sampler as the file gives it. */
export interface RawSampler {
  readonly kind: string;
  readonly name?: string;
  readonly period?: number;
  readonly host?: string;
  readonly [option: string]: unknown;
}

/**
 * The schema of a configuration.
 *
 * @param currency Code of the money, which decides what unit the tariff may have.
 */
// deno-lint-ignore explicit-function-return-type explicit-module-boundary-types
export const configSchema = (currency: string) =>
  v.strictObject({
    name: text,
    seed: v.optional(whole(0, 4_294_967_295), 1),
    model: text,
    endpoint,
    prompts: v.optional(prompts, { synthetic: "words" }),
    tokenCount: v.optional(
      v.union(
        [v.picklist(["server", "chunks"]), v.strictObject({ tokenizer: text })],
        "server, chunks, or { tokenizer: PATH }",
      ),
      "server",
    ),
    arrival: v.optional(arrival, { kind: "closed" }),
    load: v.optional(load, {}),
    sweep: v.optional(sweep, {}),
    labels: v.optional(
      v.record(
        v.string(),
        v.union([v.string(), v.number(), v.boolean()], "a text, a number, true or false"),
        "a map of keys and values",
      ),
      {},
    ),
    samplers: v.optional(v.array(sampler, "a list of samplers"), []),
    hosts: v.optional(
      v.record(
        name,
        v.strictObject({ command: v.pipe(v.array(text, "a list of words"), v.nonEmpty()) }),
        "a map from names to commands",
      ),
      {},
    ),
    pue: v.optional(quantity("factor", 1, 10)),
    currency: v.optional(
      v.pipe(text, v.regex(/^[A-Z]{3}$/, "three capitals, such as EUR")),
      "EUR",
    ),
    tariff: v.optional(quantity("energy-price", 0, Infinity, currency)),
    carbon: v.optional(quantity("carbon-intensity")),
  });

/** A configuration that has the right shape. */
export type RawConfig = v.InferOutput<ReturnType<typeof configSchema>>;
