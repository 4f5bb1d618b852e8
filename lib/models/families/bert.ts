/** BERT and RoBERTa. */

import type { Weight } from "../architecture.ts";
import { attention, feedForward, linear, norm, table, vector } from "../build.ts";
import type { ConfigReader } from "../config_reader.ts";
import type { Draft, Family } from "./draft.ts";
import { layer, repeat } from "./gpt_layer.ts";

/** BERT and RoBERTa: encoders; what stands on top follows from `architectures`. */
function encoder(c: ConfigReader): Draft {
  const hidden = c.int("hidden_size", 768);
  const heads = c.int("num_attention_heads", 12);
  const vocab = c.int("vocab_size", 30522);
  const layers = repeat(c.int("num_hidden_layers", 12), () =>
    layer(
      attention({
        hidden,
        heads,
        kvHeads: heads,
        headDim: hidden / heads,
        qkvBias: true,
        outBias: true,
        prefix: "attention.",
        names: ["self.query", "self.key", "self.value", "output.dense"],
      }),
      feedForward({
        hidden,
        size: c.int("intermediate_size", 3072),
        gated: false,
        bias: true,
        prefix: "",
        names: ["", "intermediate.dense", "output.dense"],
      }),
      [
        ...norm("attention.output.LayerNorm", hidden, "layer"),
        ...norm("output.LayerNorm", hidden, "layer"),
      ],
    ));
  const root: Weight[] = [
    table("embeddings.word_embeddings", "embedding", vocab, hidden),
    table(
      "embeddings.position_embeddings",
      "position",
      c.int("max_position_embeddings", 512),
      hidden,
    ),
    table("embeddings.token_type_embeddings", "position", c.int("type_vocab_size", 2), hidden),
    ...norm("embeddings.LayerNorm", hidden, "layer"),
  ];
  const name = c.texts("architectures")?.[0] ?? "BertModel";
  const masked = /ForMaskedLM$/.test(name), pretraining = /ForPreTraining$/.test(name);
  const bare = /(^|[a-z])Model$/.test(name);
  const notes: string[] = [];
  if (!masked || pretraining) {
    root.push(linear("pooler.dense", "head", hidden, hidden, { bias: true }));
  }
  if (masked || pretraining) {
    root.push(
      linear("cls.transform.dense", "head", hidden, hidden, { bias: true }),
      ...norm("cls.transform.LayerNorm", hidden, "layer"),
      vector("cls.predictions.bias", vocab, "head"),
    );
  }
  if (pretraining) root.push(linear("cls.seq_relationship", "head", 2, hidden, { bias: true }));
  if (!masked && !pretraining && !bare) {
    notes.push(`the task head of ${name} is not counted`);
  }
  return {
    hiddenSize: hidden,
    vocabSize: vocab,
    tied: masked || pretraining,
    causal: false,
    layerPrefix: "encoder.layer.",
    root,
    layers,
    notes,
  };
}

/** Encoders by `model_type`. */
export const bert: Record<string, Family> = {
  bert: encoder,
  roberta: encoder,
  "xlm-roberta": encoder,
  camembert: encoder,
};
