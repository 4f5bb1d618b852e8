/** Which format each weight of a checkpoint is stored in, layers of equal storage together. */

import type { Architecture, Layer, Quantization, Weight, WeightFormat } from "./architecture.ts";

/** Layers that are alike in shape and in storage. */
export interface StoredLayer {
  /** The kind of layer. */
  readonly layer: Layer;
  /** Format of each of its weights; null is the plain number type. */
  readonly formats: readonly (WeightFormat | null)[];
  /** How many there are. */
  readonly count: number;
}

/** A model's weights with their formats. */
export interface StoredModel {
  /** The layers. */
  readonly layers: readonly StoredLayer[];
  /** Format of each weight outside the layers. */
  readonly root: readonly (WeightFormat | null)[];
  /** Format of each weight of the multi-token-prediction modules. */
  readonly mtp: readonly (WeightFormat | null)[];
}

const known = new WeakMap<Architecture, StoredModel>();

/** The stored formats of a model's weights; worked out once a model. */
export function stored(model: Architecture): StoredModel {
  let result = known.get(model);
  if (result === undefined) {
    result = work(model);
    known.set(model, result);
  }
  return result;
}

function work(model: Architecture): StoredModel {
  const q = model.quantization;
  const plainly = (weights: readonly Weight[], prefix: string, layer: number | null) => {
    const match = q === null ? () => null : matcher(q, layer);
    return weights.map((w) => isQuantisable(w) ? match(prefix + w.name, w) : null);
  };
  const groups = new Map<
    string,
    { layer: Layer; formats: (WeightFormat | null)[]; count: number }
  >();
  model.order.forEach((kind, i) => {
    const layer = model.layers[kind]!;
    const formats = q === null
      ? layer.weights.map(() => null)
      : plainly(layer.weights, `${model.layerPrefix}${i}.`, i);
    const key = `${kind}|${formats.map((f) => f?.name ?? "").join(",")}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { layer, formats, count: 1 });
    else group.count++;
  });
  return {
    layers: [...groups.values()],
    root: plainly(model.root, "", null),
    mtp: plainly(model.mtp, "", null),
  };
}

/** Linear maps can be quantised; tables, vectors and what is kept wide cannot. */
export function isLinear(w: Weight): boolean {
  return w.shape.length === 2 && !w.lookup;
}

function isQuantisable(w: Weight): boolean {
  return isLinear(w) && w.dtype === undefined;
}

// Checkpoints differ in what they put before the layers; patterns are compared without it.
function bare(path: string): string {
  return path.replace(/^(model\.|language_model\.|backbone\.|transformer\.|decoder\.)+/, "");
}

function matcher(
  q: Quantization,
  layer: number | null,
): (name: string, w: Weight) => WeightFormat | null {
  const rules = q.rules.map((rule) => ({
    format: rule.format,
    everything: rule.modules.includes("*"),
    patterns: rule.modules.filter((m) => m !== "*" && mayConcern(m, layer)).map(pattern),
  }));
  return (name, w) => {
    const path = bare(name);
    for (const rule of rules) {
      if (rule.patterns.some((p) => p.test(path) || p.test(name))) return rule.format;
      // Routers and one-row gates are left alone by every method unless it names them.
      if (rule.everything && w.part !== "router") return rule.format;
    }
    return null;
  };
}

function mayConcern(module: string, layer: number | null): boolean {
  const number = /(?:^|\.)layers\.(\d+)/.exec(module)?.[1];
  return number === undefined || layer !== null && String(layer).startsWith(number);
}

function pattern(module: string): RegExp {
  if (module.startsWith("re:")) return new RegExp(`^(?:${module.slice(3)})`);
  const glob = bare(module).replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`(?:^|\\.)${glob}(?:\\.|$)`);
}
