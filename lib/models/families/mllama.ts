/** Llama 3.2 Vision: text layers, cross-attention layers that only images use, a tiled tower. */

import type { Weight } from "../architecture.ts";
import { attention, feedForward, linear, norm, table } from "../build.ts";
import { ConfigReader } from "../config_reader.ts";
import { dense } from "./dense_families.ts";
import type { Draft } from "./draft.ts";

/** The text model: a LLaMA without the cross-attention layers, its table with eight rows more. */
export function mllamaText(c: ConfigReader): Draft {
  const crossed = c.list("cross_attention_layers") ?? [];
  const count = c.int("num_hidden_layers");
  const text = new ConfigReader(
    { ...c.json, num_hidden_layers: count - crossed.length },
    c.pathOf("").replace(/\.$/, ""),
    undefined,
  );
  const draft = dense["llama"]!(text);
  c.ignore(...Object.keys(c.json).filter((key) => !text.unread().includes(key)));
  const extra = table("model.image_rows", "embedding", 8, draft.hiddenSize);
  return { ...draft, root: [...draft.root, extra] };
}

/** Cross-attention layers of the text model, which a text token passes by. */
function crossLayers(t: ConfigReader): Weight[] {
  const hidden = t.int("hidden_size");
  const heads = t.int("num_attention_heads");
  const { weights } = attention({
    hidden,
    heads,
    kvHeads: t.int("num_key_value_heads", heads),
    headDim: hidden / heads,
    qkNorm: "head",
    prefix: "cross_attn.",
  });
  const mlp = feedForward({ hidden, size: t.int("intermediate_size"), gated: true });
  const copies = (t.list("cross_attention_layers") ?? []).length;
  return [
    ...weights,
    ...mlp.weights,
    ...norm("input_layernorm", hidden, "rms"),
    ...norm("post_attention_layernorm", hidden, "rms"),
    { name: "gates", part: "norm" as const, shape: [2] },
  ].map((w) => ({ ...w, name: `cross_layers.*.${w.name}`, part: "projector", copies }));
}

/** The tower: two stacks of layers, the second with gates, and embeddings of tiles and positions. */
export function mllamaVision(v: ConfigReader, c: ConfigReader, text: number): Weight[] {
  const width = v.int("hidden_size", 1280);
  const size = v.int("intermediate_size", 5120);
  const patch = v.int("patch_size", 14);
  const rows = (v.int("image_size", 448) / patch) ** 2 + 1;
  const tiles = v.int("max_num_tiles", 4);
  // One embedding for each aspect ratio that the tiles allow, and one for none.
  const ratios = (v.list("supported_aspect_ratios")?.length ?? 8) + 1;
  v.ignore("attention_heads", "num_attention_heads", "intermediate_layers_indices");
  const lookup = (name: string, count: number, each: number): Weight => ({
    name: `vision_model.${name}`,
    part: "vision",
    shape: [count, each],
    lookup: true,
  });
  const stack = (name: string, copies: number, gates: number): Weight[] =>
    [
      linear("self_attn.qkv_proj", "vision", 3 * width, width, { split: "out" }),
      linear("self_attn.o_proj", "vision", width, width, { split: "in" }),
      linear("mlp.fc1", "vision", size, width, { bias: true, split: "out" }),
      linear("mlp.fc2", "vision", width, size, { bias: true, split: "in" }),
      ...norm("input_layernorm", width, "layer", "vision"),
      ...norm("post_attention_layernorm", width, "layer", "vision"),
      ...(gates === 0 ? [] : [{ name: "gates", part: "vision" as const, shape: [gates] }]),
    ].map((w) => ({ ...w, name: `vision_model.${name}.*.${w.name}`, copies }));
  return [
    linear("vision_model.patch_embedding", "vision", width, v.int("num_channels", 3) * patch ** 2),
    lookup("class_embedding", 1, width),
    lookup("positional_embedding", rows, width),
    lookup("tile_position_embedding", ratios, tiles * rows * width),
    lookup("pre_tile_embedding", ratios, tiles * width),
    lookup("post_tile_embedding", ratios, tiles * width),
    { name: "vision_model.embedding_gates", part: "vision", shape: [3] },
    ...norm("vision_model.layernorm_pre", width, "layer", "vision"),
    ...norm("vision_model.layernorm_post", width, "layer", "vision"),
    ...stack("transformer", v.int("num_hidden_layers", 32), 0),
    ...stack("global_transformer", v.int("num_global_layers", 8), 2),
    linear("multi_modal_projector", "projector", text, v.int("vision_output_dim", 7680), {
      bias: true,
    }),
    ...crossLayers(c.object("text_config")!),
  ];
}
