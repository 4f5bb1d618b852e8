/** Parts that vision towers share. */

import type { Weight } from "../architecture.ts";
import { linear, norm, type NormStyle } from "../build.ts";

/** Shape of a vision transformer. */
export interface Encoder {
  readonly width: number;
  readonly layers: number;
  readonly size: number;
  readonly gated: boolean;
  readonly bias: { readonly qkv: boolean; readonly out: boolean; readonly mlp: boolean };
  readonly norm: NormStyle;
  /** Norms over the width in a layer. Default: 2. */
  readonly norms?: number;
  /** Width of a learned norm of queries and keys. Default: none. */
  readonly qkNorm?: number;
}

/** A name inside the tower. */
export function names(path: string): string {
  return `vision_tower.${path}`;
}

/** The layers of a vision transformer. */
export function encoder(o: Encoder): Weight[] {
  const one: Weight[] = [
    linear("attn.qkv", "vision", 3 * o.width, o.width, { bias: o.bias.qkv, split: "out" }),
    linear("attn.proj", "vision", o.width, o.width, { bias: o.bias.out, split: "in" }),
    ...(o.gated
      ? [linear("mlp.gate", "vision", o.size, o.width, { bias: o.bias.mlp, split: "out" })]
      : []),
    linear("mlp.up", "vision", o.size, o.width, { bias: o.bias.mlp, split: "out" }),
    linear("mlp.down", "vision", o.width, o.size, { bias: o.bias.mlp, split: "in" }),
    ...norm("norm", o.width, o.norm, "vision").flatMap((w) =>
      Array.from({ length: o.norms ?? 2 }, (_, i) => ({ ...w, name: `norm${i + 1}` }))
    ),
    ...(o.qkNorm === undefined ? [] : [
      ...norm("attn.q_norm", o.qkNorm, "rms", "vision"),
      ...norm("attn.k_norm", o.qkNorm, "rms", "vision"),
    ]),
  ];
  return one.map((w) => ({ ...w, name: names(`blocks.*.${w.name}`), copies: o.layers }));
}

/** Biases everywhere. */
export const plain: Encoder["bias"] = { qkv: true, out: true, mlp: true };

/** A patch projection written as a convolution. */
export function patches(
  width: number,
  channels: number,
  patch: number,
  frames: number,
  bias: boolean,
): Weight {
  return linear(names("patch_embed"), "vision", width, channels * patch * patch * frames, { bias });
}

/** A learned table of positions or classes. */
export function rows(name: string, count: number, width: number): Weight {
  return { name: names(name), part: "vision", shape: [count, width], lookup: true };
}

/** Two linear maps behind a norm, from merged patches to the text width. */
export function merger(
  name: string,
  normWidth: number,
  input: number,
  output: number,
  style: NormStyle = "layer",
): Weight[] {
  return [
    ...norm(`${name}.norm`, normWidth, style, "projector"),
    linear(`${name}.linear_fc1`, "projector", input, input, { bias: true }),
    linear(`${name}.linear_fc2`, "projector", output, input, { bias: true }),
  ];
}
