/** All families by `model_type`. */

import { compressed } from "./compressed.ts";
import { bert } from "./bert.ts";
import { classic } from "./classic.ts";
import { dense } from "./dense_families.ts";
import type { Family } from "./draft.ts";
import { gemma4Text } from "./gemma4.ts";
import { gpt } from "./gpt.ts";
import { hybrid } from "./hybrid.ts";
import { latent } from "./latent.ts";
import { mllamaText } from "./mllama.ts";
import { mamba } from "./mamba.ts";
import { moe } from "./moe.ts";
import { nemotronH } from "./nemotron_h.ts";
import { nemotronNas } from "./nas.ts";
import { qwenNext } from "./qwen_next.ts";

const own: Record<string, Family> = {
  ...dense,
  ...gpt,
  ...classic,
  ...bert,
  ...moe,
  ...latent,
  ...compressed,
  ...mamba,
  ...hybrid,
  ...qwenNext,
  nemotron_h: nemotronH,
  gemma4_text: gemma4Text,
  mllama_text_model: mllamaText,
  "nemotron-nas": nemotronNas,
};

/** Types that are another under their own name. */
const synonyms: Record<string, string> = {
  qwen3_vl_text: "qwen3",
  qwen3_vl_moe_text: "qwen3_moe",
  qwen2_vl_text: "qwen2",
  qwen2_5_vl_text: "qwen2",
  aquila: "llama",
  yi: "llama",
  Yi: "llama",
};

/** The reader of a `model_type`, or undefined. */
export function familyOf(type: string): Family | undefined {
  const name = synonyms[type] ?? type;
  return Object.hasOwn(own, name) ? own[name] : undefined;
}

/** Every `model_type` that can be read, sorted. */
export function familyNames(): string[] {
  return [...Object.keys(own), ...Object.keys(synonyms)].sort();
}
