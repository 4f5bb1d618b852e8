/**
 * The one error type of Joulebook: what a person can act on.
 *
 * @module
 */

/** Where in an input a fault was found; lines and columns count from 1. */
export interface Location {
  /** Path or name of the input. */
  readonly path?: string;
  /** Line, counted from 1. */
  readonly line?: number;
  /** Column of the field in a table, or of the character in a line, counted from 1. */
  readonly column?: number;
}

/**
 * What kind of fault an {@linkcode InputError} reports.
 *
 * - `not-found`, `unreadable`: the file is missing or cannot be opened
 * - `empty`: there is nothing in it
 * - `unknown-format`, `ambiguous-format`: no reader, or more than one, recognises it
 * - `malformed`: it breaks its format's grammar beyond repair
 * - `refused`: it can be read, but a number made from it would be a guess
 * - `bad-option`: a setting given by the caller is wrong or missing
 * - `checksum`: the bytes are not the ones that the registry names
 */
export type InputErrorCode =
  | "not-found"
  | "unreadable"
  | "empty"
  | "unknown-format"
  | "ambiguous-format"
  | "malformed"
  | "refused"
  | "bad-option"
  | "checksum";

/** Fields of an {@linkcode InputError}. */
export interface InputErrorInit extends Location {
  /** Kind of fault. */
  readonly code: InputErrorCode;
  /** One clause that says what is wrong. */
  readonly problem: string;
  /** What was expected at that place. */
  readonly expected?: string;
  /** What stood there instead; long or unprintable text is cut and escaped. */
  readonly found?: string;
  /** What the reader of the message can do next. */
  readonly advice?: string;
  /** The error that lies below. */
  readonly cause?: unknown;
}

/**
 * An input or an option cannot be used. The message names the file, line and column, what was
 * expected, what was found and what to do next; the same facts stand in its fields.
 *
 * @example
 * ```ts
 * import { InputError } from "@joulebook/joulebook";
 * import assert from "node:assert/strict";
 *
 * const error = new InputError({
 *   code: "malformed",
 *   path: "power.csv",
 *   line: 12,
 *   problem: "not a number of watts",
 *   expected: "a number",
 *   found: "abc",
 *   advice: "check the column mapping",
 * });
 * assert.equal(
 *   error.message,
 *   'power.csv:12: not a number of watts; expected a number, found "abc". Try: check the column mapping.',
 * );
 * ```
 */
export class InputError extends Error {
  /** Always `InputError`. */
  override readonly name = "InputError";
  /** Kind of fault. */
  readonly code: InputErrorCode;
  /** Where it is. */
  readonly location: Location;
  /** What is wrong, without the place. */
  readonly problem: string;
  /** What was expected there. */
  readonly expected: string | undefined;
  /** What was found there. */
  readonly found: string | undefined;
  /** What to do next. */
  readonly advice: string | undefined;

  /**
   * Builds the message from its parts.
   *
   * @param init What is wrong, where, and what to do next.
   */
  constructor(init: InputErrorInit) {
    super(messageOf(init), init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.location = {
      ...(init.path !== undefined && { path: init.path }),
      ...(init.line !== undefined && { line: init.line }),
      ...(init.column !== undefined && { column: init.column }),
    };
    this.problem = init.problem;
    this.expected = init.expected;
    this.found = init.found;
    this.advice = init.advice;
  }
}

function messageOf(init: InputErrorInit): string {
  let place = init.path ?? "";
  if (init.line !== undefined) place += `${place === "" ? "line " : ":"}${init.line}`;
  if (init.column !== undefined) place += `:${init.column}`;
  let text = place === "" ? init.problem : `${place}: ${init.problem}`;
  const facts: string[] = [];
  if (init.expected !== undefined) facts.push(`expected ${init.expected}`);
  if (init.found !== undefined) facts.push(`found ${quote(init.found)}`);
  if (facts.length > 0) text += `; ${facts.join(", ")}`;
  text += ".";
  if (init.advice !== undefined) text += ` Try: ${init.advice.replace(/\.$/, "")}.`;
  return text;
}

/**
 * A piece of somebody's file, fit for a message: control characters escaped, at most 80 characters,
 * in double quotes.
 *
 * @param text The piece.
 * @return The quoted piece.
 *
 * @example
 * ```ts
 * import { quote } from "@joulebook/joulebook";
 * import assert from "node:assert/strict";
 *
 * assert.equal(quote("a\tb"), '"a\\tb"');
 * ```
 */
export function quote(text: string): string {
  const cut = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  return JSON.stringify(cut).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
