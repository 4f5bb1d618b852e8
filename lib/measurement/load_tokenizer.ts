import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { hashFile } from "../datasets/hash_file.ts";
import { InputError } from "../errors.ts";

/** Counts tokens as a model's own tokenizer does. */
export interface TokenCounter {
  /** Which one: name and SHA-256 of its file. */
  readonly name: string;
  /** SHA-256 of the file, in hexadecimal. */
  readonly sha256: string;
  /** Tokens of an answer. */
  answer(text: string): number;
  /** Tokens of a prompt, with those that the model puts before it. */
  prompt(text: string): number;
}

/**
 * Loads a tokenizer from the `tokenizer.json` of a Hugging Face model; a `tokenizer_config.json` beside
 * it is read too.
 *
 * @param path The file.
 * @return What counts.
 * @throws {InputError} When it cannot be read or is no tokenizer.
 */
export async function loadTokenizer(path: string): Promise<TokenCounter> {
  const fail = (problem: string, cause?: unknown): never => {
    throw new InputError({
      code: "malformed",
      path,
      problem,
      expected: "the tokenizer.json of a Hugging Face model",
      advice: "name it under tokenCount: { tokenizer: PATH }, relative to the configuration",
      cause,
    });
  };
  const read = (file: string): Record<string, unknown> => {
    try {
      return JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    } catch (cause) {
      return fail(existsSync(file) ? "this is no JSON" : "there is no such file", cause);
    }
  };
  const document = read(path);
  if (typeof document?.["model"] !== "object") fail("this file has no model of a tokenizer");
  const beside = join(dirname(path), "tokenizer_config.json");
  // Loaded only where it is asked for: most servers count by themselves.
  const { Tokenizer } = await import("@huggingface/tokenizers");
  let tokenizer: InstanceType<typeof Tokenizer>;
  try {
    tokenizer = new Tokenizer(document, existsSync(beside) ? read(beside) : {});
  } catch (cause) {
    return fail("this tokenizer cannot be used", cause);
  }
  const count = (text: string, isPrompt: boolean): number =>
    text === "" ? 0 : tokenizer.encode(text, { add_special_tokens: isPrompt }).ids.length;
  return {
    name: basename(path),
    sha256: (await hashFile(path))!.sha256,
    answer: (text) => count(text, false),
    prompt: (text) => count(text, true),
  };
}
