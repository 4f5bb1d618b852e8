import type { Rule } from "../rule.ts";
import { short } from "../text.ts";

/** Token counts that are padding. */
export const paddedTokens: Rule = {
  id: "padded-tokens",
  severity: "error",
  reason:
    "Exactly a whole number of tokens for each of a thousand answers or more is the padded maximum, " +
    "not what was generated: energy per token comes out too low.",
  reference: "TokenPowerBench ec00f52, DeepSpeed engine: 52 002 x 500 = 26 001 000",
  claim: (claim) => {
    const tokens = claim.value("totalOutputTokens");
    const responses = claim.value("responses");
    if (tokens === null || responses === null || responses < 1000) return [];
    // By chance one row in a thousand would do so. A fixed length that the run asked for, and ignored ends of text for, is no padding.
    if (claim.value("outputTokens") === tokens / responses) return [];
    if (!Number.isInteger(tokens / responses)) return [];
    return [{
      where: claim.where,
      message: `${short(responses)} answers of exactly ${tokens / responses} tokens each`,
      expected: "lengths that differ",
      found: `${tokens} = ${responses} x ${tokens / responses}`,
    }];
  },
};

/** Token counts that are words. */
export const wordTokens: Rule = {
  id: "word-tokens",
  severity: "warning",
  reason:
    "This tool's counts are words times 1.3 (vLLM) or words (TensorRT-LLM), and prompt plus " +
    "answer (Transformers): energy per token cannot be compared across engines or with other tools.",
  reference: "TokenPowerBench ec00f52, token counting of each engine",
  claim: (claim) => {
    const engine = claim.text("engine")?.toLowerCase();
    const how = engine === undefined || !/^tokenpowerbench/.test(claim.format) ? undefined : {
      vllm: "words x 1.3",
      "tensorrt-llm": "words",
      tensorrt_llm: "words",
      transformers: "prompt + answer",
    }[engine];
    const tokens = claim.value("totalOutputTokens");
    if (how === undefined || tokens === null || claim.value("gpuJPerResponse") === null) return [];
    return [{
      where: claim.where,
      message: `output tokens are counted as ${how}`,
      expected: "tokens of the model's tokenizer",
      found: `${short(tokens)} by ${engine}`,
    }];
  },
};

/** More tokens than the run allowed. */
export const tokensAboveMaximum: Rule = {
  id: "tokens-above-maximum",
  severity: "error",
  reason: "A run cannot generate more tokens than its number of answers times their maximum: the " +
    "count has prompt tokens in it, or another unit.",
  reference: "arithmetic; TokenPowerBench ec00f52 counts prompt + answer for Transformers",
  claim: (claim) => {
    const [tokens, responses, most] = [
      claim.value("totalOutputTokens"),
      claim.value("responses"),
      claim.value("outputTokens"),
    ];
    if (tokens === null || responses === null || most === null || tokens <= responses * most) {
      return [];
    }
    return [{
      where: claim.where,
      message: "more output tokens than answers times their maximum",
      expected: `at most ${responses} x ${most} = ${responses * most}`,
      found: String(tokens),
    }];
  },
};
