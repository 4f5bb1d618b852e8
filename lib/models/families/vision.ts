/** Vision towers and their projectors, from a vision_config. */

import type { Weight } from "../architecture.ts";
import { linear, norm } from "../build.ts";
import type { ConfigReader } from "../config_reader.ts";
import { encoder, merger, names, patches, plain, rows } from "./vision_parts.ts";

/** Weights of a tower from its configuration, the outer one, and the width of the text model. */
export type VisionFamily = (v: ConfigReader, c: ConfigReader, text: number) => Weight[];

function qwen3Vl(v: ConfigReader): Weight[] {
  const width = v.int("hidden_size");
  const merged = width * v.int("spatial_merge_size", 2) ** 2;
  const out = v.int("out_hidden_size");
  const deep = v.list("deepstack_visual_indexes") ?? [];
  v.ignore("num_heads");
  return [
    patches(
      width,
      v.int("in_channels", 3),
      v.int("patch_size"),
      v.int("temporal_patch_size", 2),
      true,
    ),
    rows("pos_embed", v.int("num_position_embeddings"), width),
    ...encoder({
      width,
      layers: v.int("depth"),
      size: v.int("intermediate_size"),
      gated: false,
      bias: plain,
      norm: "layer",
    }),
    ...merger(names("merger"), width, merged, out),
    // The mergers of intermediate layers normalise after merging.
    ...deep.flatMap((_, i) => merger(names(`deepstack_merger_list.${i}`), merged, merged, out)),
  ];
}

function qwen25Vl(v: ConfigReader): Weight[] {
  const width = v.int("hidden_size", 1280);
  const merged = width * v.int("spatial_merge_size", 2) ** 2;
  v.ignore("num_heads", "fullatt_block_indexes", "window_size", "tokens_per_second");
  return [
    patches(
      width,
      v.int(["in_channels", "in_chans"], 3),
      v.int(["patch_size", "spatial_patch_size"], 14),
      v.int("temporal_patch_size", 2),
      false,
    ),
    ...encoder({
      width,
      layers: v.int("depth", 32),
      size: v.int("intermediate_size", 3420),
      gated: true,
      bias: plain,
      norm: "rms",
    }),
    ...merger(names("merger"), width, merged, v.int("out_hidden_size", 3584), "rms"),
  ];
}

function qwen2Vl(v: ConfigReader, _c: ConfigReader, text: number): Weight[] {
  const width = v.int("embed_dim", 1280);
  const merged = width * v.int("spatial_merge_size", 2) ** 2;
  v.ignore("num_heads", "hidden_size");
  return [
    patches(
      width,
      v.int(["in_channels", "in_chans"], 3),
      v.int(["patch_size", "spatial_patch_size"], 14),
      v.int("temporal_patch_size", 2),
      false,
    ),
    ...encoder({
      width,
      layers: v.int("depth", 32),
      size: v.number("mlp_ratio", 4) * width,
      gated: false,
      bias: plain,
      norm: "layer",
    }),
    ...merger(names("merger"), width, merged, v.int("hidden_size", text)),
  ];
}

function gemma4(v: ConfigReader, _c: ConfigReader, text: number): Weight[] {
  const width = v.int("hidden_size", 768);
  const heads = v.int("num_attention_heads", 12);
  const headWidth = v.int("head_dim", 64);
  v.ignore("global_head_dim", "num_key_value_heads");
  if (heads * headWidth !== width) {
    throw v.fault("head_dim", `hidden_size over the heads, ${width / heads}`, headWidth);
  }
  return [
    patches(width, 3, v.int("patch_size", 16), 1, false),
    rows("position_embedding_table", 2 * v.int("position_embedding_size", 10240), width),
    ...encoder({
      width,
      layers: v.int("num_hidden_layers", 16),
      size: v.int("intermediate_size", 3072),
      gated: true,
      bias: { qkv: false, out: false, mlp: false },
      norm: "rms",
      norms: 4,
      qkNorm: headWidth,
    }),
    ...(v.bool("standardize", false)
      ? [
        ...norm(names("std_bias"), width, "rms", "vision"),
        ...norm(names("std_scale"), width, "rms", "vision"),
      ]
      : []),
    linear("embed_vision.embedding_projection", "projector", text, width),
  ];
}

/** SigLIP with the projector of Gemma 3. */
function siglipGemma(v: ConfigReader, c: ConfigReader, text: number): Weight[] {
  const width = v.int("hidden_size", 1152);
  const patch = v.int("patch_size", 14);
  const image = v.int("image_size", 224);
  c.ignore("mm_tokens_per_image");
  v.ignore("num_attention_heads", "vision_use_head");
  return [
    patches(width, v.int("num_channels", 3), patch, 1, true),
    rows("position_embedding", (image / patch) ** 2, width),
    ...encoder({
      width,
      layers: v.int("num_hidden_layers", 27),
      size: v.int("intermediate_size", 4304),
      gated: false,
      bias: plain,
      norm: "layer",
    }),
    ...norm(names("post_layernorm"), width, "layer", "vision"),
    ...norm("multi_modal_projector.mm_soft_emb_norm", width, "rms", "projector"),
    { name: "multi_modal_projector.mm_input_projection", part: "projector", shape: [width, text] },
  ];
}

function clipTower(v: ConfigReader): Weight[] {
  const width = v.int("hidden_size", 1024);
  const patch = v.int("patch_size", 14);
  const image = v.int("image_size", 336);
  v.ignore("num_attention_heads", "projection_dim", "vocab_size");
  return [
    patches(width, v.int("num_channels", 3), patch, 1, false),
    rows("class_embedding", 1, width),
    rows("position_embedding", (image / patch) ** 2 + 1, width),
    ...norm(names("pre_layrnorm"), width, "layer", "vision"),
    ...encoder({
      width,
      layers: v.int("num_hidden_layers", 24),
      size: v.int("intermediate_size", 4096),
      gated: false,
      bias: plain,
      norm: "layer",
    }),
    ...norm(names("post_layernorm"), width, "layer", "vision"),
  ];
}

/** CLIP with the two-layer projector of LLaVA. */
function clipLlava(v: ConfigReader, c: ConfigReader, text: number): Weight[] {
  const width = v.int("hidden_size", 1024);
  const bias = c.bool("multimodal_projector_bias", true);
  c.ignore("vision_feature_layer", "vision_feature_select_strategy", "image_seq_length");
  return [
    ...clipTower(v),
    linear("multi_modal_projector.linear_1", "projector", text, width, { bias }),
    linear("multi_modal_projector.linear_2", "projector", text, text, { bias }),
  ];
}

/** Pixtral: RMS norms, gated blocks, rotary positions; merged patches for Mistral 3. */
function pixtral(v: ConfigReader, c: ConfigReader, text: number): Weight[] {
  const width = v.int("hidden_size", 1024);
  const merge = c.int("spatial_merge_size", 1);
  const bias = c.bool("multimodal_projector_bias", c.text("model_type") === "llava");
  v.ignore("num_attention_heads", "head_dim", "image_size");
  c.ignore("vision_feature_layer", "vision_feature_select_strategy", "image_seq_length");
  return [
    patches(width, v.int("num_channels", 3), v.int("patch_size", 16), 1, false),
    ...norm(names("ln_pre"), width, "rms", "vision"),
    ...encoder({
      width,
      layers: v.int("num_hidden_layers", 24),
      size: v.int("intermediate_size", 4096),
      gated: true,
      bias: { qkv: false, out: false, mlp: false },
      norm: "rms",
    }),
    ...(merge === 1 ? [] : [
      ...norm("multi_modal_projector.norm", width, "rms", "projector"),
      linear(
        "multi_modal_projector.patch_merger.merging_layer",
        "projector",
        width,
        width * merge ** 2,
      ),
    ]),
    linear("multi_modal_projector.linear_1", "projector", text, width, { bias }),
    linear("multi_modal_projector.linear_2", "projector", text, text, { bias }),
  ];
}

/** MoonViT with the patch-merging projector of Kimi-VL and Kimi-K2.5. */
function moonVit(v: ConfigReader, _c: ConfigReader, text: number): Weight[] {
  const width = v.int(["vt_hidden_size", "hidden_size"], 1152);
  const kernel = v.list("merge_kernel_size") as number[] | undefined ?? [2, 2];
  const merged = width * kernel[0]! * kernel[1]!;
  const height = v.int(["init_pos_emb_height", "pos_emb_height"], 64);
  const across = v.int(["init_pos_emb_width", "pos_emb_width"], 64);
  v.ignore(
    "vt_num_attention_heads",
    "num_attention_heads",
    "mm_hidden_size",
    "text_hidden_size",
    "init_pos_emb_time",
    "pos_emb_time",
  );
  return [
    patches(width, 3, v.int("patch_size", 14), 1, true),
    rows("pos_emb", height * across, width),
    ...encoder({
      width,
      layers: v.int(["vt_num_hidden_layers", "num_hidden_layers"], 27),
      size: v.int(["vt_intermediate_size", "intermediate_size"], 4304),
      gated: false,
      bias: plain,
      norm: "layer",
    }),
    ...norm(names("final_layernorm"), width, "layer", "vision"),
    ...norm("mm_projector.pre_norm", width, "layer", "projector"),
    linear("mm_projector.linear_1", "projector", merged, merged, { bias: true }),
    linear("mm_projector.linear_2", "projector", text, merged, { bias: true }),
  ];
}

function llama4(v: ConfigReader, _c: ConfigReader, text: number): Weight[] {
  const width = v.int("hidden_size", 768);
  const patch = v.int("patch_size", 14);
  const image = v.int("image_size", 448);
  const out = v.int("vision_output_dim", 7680);
  const inner = v.int("projector_input_dim", 4096);
  v.ignore("num_attention_heads", "pixel_shuffle_ratio", "projector_output_dim");
  const shuffled = v.int("intermediate_size", 5632);
  return [
    linear(names("patch_embedding.linear"), "vision", width, v.int("num_channels", 3) * patch ** 2),
    rows("class_embedding", 1, width),
    rows("positional_embedding_vlm", (image / patch) ** 2 + 1, width),
    ...norm(names("layernorm_pre"), width, "layer", "vision"),
    ...encoder({
      width,
      layers: v.int("num_hidden_layers", 34),
      size: shuffled,
      gated: false,
      bias: plain,
      norm: "layer",
    }),
    ...norm(names("layernorm_post"), width, "layer", "vision"),
    linear(names("vision_adapter.mlp.fc1"), "projector", inner, shuffled),
    linear(names("vision_adapter.mlp.fc2"), "projector", v.int("projector_output_dim", out), inner),
    linear("multi_modal_projector.linear_1", "projector", text, out),
  ];
}

/** Vision towers by the `model_type` of the outer configuration. */
export const vision: Record<string, VisionFamily> = {
  qwen3_vl: qwen3Vl,
  qwen3_vl_moe: qwen3Vl,
  qwen3_5: qwen3Vl,
  qwen3_5_moe: qwen3Vl,
  qwen2_5_vl: qwen25Vl,
  qwen2_vl: qwen2Vl,
  gemma3: siglipGemma,
  gemma4,
  llava: (v, c, text) =>
    v.text("model_type") === "pixtral" ? pixtral(v, c, text) : clipLlava(v, c, text),
  mistral3: pixtral,
  kimi_k25: moonVit,
  kimi_vl: moonVit,
  llama4,
};
