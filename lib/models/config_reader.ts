/** Typed access to a config.json that names the path of a fault and remembers what was read. */

import { InputError } from "../errors.ts";

/** A parsed JSON object. */
export type JsonObject = { readonly [key: string]: unknown };

/**
 * Reads the keys of one JSON object. A value of null counts as missing, as in the library that
 * writes these files.
 */
export class ConfigReader {
  /** The object. */
  readonly json: JsonObject;
  readonly #path: string;
  readonly #file: string | undefined;
  readonly #read = new Set<string>();

  /**
   * Wraps an object.
   *
   * @param json The object.
   * @param path Path of the object inside its document, empty for the document.
   * @param file Name of the document, for messages.
   */
  constructor(json: JsonObject, path: string, file: string | undefined) {
    this.json = json;
    this.#path = path;
    this.#file = file;
  }

  /** Path of a key inside the document. */
  pathOf(key: string): string {
    return this.#path === "" ? key : `${this.#path}.${key}`;
  }

  /** The value of a key, which now counts as read; null and missing are undefined. */
  raw(key: string): unknown {
    this.#read.add(key);
    return this.json[key] ?? undefined;
  }

  /** Marks keys as read without looking. */
  ignore(...keys: string[]): void {
    for (const key of keys) this.#read.add(key);
  }

  /** Whether a key is there and not null. */
  has(key: string): boolean {
    return (this.json[key] ?? undefined) !== undefined;
  }

  /**
   * A whole number under any of the names that a key goes by, else the default, else a fault.
   * Two names with different numbers are a fault as well.
   */
  int(keys: string | readonly string[], fallback?: number): number {
    const names = typeof keys === "string" ? [keys] : keys;
    let found: { name: string; value: number } | undefined;
    for (const name of names) {
      const value = this.raw(name);
      if (value === undefined) continue;
      if (typeof value !== "number" || !Number.isInteger(value) || value < 0) {
        throw this.fault(name, "a whole number, at least 0", value);
      }
      if (found === undefined) found = { name, value };
      else if (found.value !== value) {
        throw this.fault(name, `${found.value}, as ${this.pathOf(found.name)} says`, value);
      }
    }
    if (found !== undefined) return found.value;
    if (fallback !== undefined) return fallback;
    throw new InputError({
      code: "malformed",
      ...(this.#file === undefined ? {} : { path: this.#file }),
      problem: `${this.pathOf(names[0]!)} is missing`,
      expected: "a whole number",
      advice: "give the config.json as published; nothing is assumed for this key",
    });
  }

  /** A whole number, or null when the key is missing. */
  intOrNull(keys: string | readonly string[]): number | null {
    const names = typeof keys === "string" ? [keys] : keys;
    return names.some((name) => this.has(name)) ? this.int(names) : null;
  }

  /** A number at a key, else the default. */
  number(key: string, fallback: number): number {
    const value = this.raw(key);
    if (value === undefined) return fallback;
    if (typeof value === "number") return value;
    throw this.fault(key, "a number", value);
  }

  /** True or false at the first of the keys that is there, else the default. */
  bool(keys: string | readonly string[], fallback: boolean): boolean {
    const names = typeof keys === "string" ? [keys] : keys;
    for (const name of names) {
      const value = this.raw(name);
      if (value === undefined) continue;
      if (typeof value === "boolean") return value;
      throw this.fault(name, "true or false", value);
    }
    return fallback;
  }

  /** Refuses a switch that is set another way than the one that is known. */
  must(key: string, known: boolean): void {
    if (this.bool(key, known) !== known) {
      throw this.refusal(
        `${this.pathOf(key)} is known only as ${known}`,
        String(!known),
        "a variant of a known family needs its own reader",
      );
    }
  }

  /** A text at a key, or undefined. */
  text(key: string): string | undefined {
    const value = this.raw(key);
    if (value === undefined || typeof value === "string") return value;
    throw this.fault(key, "a text", value);
  }

  /** A list at a key, or undefined. */
  list(key: string): readonly unknown[] | undefined {
    const value = this.raw(key);
    if (value === undefined || Array.isArray(value)) return value as readonly unknown[] | undefined;
    throw this.fault(key, "a list", value);
  }

  /** A list of texts at a key, or undefined. */
  texts(key: string): readonly string[] | undefined {
    const value = this.list(key);
    if (value === undefined) return undefined;
    const odd = value.find((item) => typeof item !== "string");
    if (odd !== undefined) throw this.fault(key, "a list of texts", odd);
    return value as readonly string[];
  }

  /** A reader of the object at a key, or undefined. */
  object(key: string): ConfigReader | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return new ConfigReader(value as JsonObject, this.pathOf(key), this.#file);
    }
    throw this.fault(key, "an object", value);
  }

  /** Keys that nobody read. */
  unread(): string[] {
    return Object.keys(this.json).filter((key) => !this.#read.has(key));
  }

  /** The error for a key that holds the wrong thing. */
  fault(key: string, expected: string, found: unknown): InputError {
    return new InputError({
      code: "malformed",
      ...(this.#file === undefined ? {} : { path: this.#file }),
      problem: `${this.pathOf(key)} cannot be used`,
      expected,
      found: typeof found === "string" ? found : JSON.stringify(found) ?? String(found),
    });
  }

  /** The error for something that this toolkit does not know and will not guess. */
  refusal(problem: string, found: string, advice: string): InputError {
    return new InputError({
      code: "refused",
      ...(this.#file === undefined ? {} : { path: this.#file }),
      problem,
      found,
      advice,
    });
  }
}
