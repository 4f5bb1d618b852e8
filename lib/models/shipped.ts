/** The models that are shipped as facts, found by id. */

import m0 from "../../datasets/models/ai21labs--jamba-v0.1.json" with { type: "json" };
import m1 from "../../datasets/models/bigscience--bloom-7b1.json" with { type: "json" };
import m2 from "../../datasets/models/bigscience--bloom.json" with { type: "json" };
import m3 from "../../datasets/models/deepseek-ai--deepseek-v2-lite.json" with { type: "json" };
import m4 from "../../datasets/models/deepseek-ai--deepseek-v3.2.json" with { type: "json" };
import m5 from "../../datasets/models/deepseek-ai--deepseek-v3.json" with { type: "json" };
import m6 from "../../datasets/models/deepseek-ai--deepseek-v4-flash.json" with { type: "json" };
import m7 from "../../datasets/models/eleutherai--gpt-j-6b.json" with { type: "json" };
import m8 from "../../datasets/models/facebook--opt-1.3b.json" with { type: "json" };
import m9 from "../../datasets/models/facebook--opt-6.7b.json" with { type: "json" };
import m10 from "../../datasets/models/google--gemma-2-9b.json" with { type: "json" };
import m11 from "../../datasets/models/google--gemma-3-12b-it.json" with { type: "json" };
import m12 from "../../datasets/models/google--gemma-3-27b-it.json" with { type: "json" };
import m13 from "../../datasets/models/google--gemma-4-26b-a4b.json" with { type: "json" };
import m14 from "../../datasets/models/google-bert--bert-large-uncased.json" with { type: "json" };
import m15 from "../../datasets/models/meta-llama--llama-2-13b-hf.json" with { type: "json" };
import m16 from "../../datasets/models/meta-llama--llama-2-70b-hf.json" with { type: "json" };
import m17 from "../../datasets/models/meta-llama--llama-2-7b-hf.json" with { type: "json" };
import m18 from "../../datasets/models/meta-llama--llama-3.1-405b.json" with { type: "json" };
import m19 from "../../datasets/models/meta-llama--llama-3.1-70b.json" with { type: "json" };
import m20 from "../../datasets/models/meta-llama--llama-3.1-8b.json" with { type: "json" };
import m21 from "../../datasets/models/meta-llama--llama-3.2-1b.json" with { type: "json" };
import m22 from "../../datasets/models/meta-llama--llama-3.2-3b.json" with { type: "json" };
import m23 from "../../datasets/models/meta-llama--llama-4-maverick-17b-128e-instruct.json" with {
  type: "json",
};
import m24 from "../../datasets/models/meta-llama--llama-4-scout-17b-16e-instruct.json" with {
  type: "json",
};
import m25 from "../../datasets/models/microsoft--phi-3-mini-4k-instruct.json" with {
  type: "json",
};
import m26 from "../../datasets/models/microsoft--phi-4.json" with { type: "json" };
import m27 from "../../datasets/models/minimaxai--minimax-m2.5.json" with { type: "json" };
import m28 from "../../datasets/models/mistralai--mistral-7b-v0.1.json" with { type: "json" };
import m29 from "../../datasets/models/mistralai--mistral-7b-v0.3.json" with { type: "json" };
import m30 from "../../datasets/models/mistralai--mixtral-8x22b-v0.1.json" with { type: "json" };
import m31 from "../../datasets/models/mistralai--mixtral-8x7b-v0.1.json" with { type: "json" };
import m32 from "../../datasets/models/moonshotai--kimi-k2-instruct.json" with { type: "json" };
import m33 from "../../datasets/models/nvidia--llama-3_3-nemotron-super-49b-v1.json" with {
  type: "json",
};
import m34 from "../../datasets/models/nvidia--nemotron-h-8b-base-8k.json" with { type: "json" };
import m35 from "../../datasets/models/nvidia--nvidia-nemotron-3-nano-30b-a3b-bf16.json" with {
  type: "json",
};
import m36 from "../../datasets/models/nvidia--nvidia-nemotron-nano-12b-v2.json" with {
  type: "json",
};
import m37 from "../../datasets/models/nvidia--nvidia-nemotron-nano-9b-v2.json" with {
  type: "json",
};
import m38 from "../../datasets/models/openai--gpt-oss-120b.json" with { type: "json" };
import m39 from "../../datasets/models/openai--gpt-oss-20b.json" with { type: "json" };
import m40 from "../../datasets/models/openai-community--gpt2.json" with { type: "json" };
import m41 from "../../datasets/models/qwen--qwen2-1.5b.json" with { type: "json" };
import m42 from "../../datasets/models/qwen--qwen2.5-0.5b.json" with { type: "json" };
import m43 from "../../datasets/models/qwen--qwen2.5-14b.json" with { type: "json" };
import m44 from "../../datasets/models/qwen--qwen2.5-32b.json" with { type: "json" };
import m45 from "../../datasets/models/qwen--qwen2.5-72b.json" with { type: "json" };
import m46 from "../../datasets/models/qwen--qwen2.5-7b.json" with { type: "json" };
import m47 from "../../datasets/models/qwen--qwen3-0.6b.json" with { type: "json" };
import m48 from "../../datasets/models/qwen--qwen3-1.7b.json" with { type: "json" };
import m49 from "../../datasets/models/qwen--qwen3-14b.json" with { type: "json" };
import m50 from "../../datasets/models/qwen--qwen3-235b-a22b-fp8.json" with { type: "json" };
import m51 from "../../datasets/models/qwen--qwen3-235b-a22b.json" with { type: "json" };
import m52 from "../../datasets/models/qwen--qwen3-30b-a3b.json" with { type: "json" };
import m53 from "../../datasets/models/qwen--qwen3-32b.json" with { type: "json" };
import m54 from "../../datasets/models/qwen--qwen3-4b.json" with { type: "json" };
import m55 from "../../datasets/models/qwen--qwen3-8b.json" with { type: "json" };
import m56 from "../../datasets/models/qwen--qwen3-coder-480b-a35b-instruct.json" with {
  type: "json",
};
import m57 from "../../datasets/models/qwen--qwen3-next-80b-a3b-instruct.json" with {
  type: "json",
};
import m58 from "../../datasets/models/qwen--qwen3-vl-235b-a22b-instruct.json" with {
  type: "json",
};
import m59 from "../../datasets/models/qwen--qwen3-vl-30b-a3b-instruct.json" with { type: "json" };
import m60 from "../../datasets/models/qwen--qwen3-vl-32b-instruct.json" with { type: "json" };
import m61 from "../../datasets/models/qwen--qwen3-vl-8b-instruct.json" with { type: "json" };
import m62 from "../../datasets/models/qwen--qwen3.5-35b-a3b.json" with { type: "json" };
import m63 from "../../datasets/models/state-spaces--mamba-2.8b-hf.json" with { type: "json" };
import m64 from "../../datasets/models/tiiuae--falcon-7b.json" with { type: "json" };
import m65 from "../../datasets/models/zai-org--glm-5.json" with { type: "json" };
import { InputError } from "../errors.ts";
import type { Architecture } from "./architecture.ts";
import { readModelFacts } from "./facts.ts";

interface Facts {
  readonly id: string;
  readonly aliases?: readonly string[];
}

const files: readonly Facts[] = [
  m0,
  m1,
  m2,
  m3,
  m4,
  m5,
  m6,
  m7,
  m8,
  m9,
  m10,
  m11,
  m12,
  m13,
  m14,
  m15,
  m16,
  m17,
  m18,
  m19,
  m20,
  m21,
  m22,
  m23,
  m24,
  m25,
  m26,
  m27,
  m28,
  m29,
  m30,
  m31,
  m32,
  m33,
  m34,
  m35,
  m36,
  m37,
  m38,
  m39,
  m40,
  m41,
  m42,
  m43,
  m44,
  m45,
  m46,
  m47,
  m48,
  m49,
  m50,
  m51,
  m52,
  m53,
  m54,
  m55,
  m56,
  m57,
  m58,
  m59,
  m60,
  m61,
  m62,
  m63,
  m64,
  m65,
];

const read = new Map<string, Architecture>();

/**
 * Ids of the shipped models, in alphabetical order.
 *
 * @return The ids; further names of models equal in shape are found as well.
 *
 * @example
 * ```ts
 * import { shippedModelIds } from "@joulebook/joulebook/models";
 * import assert from "node:assert/strict";
 *
 * assert.ok(shippedModelIds().includes("meta-llama/Llama-3.1-8B"));
 * ```
 */
export function shippedModelIds(): string[] {
  return files.map((f) => f.id).sort();
}

/**
 * A shipped model.
 *
 * @param id Hugging Face id, with or without its organisation; upper and lower case count the
 * same. Instruction-tuned and other
 * variants that are equal in shape lead to the same model, which then carries the asked id.
 * @return The model.
 * @throws InputError (`bad-option`) for an id that is not shipped; it lists near ones.
 *
 * @example
 * ```ts
 * import { shippedModel } from "@joulebook/joulebook/models";
 * import assert from "node:assert/strict";
 *
 * assert.equal(shippedModel("meta-llama/Llama-3.1-8B-Instruct").hiddenSize, 4096);
 * assert.throws(() => shippedModel("Llama-3.1-9B"), /perhaps .*Llama-3.1-8B/);
 * ```
 */
export function shippedModel(id: string): Architecture {
  const wanted = id.toLowerCase();
  const known = read.get(wanted);
  if (known !== undefined) return known;
  const names = (f: Facts) => [f.id, ...f.aliases ?? []];
  // A name without its organisation is enough.
  const own = (name: string) =>
    wanted.includes("/") ? name.toLowerCase() : name.toLowerCase().replace(/^.*\//, "");
  const file = files.find((f) => names(f).some((name) => own(name) === wanted));
  if (file === undefined) {
    const near = nearest(wanted);
    throw new InputError({
      code: "bad-option",
      problem: "this model is not shipped",
      expected: near.length === 0 ? "a shipped id" : `a shipped id, perhaps ${near.join(", ")}`,
      found: id,
      advice: "give the path of its config.json",
    });
  }
  const name = names(file).find((n) => own(n) === wanted)!;
  const model: Architecture = { ...readModelFacts(file), id: name };
  read.set(wanted, model);
  return model;
}

/** Ids that share most pairs of letters with a name. */
function nearest(wanted: string): string[] {
  const pairs = (name: string) => {
    const text = name.toLowerCase().replace(/[^a-z0-9.]/g, "");
    return new Set(
      Array.from({ length: Math.max(0, text.length - 1) }, (_, i) => text.slice(i, i + 2)),
    );
  };
  const asked = pairs(wanted);
  const likeness = (id: string) => {
    const own = pairs(id);
    const shared = [...asked].filter((pair) => own.has(pair)).length;
    return 2 * shared / (asked.size + own.size);
  };
  return files.map((f) => ({ id: f.id, score: likeness(f.id) }))
    .filter((s) => s.score > 0.4).sort((a, b) => b.score - a.score).slice(0, 4).map((s) => s.id);
}
