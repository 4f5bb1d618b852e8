/** Nemotron-H: blocks of Mamba-2, attention, feed-forward or experts, one norm each. */

import type { Layer, Weight } from "../architecture.ts";
import { attention, experts, feedForward, linear, norm } from "../build.ts";
import type { ConfigReader } from "../config_reader.ts";
import { decoder, type Draft } from "./draft.ts";
import { backbone } from "./mamba.ts";
import { join } from "./moe_blocks.ts";
import { mamba2 } from "./state_space.ts";

const letters: Record<string, string> = { M: "mamba", "*": "attention", "-": "mlp", E: "moe" };
const synonyms: Record<string, string> = {
  linear_attention: "mamba",
  full_attention: "attention",
};

/** The kinds of blocks from a list of names or a string of letters. */
function blockTypes(c: ConfigReader, list: string, pattern: string): string[] | undefined {
  const named = c.texts(list);
  const text = c.text(pattern);
  const kinds = named?.map((type) => synonyms[type] ?? type) ??
    (text === undefined ? undefined : [...text].map((letter) => letters[letter] ?? letter));
  const odd = kinds?.find((kind) => !Object.values(letters).includes(kind));
  if (odd !== undefined) {
    throw c.refusal(
      `${c.pathOf(named === undefined ? pattern : list)} has a block that is not known`,
      odd,
      "M (mamba), * (attention), - (mlp) and E (moe) are known",
    );
  }
  return kinds;
}

/** Nemotron-H and Nemotron 3. */
export function nemotronH(c: ConfigReader): Draft {
  const hidden = c.int("hidden_size");
  const kinds = blockTypes(c, "layers_block_type", "hybrid_override_pattern");
  if (kinds === undefined) throw c.fault("hybrid_override_pattern", "one letter a layer", null);
  const count = c.intOrNull("num_hidden_layers");
  if (count !== null && count !== kinds.length) {
    throw c.fault("num_hidden_layers", `${kinds.length}, as the pattern has`, count);
  }
  const mlpBias = c.bool("mlp_bias", false);
  c.ignore("intermediate_size"); // read when there are plain feed-forward blocks
  const make = nemotronBlocks(c, hidden, mlpBias);
  const predictors = c.int("num_nextn_predict_layers", 0);
  const predicted = blockTypes(c, "mtp_layers_block_type", "mtp_hybrid_override_pattern") ??
    ["attention", "moe"];
  return {
    ...decoder({
      hidden,
      vocab: c.int("vocab_size"),
      tied: c.bool("tie_word_embeddings", false),
      layers: kinds.map(make),
      finalNorm: "rms",
      names: backbone,
    }),
    mtp: Array.from({ length: predictors }, (_, i): Weight[] => [
      linear(`mtp.${i}.eh_proj`, "mtp", hidden, 2 * hidden),
      ...["enorm", "hnorm", "final_layernorm"].flatMap((n) =>
        norm(`mtp.${i}.${n}`, hidden, "rms", "mtp")
      ),
      ...predicted.flatMap((kind, j) =>
        make(kind).weights.map((w) => ({
          ...w,
          part: "mtp" as const,
          name: `mtp.${i}.${j}.${w.name}`,
        }))
      ),
    ]).flat(),
  };
}

function nemotronBlocks(
  c: ConfigReader,
  hidden: number,
  mlpBias: boolean,
): (kind: string) => Layer {
  const own = norm("norm", hidden, "rms");
  const bias = c.bool("attention_bias", false);
  const useBias = c.bool("use_bias", false);
  c.ignore("mamba_proj_bias", "expand", "attention_head_dim", "head_dim", "sliding_window");
  c.ignore("mamba_conv_bias", "mamba_expand");
  // Read where there are such blocks.
  c.ignore("mamba_state_dim", "mamba_num_groups", "mamba_n_groups", "mamba_d_conv");
  c.ignore("mamba_chunk_size", "ssm_state_size", "mamba_num_heads", "mamba_head_dim");
  const cached = new Map<string, Layer>();
  const build = (kind: string): Layer => {
    if (kind === "mamba") {
      const { mixer, weights } = mamba2({
        hidden,
        heads: c.int("mamba_num_heads"),
        headDim: c.int("mamba_head_dim"),
        stateSize: c.int(["ssm_state_size", "mamba_state_dim"]),
        groups: c.int(["n_groups", "mamba_num_groups", "mamba_n_groups"]),
        convKernel: c.int(["conv_kernel", "mamba_d_conv"], 4),
        chunk: c.int(["chunk_size", "mamba_chunk_size"], 128),
        convBias: c.bool(["use_conv_bias", "mamba_conv_bias"], true),
        projectionBias: useBias,
        prefix: "mixer.",
      });
      return { mixer, feedForward: [], norms: 1, weights: [...weights, ...own] };
    }
    if (kind === "attention") {
      const { mixer, weights } = attention({
        hidden,
        heads: c.int("num_attention_heads"),
        kvHeads: c.int("num_key_value_heads"),
        headDim: c.int(["head_dim", "attention_head_dim"], 128),
        qkvBias: bias,
        outBias: bias,
        prefix: "mixer.",
      });
      return { mixer, feedForward: [], norms: 1, weights: [...weights, ...own] };
    }
    if (kind === "mlp") {
      const mlp = feedForward({
        hidden,
        size: c.int("intermediate_size"),
        gated: false,
        bias: mlpBias,
        prefix: "mixer.",
      });
      return { mixer: null, feedForward: [mlp.block], norms: 1, weights: [...mlp.weights, ...own] };
    }
    return nemotronExperts(c, hidden, mlpBias, own);
  };
  return (kind) => {
    const known = cached.get(kind);
    if (known !== undefined) return known;
    const made = build(kind);
    cached.set(kind, made);
    return made;
  };
}

/** Experts without a gate, in a latent width when the configuration has one. */
function nemotronExperts(
  c: ConfigReader,
  hidden: number,
  bias: boolean,
  own: readonly Weight[],
): Layer {
  const latent = c.intOrNull("moe_latent_size");
  const shared = c.int("n_shared_experts", 1);
  const routed = experts({
    input: latent ?? hidden,
    hidden,
    size: c.int("moe_intermediate_size"),
    count: c.int("n_routed_experts"),
    active: c.int("num_experts_per_tok"),
    gated: false,
    correction: true,
    router: "mixer.gate",
    prefix: "mixer.experts.",
  });
  const joined = join(
    routed,
    ...(shared === 0 ? [] : [feedForward({
      hidden,
      size: c.int("moe_shared_expert_intermediate_size"),
      gated: false,
      bias,
      prefix: "mixer.shared_experts.",
      part: "shared-experts",
    })]),
  );
  return {
    mixer: null,
    feedForward: joined.blocks,
    norms: 1,
    weights: [
      ...joined.weights,
      ...(latent === null ? [] : [
        linear("mixer.fc1_latent_proj", "experts", latent, hidden, { bias }),
        linear("mixer.fc2_latent_proj", "experts", hidden, latent, { bias }),
      ]),
      ...own,
    ],
  };
}
