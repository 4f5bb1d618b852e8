import { InputError } from "../errors.ts";
import { JsonCursor } from "./json_cursor.ts";
import type { Cell } from "./result_rows.ts";
import type { ByteSource } from "./source.ts";

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Reads a JSON document that fits in memory, with the numbers that Python writes outside JSON.
 *
 * @param source The input.
 * @return The value.
 * @throws {InputError} `malformed` with line and column.
 */
export async function readJsonValue(source: ByteSource): Promise<unknown> {
  const cursor = await JsonCursor.open(source);
  try {
    const value = cursor.value();
    if (cursor.kind() !== "end") {
      throw cursor.malformed("more stands behind the document", "the end of the file");
    }
    return value;
  } finally {
    cursor.close();
  }
}

/**
 * Reads JSON documents one after another, as JSON Lines and appended results have them.
 *
 * @param source The input.
 * @return The values.
 * @throws {InputError} `malformed` with line and column.
 */
export async function readJsonValues(source: ByteSource): Promise<unknown[]> {
  const cursor = await JsonCursor.open(source);
  const values: unknown[] = [];
  try {
    while (cursor.kind() !== "end") values.push(cursor.value());
  } finally {
    cursor.close();
  }
  return values;
}

/**
 * The scalars of an object, nested ones under `outer.inner`. A list of texts or of few scalars
 * becomes one text; other lists are passed over.
 *
 * @param object The object.
 * @param passedOver Receives the keys of lists.
 * @param prefix What keys begin with.
 * @return Keys and cells.
 */
export function scalarsOf(
  object: JsonObject,
  passedOver: Set<string> = new Set(),
  prefix = "",
): [string, Cell | boolean][] {
  const cells: [string, Cell | boolean][] = [];
  for (const [key, value] of Object.entries(object)) {
    const name = prefix + key;
    if (isObject(value)) cells.push(...scalarsOf(value, passedOver, `${name}.`));
    else if (Array.isArray(value)) {
      const isShort = value.length <= 16 &&
        value.every((item) => !isObject(item) && !Array.isArray(item));
      if (isShort || value.every((item) => typeof item === "string")) {
        cells.push([name, value.join(", ")]);
      } else passedOver.add(name);
    } else cells.push([name, value as Cell | boolean]);
  }
  return cells;
}

/** A fault of a document as a whole: it is JSON, but not of the named format. */
export function notThis(source: ByteSource, problem: string, expected: string): InputError {
  return new InputError({
    code: "malformed",
    path: source.path,
    problem,
    expected,
    advice: "name another format with --format",
  });
}
