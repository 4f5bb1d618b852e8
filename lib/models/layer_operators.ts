/** Operators of one layer: projections, mixing, experts, norms and what lies between. */

import type { Layer, Weight } from "./architecture.ts";
import { mixingOperators } from "./mixing_operators.ts";
import { allReduce, blank, type Operator, type Pass } from "./operators.ts";
import { isLinear } from "./stored.ts";

const isFeedForward = (w: Weight) =>
  w.part === "mlp" || w.part === "experts" || w.part === "shared-experts" || w.part === "router";

/**
 * Operators of a layer.
 *
 * @param layer The layer.
 * @param count How many alike there are.
 * @param hidden Width of the residual stream.
 * @param pass The pass.
 */
export function layerOperators(
  layer: Layer,
  count: number,
  hidden: number,
  pass: Pass,
): Operator[] {
  const list: Operator[] = [];
  const { tokens, activationBytes } = pass;
  if (layer.norms > 0) {
    list.push(blank("norm", "norm", "norm", count * layer.norms, {
      activationBytes: 2 * tokens * hidden * activationBytes,
      elements: tokens * hidden,
    }));
  }
  list.push(...projections(layer, count, pass, (w) => !isFeedForward(w)));
  if (layer.mixer !== null) list.push(...mixingOperators(layer.mixer, count, pass));
  const halves = (layer.mixer === null ? 0 : 1) + (layer.feedForward.length > 0 ? 1 : 0);
  list.push(...projections(layer, count, pass, isFeedForward));
  for (const block of layer.feedForward) {
    const inner = Math.ceil(block.size / pass.tp) * (block.active ?? 1);
    list.push(blank("activation", "elementwise", "mlp", count, {
      activationBytes: tokens * inner * (block.gated ? 3 : 2) * activationBytes,
      elements: tokens * inner,
    }));
    if (block.experts !== null) {
      // Scores are ranked and the tokens gathered by expert and scattered back.
      list.push(blank("routing", "elementwise", "router", count, {
        activationBytes: 2 * tokens * hidden * (block.active ?? 1) * activationBytes,
        elements: tokens * block.experts,
      }));
    }
  }
  list.push(blank("residual", "elementwise", "residual", count * Math.max(1, halves), {
    activationBytes: 3 * tokens * hidden * activationBytes,
    elements: tokens * hidden,
  }));
  if (pass.tp > 1 && halves > 0) {
    list.push(allReduce("layer", "residual", pass, hidden, count * halves));
  }
  return list;
}

/** GEMMs of a layer's linear maps; maps of one input run as one. */
function projections(
  layer: Layer,
  count: number,
  pass: Pass,
  wanted: (w: Weight) => boolean,
): Operator[] {
  const groups = new Map<
    string,
    { w: Weight; bytes: number; format: string; own: [number, number] }[]
  >();
  layer.weights.forEach((w, i) => {
    if (!isLinear(w) || !wanted(w) || isAbsorbed(w, layer, pass)) return;
    const { bytes, format } = pass.storage(w, i);
    const { share, shape } = cut(w, layer, pass.tp);
    const key = w.fuse ?? `${w.name}#${i}`;
    const entry = { w, bytes: bytes * share, format, own: shape };
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [entry]);
    else known.push(entry);
  });
  return [...groups].map(([key, maps]) => {
    const first = maps[0]!;
    const n = maps.reduce((sum, map) => sum + map.own[0], 0);
    const k = first.own[1];
    const bytes = maps.reduce((sum, map) => sum + map.bytes, 0);
    const formats = new Set(maps.map((map) => map.format));
    const name = key.replace(/#\d+$/, "").replace(/\*\./, "");
    const copies = first.w.copies ?? 1;
    const active = first.w.active ?? copies;
    const spread = copies > 1;
    const touched = spread ? touchedExperts(copies, active, pass.tokens) : 1;
    const rows = spread ? pass.tokens * active / touched : pass.tokens;
    return blank(name, spread ? "grouped-gemm" : "gemm", first.w.part, count, {
      batch: touched,
      m: rows,
      n,
      k,
      flops: 2 * touched * rows * n * k,
      weightBytes: bytes * touched / copies,
      activationBytes: touched * rows * (n + k) * pass.activationBytes,
      format: [...formats].join("+"),
    });
  });
}

/**
 * Experts that a batch touches when every token picks `active` of `count` evenly:
 * `count * (1 - (1 - active/count)^tokens)`.
 */
export function touchedExperts(count: number, active: number, tokens: number): number {
  return count * (1 - (1 - active / count) ** tokens);
}

/** In absorbed latent attention the up-projection of the latent is part of the mixing. */
function isAbsorbed(w: Weight, layer: Layer, pass: Pass): boolean {
  return layer.mixer?.kind === "latent" && w.name.endsWith("kv_b_proj") &&
    (pass.phase === "decode" || layer.mixer.indexer !== null);
}

/** The share of a weight that one device holds, and the shape of its part. */
function cut(w: Weight, layer: Layer, tp: number): { share: number; shape: [number, number] } {
  const [out, input] = w.shape as [number, number];
  switch (w.split) {
    case "out": {
      const own = Math.ceil(out / tp);
      return { share: own / out, shape: [own, input] };
    }
    case "in": {
      const own = Math.ceil(input / tp);
      return { share: own / input, shape: [out, own] };
    }
    case "kv": {
      const heads = layer.mixer?.kind === "attention" ? layer.mixer.kvHeads : 1;
      const own = Math.ceil(heads / tp) * (out / heads);
      return { share: own / out, shape: [own, input] };
    }
    default:
      return { share: 1, shape: [out, input] };
  }
}
