/** Builders for the weights that most models share. */

import type { Attention, FeedForward, Part, Weight } from "./architecture.ts";

/** Options of {@linkcode linear}. */
export type LinearOptions = Pick<
  Weight,
  "bias" | "split" | "fuse" | "copies" | "active" | "dtype"
>;

/** A linear map from `input` to `output`. */
export function linear(
  name: string,
  part: Part,
  output: number,
  input: number,
  options: LinearOptions = {},
): Weight {
  const { bias, ...rest } = options;
  return { name, part, shape: [output, input], ...(bias ? { bias } : {}), ...rest };
}

/** A learned vector, such as the scale of a norm. */
export function vector(name: string, width: number, part: Part = "norm"): Weight {
  return { name, part, shape: [width] };
}

/** A table whose rows are gathered. */
export function table(name: string, part: Part, rows: number, width: number): Weight {
  return { name, part, shape: [rows, width], lookup: true };
}

/** What a norm learns: a scale, a scale and a shift, or nothing. */
export type NormStyle = "rms" | "layer" | "layer-no-bias" | "none";

/** The weights of one norm. */
export function norm(name: string, width: number, style: NormStyle, part: Part = "norm"): Weight[] {
  if (style === "none") return [];
  return [{ name, part, shape: [width], ...(style === "layer" ? { bias: true } : {}) }];
}

/** Options of {@linkcode attention}. */
export interface AttentionOptions {
  /** Width of the residual stream. */
  readonly hidden: number;
  /** Query heads. */
  readonly heads: number;
  /** Key-value heads. */
  readonly kvHeads: number;
  /** Width of a head. */
  readonly headDim: number;
  /** Bias on q, k and v. Default: false. */
  readonly qkvBias?: boolean;
  /** Bias on the output projection. Default: false. */
  readonly outBias?: boolean;
  /** Norm of queries and keys: per head (one scale of a head's width) or over all heads. */
  readonly qkNorm?: "head" | "all" | "per-head-scale";
  /** Style of that norm. Default: rms. */
  readonly qkNormStyle?: NormStyle;
  /** The query projection also makes an output gate. Default: false. */
  readonly outputGate?: boolean;
  /** No value projection: values are the keys. Default: false. */
  readonly valueIsKey?: boolean;
  /** No key and value projections: an earlier layer's cache is read. Default: false. */
  readonly sharesCache?: boolean;
  /** Window, tokens. Default: none. */
  readonly window?: number | null;
  /** Prefix of the module names. Default: "self_attn.". */
  readonly prefix?: string;
  /** Names of q, k, v and the output projection. Default: q_proj, k_proj, v_proj, o_proj. */
  readonly names?: readonly [string, string, string, string];
  /** One fused module holds q, k and v (so its name is what patterns see). Default: none. */
  readonly fusedName?: string;
}

/** Softmax attention with its projections. */
export function attention(o: AttentionOptions): { mixer: Attention; weights: Weight[] } {
  const prefix = o.prefix ?? "self_attn.";
  const [q, k, v, out] = o.names ?? ["q_proj", "k_proj", "v_proj", "o_proj"];
  const queryWidth = o.heads * o.headDim, kvWidth = o.kvHeads * o.headDim;
  const bias = o.qkvBias ?? false;
  const fuse = `${prefix}${o.fusedName ?? "qkv_proj"}`;
  const name = (own: string) => prefix + (o.fusedName ?? own);
  const weights: Weight[] = [
    linear(name(q), "attention", queryWidth * (o.outputGate ? 2 : 1), o.hidden, {
      bias,
      split: "out",
      fuse,
    }),
  ];
  if (!o.sharesCache) {
    weights.push(linear(name(k), "attention", kvWidth, o.hidden, { bias, split: "kv", fuse }));
    if (!o.valueIsKey) {
      weights.push(linear(name(v), "attention", kvWidth, o.hidden, { bias, split: "kv", fuse }));
    }
  }
  weights.push(
    linear(prefix + out, "attention", o.hidden, queryWidth, {
      bias: o.outBias ?? false,
      split: "in",
    }),
  );
  if (o.qkNorm !== undefined) {
    const style = o.qkNormStyle ?? "rms";
    const width = (heads: number) => o.qkNorm === "head" ? o.headDim : heads * o.headDim;
    weights.push(...norm(`${prefix}q_norm`, width(o.heads), style));
    if (!o.sharesCache) weights.push(...norm(`${prefix}k_norm`, width(o.kvHeads), style));
  }
  return {
    mixer: {
      kind: "attention",
      heads: o.heads,
      kvHeads: o.kvHeads,
      headDim: o.headDim,
      valueDim: o.headDim,
      window: o.window ?? null,
      ...(o.sharesCache ? { sharesCache: true } : {}),
    },
    weights,
  };
}

/** Options of {@linkcode feedForward}. */
export interface FeedForwardOptions {
  /** Width of the residual stream. */
  readonly hidden: number;
  /** Inner width. */
  readonly size: number;
  /** Two projections, one gating the other. */
  readonly gated: boolean;
  /** Bias on every projection. Default: false. */
  readonly bias?: boolean;
  /** Prefix of the module names. Default: "mlp.". */
  readonly prefix?: string;
  /** Names of gate, up and down. Default: gate_proj, up_proj, down_proj. */
  readonly names?: readonly [string, string, string];
  /** What the weights belong to. Default: mlp. */
  readonly part?: Part;
}

/** A dense feed-forward block. */
export function feedForward(o: FeedForwardOptions): { block: FeedForward; weights: Weight[] } {
  const prefix = o.prefix ?? "mlp.";
  const part = o.part ?? "mlp";
  const [gate, up, down] = o.names ?? ["gate_proj", "up_proj", "down_proj"];
  const bias = o.bias ?? false;
  const into = o.gated
    ? { bias, split: "out" as const, fuse: `${prefix}gate_up_proj` }
    : { bias, split: "out" as const };
  return {
    block: { size: o.size, gated: o.gated, active: null, experts: null },
    weights: [
      ...(o.gated ? [linear(prefix + gate, part, o.size, o.hidden, into)] : []),
      linear(prefix + up, part, o.size, o.hidden, into),
      linear(prefix + down, part, o.hidden, o.size, { bias, split: "in" }),
    ],
  };
}

/** Options of {@linkcode experts}. */
export interface ExpertsOptions {
  /** Width of the experts' input: the residual stream or a latent. */
  readonly input: number;
  /** Width of the residual stream, which the router reads. */
  readonly hidden: number;
  /** Inner width of an expert. */
  readonly size: number;
  /** Experts. */
  readonly count: number;
  /** Experts a token uses. */
  readonly active: number;
  /** Gated experts. Default: true. */
  readonly gated?: boolean;
  /** Bias on the experts' projections. Default: false. */
  readonly bias?: boolean;
  /** Bias on the router. Default: false. */
  readonly routerBias?: boolean;
  /** A score-correction vector a router. Default: false. */
  readonly correction?: boolean;
  /** Name of the router. Default: "mlp.gate". */
  readonly router?: string;
  /** Prefix of the experts, before the expert's number. Default: "mlp.experts.". */
  readonly prefix?: string;
  /** Names of gate, up and down. Default: gate_proj, up_proj, down_proj. */
  readonly names?: readonly [string, string, string];
}

/** Routed experts with their router. */
export function experts(o: ExpertsOptions): { block: FeedForward; weights: Weight[] } {
  const router = o.router ?? "mlp.gate";
  const prefix = `${o.prefix ?? "mlp.experts."}*.`;
  const [gate, up, down] = o.names ?? ["gate_proj", "up_proj", "down_proj"];
  const gated = o.gated ?? true;
  const each = { copies: o.count, active: o.active, bias: o.bias ?? false };
  const into = gated
    ? { ...each, split: "out" as const, fuse: `${prefix}gate_up_proj` }
    : { ...each, split: "out" as const };
  return {
    block: { size: o.size, gated, active: o.active, experts: o.count },
    weights: [
      linear(router, "router", o.count, o.hidden, { bias: o.routerBias ?? false }),
      ...(o.correction
        ? [{
          ...vector(`${router}.e_score_correction_bias`, o.count, "router"),
          dtype: "fp32" as const,
        }]
        : []),
      ...(gated ? [linear(prefix + gate, "experts", o.size, o.input, into)] : []),
      linear(prefix + up, "experts", o.size, o.input, into),
      linear(prefix + down, "experts", o.input, o.size, { ...each, split: "in" }),
    ],
  };
}

/** Consecutive equal layers stored once: kinds in order of appearance, and the order itself. */
export function fold<T>(items: readonly T[]): { kinds: T[]; order: number[] } {
  const seen = new Map<string, number>();
  const kinds: T[] = [];
  const order = items.map((item) => {
    const key = JSON.stringify(item);
    const known = seen.get(key);
    if (known !== undefined) return known;
    seen.set(key, kinds.length);
    kinds.push(item);
    return kinds.length - 1;
  });
  return { kinds, order };
}
