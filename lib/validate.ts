/** Checking a parsed document against a schema, with one message that names the path inside it. */

import * as v from "valibot";
import { InputError } from "./errors.ts";

/** What {@linkcode validated} says around a fault. */
export interface ValidateOptions {
  /** Name of the document's file, for messages. Default: none. */
  readonly path?: string;
  /** What the document is, such as "a hardware entry". */
  readonly what: string;
  /** What to do about a fault. */
  readonly advice: string;
}

/**
 * The output of a schema for a document.
 *
 * @param schema The schema; the messages of its checks say what is expected.
 * @param json The parsed document.
 * @param options Words for the message.
 * @return What the schema makes of the document.
 * @throws InputError (`malformed`) with the path of the first fault, such as `entries[0].tdpW`.
 */
export function validated<TSchema extends v.GenericSchema>(
  schema: TSchema,
  json: unknown,
  options: ValidateOptions,
): v.InferOutput<TSchema> {
  const parsed = v.safeParse(schema, json);
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  const key = issue.path === undefined ? "the document" : pathText(issue.path);
  const unknownKey = issue.expected === "never";
  throw new InputError({
    code: "malformed",
    ...(options.path === undefined ? {} : { path: options.path }),
    problem: unknownKey ? `${key} is not a field of ${options.what}` : `${key} cannot be used`,
    ...(unknownKey ? {} : { expected: expectation(issue) }),
    found: foundText(issue),
    advice: options.advice,
  });
}

// valibot's own words for a missing key or a wrong type are kept out of the message.
function expectation(issue: v.BaseIssue<unknown>): string {
  if (issue.received === "undefined") return "this field to be given";
  if (issue.type === "strict_object") return "an object";
  if (issue.type === "array") return "an array";
  return issue.message;
}

function foundText(issue: v.BaseIssue<unknown>): string {
  if (issue.type === "check") return "another number of values or another order";
  return issue.received === "undefined" ? "nothing" : issue.received.replace(/^"(.*)"$/s, "$1");
}

function pathText(path: readonly { key?: unknown }[]): string {
  let out = "";
  for (const item of path) {
    out += typeof item.key === "number"
      ? `[${item.key}]`
      : `${out === "" ? "" : "."}${String(item.key)}`;
  }
  return out;
}
