/** Recurrent mixers: Mamba, Mamba-2 and the gated delta rule, with their projections. */

import type { DeltaNet, Mamba1, Mamba2, Weight } from "../architecture.ts";
import { linear, norm, vector } from "../build.ts";

/** Options of {@linkcode mamba2}. */
export interface Mamba2Options {
  readonly hidden: number;
  readonly heads: number;
  readonly headDim: number;
  readonly stateSize: number;
  readonly groups: number;
  readonly convKernel: number;
  readonly chunk: number;
  readonly convBias: boolean;
  readonly projectionBias: boolean;
  readonly prefix: string;
}

/** Mamba-2: one projection makes gate, x, B, C and the step; x, B and C pass a convolution. */
export function mamba2(o: Mamba2Options): { mixer: Mamba2; weights: Weight[] } {
  const inner = o.heads * o.headDim;
  const convolved = inner + 2 * o.groups * o.stateSize;
  const at = o.prefix;
  return {
    mixer: {
      kind: "mamba2",
      heads: o.heads,
      headDim: o.headDim,
      stateSize: o.stateSize,
      groups: o.groups,
      convKernel: o.convKernel,
      chunk: o.chunk,
    },
    weights: [
      linear(`${at}in_proj`, "mamba", inner + convolved + o.heads, o.hidden, {
        bias: o.projectionBias,
        split: "out",
      }),
      convolution(`${at}conv1d`, "mamba", convolved, o.convKernel, o.convBias),
      vector(`${at}dt_bias`, o.heads, "mamba"),
      vector(`${at}A_log`, o.heads, "mamba"),
      vector(`${at}D`, o.heads, "mamba"),
      ...norm(`${at}norm`, inner, "rms", "mamba"),
      linear(`${at}out_proj`, "mamba", o.hidden, inner, {
        bias: o.projectionBias,
        split: "in",
      }),
    ],
  };
}

/** Options of {@linkcode mamba1}. */
export interface Mamba1Options {
  readonly hidden: number;
  readonly inner: number;
  readonly stateSize: number;
  readonly convKernel: number;
  readonly stepRank: number;
  readonly convBias: boolean;
  readonly projectionBias: boolean;
  /** Learned norms on the step, B and C (Jamba). */
  readonly innerNorms: boolean;
  readonly prefix: string;
}

/** Mamba-1: x and gate from one projection; step, B and C from x. */
export function mamba1(o: Mamba1Options): { mixer: Mamba1; weights: Weight[] } {
  const at = o.prefix;
  return {
    mixer: {
      kind: "mamba",
      inner: o.inner,
      stateSize: o.stateSize,
      convKernel: o.convKernel,
    },
    weights: [
      linear(`${at}in_proj`, "mamba", 2 * o.inner, o.hidden, {
        bias: o.projectionBias,
        split: "out",
      }),
      convolution(`${at}conv1d`, "mamba", o.inner, o.convKernel, o.convBias),
      linear(`${at}x_proj`, "mamba", o.stepRank + 2 * o.stateSize, o.inner, { split: "in" }),
      linear(`${at}dt_proj`, "mamba", o.inner, o.stepRank, { bias: true, split: "out" }),
      { name: `${at}A_log`, part: "mamba", shape: [o.inner, o.stateSize], lookup: true },
      vector(`${at}D`, o.inner, "mamba"),
      ...(o.innerNorms
        ? [
          vector(`${at}dt_layernorm`, o.stepRank, "mamba"),
          vector(`${at}b_layernorm`, o.stateSize, "mamba"),
          vector(`${at}c_layernorm`, o.stateSize, "mamba"),
        ]
        : []),
      linear(`${at}out_proj`, "mamba", o.hidden, o.inner, {
        bias: o.projectionBias,
        split: "in",
      }),
    ],
  };
}

/** Options of {@linkcode deltaNet}. */
export interface DeltaNetOptions {
  readonly hidden: number;
  readonly keyHeads: number;
  readonly valueHeads: number;
  readonly keyDim: number;
  readonly valueDim: number;
  readonly convKernel: number;
  /** Names of the input projections differ: one for q, k, v and gate, or each on its own. */
  readonly fusedNames: boolean;
}

/** Gated delta rule: q, k, v through a convolution; gate, step and decay beside them. */
export function deltaNet(o: DeltaNetOptions): { mixer: DeltaNet; weights: Weight[] } {
  const keys = o.keyHeads * o.keyDim, values = o.valueHeads * o.valueDim;
  const at = "linear_attn.";
  const wide = { split: "out" as const, fuse: `${at}in_proj_qkvz` };
  const narrow = { split: "out" as const, fuse: `${at}in_proj_ba` };
  const name = (own: string, fused: string) => at + (o.fusedNames ? fused : own);
  return {
    mixer: {
      kind: "delta",
      keyHeads: o.keyHeads,
      valueHeads: o.valueHeads,
      keyDim: o.keyDim,
      valueDim: o.valueDim,
      convKernel: o.convKernel,
    },
    weights: [
      linear(
        name("in_proj_qkv", "in_proj_qkvz"),
        "linear-attention",
        2 * keys + values,
        o.hidden,
        wide,
      ),
      linear(name("in_proj_z", "in_proj_qkvz"), "linear-attention", values, o.hidden, wide),
      linear(name("in_proj_b", "in_proj_ba"), "linear-attention", o.valueHeads, o.hidden, narrow),
      linear(name("in_proj_a", "in_proj_ba"), "linear-attention", o.valueHeads, o.hidden, narrow),
      convolution(`${at}conv1d`, "linear-attention", 2 * keys + values, o.convKernel, false),
      vector(`${at}dt_bias`, o.valueHeads, "linear-attention"),
      vector(`${at}A_log`, o.valueHeads, "linear-attention"),
      vector(`${at}norm`, o.valueDim, "linear-attention"),
      linear(`${at}out_proj`, "linear-attention", o.hidden, values, { split: "in" }),
    ],
  };
}

// A depthwise convolution: one kernel a channel.
function convolution(
  name: string,
  part: Weight["part"],
  channels: number,
  kernel: number,
  bias: boolean,
): Weight {
  return { name, part, shape: [channels, 1, kernel], ...(bias ? { bias } : {}) };
}
