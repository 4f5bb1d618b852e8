import { InputError } from "../errors.ts";
import { longDecimal } from "./decimal.ts";
import type { NumberList } from "./number_list.ts";
import { allBytes, type ByteSource, sourceOf } from "./source.ts";

/** What stands next in a JSON text; `end` after the last value. */
export type JsonKind = "object" | "array" | "string" | "number" | "boolean" | "null" | "end";

const windowBytes = 1 << 20;
const longestToken = 1 << 28;
const maxDepth = 512;
/** No number that a program writes is longer. */
const numberBytes = 64;

const quote = 34;
const backslash = 92;
const comma = 44;
const colon = 58;
const openObject = 123;
const closeObject = 125;
const openArray = 91;
const closeArray = 93;
const lineFeed = 10;

const powersOfTen = Float64Array.from({ length: 23 }, (_, power) => 10 ** power);
const decoder = new TextDecoder();

/**
 * Reads JSON by asking for one value after another, from a window of bytes that slides over the
 * input: a file with arrays of any length takes the memory of what is kept of it. Several documents
 * may follow one another, as in JSON Lines. `NaN`, `Infinity` and `-Infinity`, which Python writes,
 * are numbers.
 *
 * A compressed input comes asynchronously and is decompressed whole first.
 */
export class JsonCursor {
  readonly #path: string;
  readonly #read: (into: Uint8Array) => number;
  readonly #close: () => void;
  #bytes: Uint8Array;
  /** Where the window begins in the buffer. */
  #from = 0;
  #at = 0;
  #end = 0;
  #ended = false;
  /** Bytes, line feeds and the offset after the last line feed before the window. */
  #passed = 0;
  #lines = 0;
  #lineStart = 0;
  /** Kind of each open container, and whether it has had an element. */
  readonly #stack = new Uint8Array(maxDepth + 1);
  readonly #begun = new Uint8Array(maxDepth + 1);
  #depth = 0;
  /** Keys that came before, each with the one that came after it last. */
  readonly #keys = new Map<string, KnownKey>();
  #lastKey: KnownKey = { text: "", bytes: new Uint8Array(0), next: null };

  private constructor(
    path: string,
    read: (into: Uint8Array) => number,
    close: () => void,
    bytes: Uint8Array,
    end: number,
  ) {
    this.#path = path;
    this.#read = read;
    this.#close = close;
    this.#bytes = bytes;
    this.#end = end;
    if (end >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.#at = 3;
  }

  /**
   * A cursor at the start of an input. The caller must call `close` when done.
   *
   * @param source The input.
   * @return The cursor.
   */
  static async open(source: ByteSource): Promise<JsonCursor> {
    const whole = source.compression === null
      ? source
      : sourceOf(await allBytes(source), source.path);
    const input = whole.open();
    const bytes = new Uint8Array(Math.min(windowBytes, (whole.bytes ?? windowBytes) + 1024));
    const read = (into: Uint8Array): number => {
      const got = input.read(into);
      if (typeof got !== "number") {
        throw new TypeError("a source that is not compressed must be synchronous");
      }
      return got;
    };
    let end = 0;
    try {
      // A byte-order mark must lie in the first window whole.
      while (end < 3) {
        const count = read(bytes.subarray(end));
        if (count === 0) break;
        end += count;
      }
    } catch (error) {
      input.close();
      throw error;
    }
    return new JsonCursor(source.path, read, () => input.close(), bytes, end);
  }

  /**
   * A cursor over pieces of a buffer, each a text of its own, such as the lines of JSON Lines.
   *
   * @param path Path or name, for messages.
   * @return The cursor, with nothing before it until `load` is called.
   */
  static overPieces(path: string): JsonCursor {
    return new JsonCursor(path, () => 0, () => {}, new Uint8Array(0), 0);
  }

  /**
   * Puts the cursor at the start of a piece.
   *
   * @param bytes The buffer.
   * @param from Index of the first byte of the piece.
   * @param to Index after its last byte.
   * @param line Line number of its beginning.
   */
  load(bytes: Uint8Array, from: number, to: number, line: number): void {
    this.#bytes = bytes;
    this.#from = this.#at = this.#lineStart = from;
    this.#end = to;
    this.#ended = true;
    this.#lines = line - 1;
    this.#depth = 0;
  }

  /** Lets go of the input. */
  close(): void {
    this.#close();
  }

  /** Line of the next value, counted from 1. */
  get line(): number {
    this.#blanks();
    return this.#place(this.#at).line;
  }

  /** What stands next, after blanks. */
  kind(): JsonKind {
    switch (this.#peek()) {
      case openObject:
        return "object";
      case openArray:
        return "array";
      case quote:
        return "string";
      case 116: // t
      case 102: // f
        return "boolean";
      case 110: // n
        return "null";
      case -1:
        return "end";
      default:
        return "number";
    }
  }

  /** Enters an object; its members are taken with `key`. */
  beginObject(): void {
    this.#begin(openObject, "an object");
  }

  /** Enters an array; its elements are taken with `more`. */
  beginArray(): void {
    this.#begin(openArray, "an array");
  }

  /** The key of the next member, before its value; null at the end of the object, which is left. */
  key(): string | null {
    if (!this.#next(closeObject, "a comma or }")) return null;
    if (this.#peek() !== quote) {
      throw this.#malformed("this is not a key", "a name in double quotes");
    }
    const key = this.#knownKey() ?? this.string();
    if (this.#peek() !== colon) throw this.#malformed("a key has no value", "a colon");
    this.#at++;
    return key;
  }

  /** Whether another element follows; at the end of the array it is left. */
  more(): boolean {
    return this.#next(closeArray, "a comma or ]");
  }

  /**
   * The next value as a number: the nearest double, as JSON.parse gives it.
   *
   * @return The number; NaN for null.
   */
  number(): number {
    let bytes = this.#bytes;
    let at = this.#at;
    // Between the elements of an array stands at most one blank as a rule.
    if (at < this.#end && bytes[at] === 32) at++;
    if (this.#end - at < numberBytes || bytes[at]! <= 32) {
      this.#at = at;
      this.#blanks();
      this.#ensure(numberBytes);
      bytes = this.#bytes;
      at = this.#at;
    }
    const end = this.#end;
    const from = at;
    const negative = bytes[at] === 45;
    if (negative) at++;
    let high = 0;
    let low = 0;
    let lowDigits = 0;
    let decimals = 0;
    const digitsFrom = at;
    let digit = 0;
    for (; at < end; at++) {
      digit = bytes[at]! - 48;
      if (digit < 0 || digit > 9) break;
      if (high < 9e14) high = high * 10 + digit;
      else {
        low = low * 10 + digit;
        lowDigits++;
      }
    }
    if (at > digitsFrom && at < end && bytes[at] === 46) {
      const pointAt = at++;
      for (; at < end; at++) {
        digit = bytes[at]! - 48;
        if (digit < 0 || digit > 9) break;
        if (high < 9e14) high = high * 10 + digit;
        else {
          low = low * 10 + digit;
          lowDigits++;
        }
      }
      decimals = at - pointAt - 1;
      if (decimals === 0) return this.#oddNumber();
    }
    if (at === digitsFrom || at === end || isInWord(bytes[at]!)) return this.#oddNumber();
    let value: number;
    if (lowDigits === 0 && decimals <= 22) value = high / powersOfTen[decimals]!;
    else if (lowDigits <= 7 && decimals <= 22) {
      value = longDecimal(high, low, lowDigits, decimals);
      if (value !== value) value = Number(latin(bytes, from + (negative ? 1 : 0), at));
    } else return this.#oddNumber();
    this.#at = at;
    return negative ? -value : value;
  }

  /** Adds the numbers of the array that is next to a list; null is NaN. */
  numbers(into: NumberList): void {
    this.beginArray();
    while (this.more()) into.push(this.number());
  }

  /**
   * The next integer, a count of nanoseconds that a double does not hold, as seconds: its last nine
   * digits are split off before anything is rounded.
   *
   * @return Seconds; NaN for null.
   */
  nanoseconds(): number {
    this.#blanks();
    this.#ensure(numberBytes);
    const bytes = this.#bytes;
    const from = this.#at;
    let to = from;
    while (to < this.#end && bytes[to]! >= 48 && bytes[to]! <= 57) to++;
    if (to === from || to - from > 24 || (to < this.#end && isInWord(bytes[to]!))) {
      const text = this.#word();
      if (text === "null") return NaN;
      throw this.#malformed("this is not a whole number", "digits", this.#at - text.length);
    }
    let whole = 0;
    let rest = 0;
    const cut = Math.max(from, to - 9);
    for (let at = from; at < cut; at++) whole = whole * 10 + bytes[at]! - 48;
    for (let at = cut; at < to; at++) rest = rest * 10 + bytes[at]! - 48;
    this.#at = to;
    return to - from <= 15 ? (whole * 1e9 + rest) / 1e9 : whole + rest / 1e9;
  }

  /** The next string. */
  string(): string {
    if (this.#peek() !== quote) throw this.#malformed("this is not a string", "a double quote");
    const end = this.#stringEnd(true);
    const from = this.#at + 1;
    const bytes = this.#bytes;
    let plain = end - from < 48;
    for (let i = from; plain && i < end; i++) plain = bytes[i]! < 128 && bytes[i] !== backslash;
    let text: string;
    if (plain) text = latin(bytes, from, end);
    else {
      text = decoder.decode(bytes.subarray(from, end));
      if (text.includes("\\")) {
        try {
          text = JSON.parse(`"${text}"`) as string;
        } catch {
          throw this.#malformed(
            "a string has an escape that JSON does not know",
            "\\n, \\u0041, ...",
          );
        }
      }
    }
    this.#at = end + 1;
    return text;
  }

  /** The next string, where it is one of few, such as a unit. */
  name(): string {
    if (this.#peek() !== quote) throw this.#malformed("this is not a string", "a double quote");
    return this.#knownKey() ?? this.string();
  }

  /** The next value as true or false; null for null. */
  boolean(): boolean | null {
    const text = this.#word();
    if (text === "true") return true;
    if (text === "false") return false;
    if (text === "null") return null;
    throw this.#malformed(
      "this is neither true nor false",
      "true or false",
      this.#at - text.length,
    );
  }

  /**
   * The next value whole, when it is small.
   *
   * @return What JSON.parse gives, with NaN and Infinity.
   */
  value(): unknown {
    switch (this.kind()) {
      case "object": {
        const entries: [string, unknown][] = [];
        this.beginObject();
        for (let key = this.key(); key !== null; key = this.key()) {
          entries.push([key, this.value()]);
        }
        return Object.fromEntries(entries);
      }
      case "array": {
        const elements: unknown[] = [];
        this.beginArray();
        while (this.more()) elements.push(this.value());
        return elements;
      }
      case "string":
        return this.string();
      case "boolean":
        return this.boolean();
      case "null":
        this.skip();
        return null;
      case "number":
        return this.number();
      case "end":
        throw this.#early();
    }
  }

  /** Passes over the next value, whatever it is. */
  skip(): void {
    const outside = this.#depth;
    do {
      const byte = this.#peek();
      if (byte === -1) throw this.#early();
      if (byte === quote) {
        this.#at = this.#stringEnd(false) + 1;
      } else if (byte === openObject || byte === openArray) {
        this.#begin(byte, "a value");
      } else if (byte === closeObject || byte === closeArray) {
        if (this.#depth === outside || this.#stack[this.#depth] !== byte - 2) {
          throw this.#malformed("a bracket closes what it did not open", "a value");
        }
        this.#depth--;
        this.#at++;
      } else if (byte === comma || byte === colon) {
        if (this.#depth === outside) throw this.#malformed("a value is missing", "a value");
        this.#at++;
      } else {
        this.#at = this.#wordEnd();
      }
    } while (this.#depth > outside);
  }

  /** A fault at the next value. */
  malformed(problem: string, expected: string): InputError {
    this.#blanks();
    return this.#malformed(problem, expected);
  }

  /**
   * A short plain key that came before: objects of a log repeat their keys, mostly in one order, and
   * making a string of each again costs more than all else. Null when it has to be read as a string.
   */
  #knownKey(): string | null {
    const bytes = this.#bytes;
    const from = this.#at + 1;
    const expected = this.#lastKey.next;
    if (expected !== null && from + expected.bytes.length <= this.#end) {
      // With its closing quote.
      const known = expected.bytes;
      const { length } = known;
      let i = 0;
      while (i < length && known[i] === bytes[from + i]) i++;
      if (i === length) {
        this.#at = from + length;
        this.#lastKey = expected;
        return expected.text;
      }
    }
    const limit = Math.min(this.#end, from + longestKnownKey);
    let to = from;
    while (to < limit && bytes[to] !== quote) {
      if (bytes[to] === backslash || bytes[to]! > 127) return null;
      to++;
    }
    if (to === limit) return null;
    const text = latin(bytes, from, to);
    let key = this.#keys.get(text);
    if (key === undefined) {
      key = { text, bytes: bytes.slice(from, to + 1), next: null };
      // A file whose keys are data must not fill the memory with them.
      if (this.#keys.size < mostKnownKeys) this.#keys.set(text, key);
    }
    this.#lastKey.next = key;
    this.#lastKey = key;
    this.#at = to + 1;
    return text;
  }

  #begin(byte: number, what: string): void {
    if (this.#peek() !== byte) {
      throw this.#malformed(`this is not ${what}`, String.fromCharCode(byte));
    }
    if (this.#depth === maxDepth) {
      throw this.#malformed(`values lie more than ${maxDepth} deep`, "a file of the named format");
    }
    this.#depth++;
    this.#stack[this.#depth] = byte;
    this.#begun[this.#depth] = 0;
    this.#at++;
  }

  /** Steps to the next element, over a comma where one is due; false at the closing bracket. */
  #next(close: number, expected: string): boolean {
    let byte = this.#bytes[this.#at]!;
    if (this.#at >= this.#end || byte <= 32) byte = this.#peek();
    if (byte === close) {
      this.#depth--;
      this.#at++;
      return false;
    }
    if (this.#begun[this.#depth] === 1) {
      if (byte !== comma) {
        throw byte === -1 ? this.#early() : this.#malformed("two values are not parted", expected);
      }
      this.#at++;
      byte = this.#bytes[this.#at]!;
      if (this.#at >= this.#end || byte <= 32) byte = this.#peek();
      if (byte === close) throw this.#malformed("a comma with nothing behind it", "a value");
    }
    if (byte === -1) throw this.#early();
    this.#begun[this.#depth] = 1;
    return true;
  }

  /** Index of the quote that ends the string that begins here. */
  #stringEnd(keep: boolean): number {
    let from = this.#at + 1;
    while (true) {
      const bytes = this.#bytes;
      const stop = Math.min(this.#end, from + 32);
      let at = from;
      while (at < stop && bytes[at] !== quote) at++;
      if (at === stop && at < this.#end) {
        // Generated texts are long: leave them to the engine's own search.
        at = bytes.indexOf(quote, at);
        if (at === -1 || at > this.#end) at = this.#end;
      }
      if (at < this.#end) {
        let slashes = 0;
        while (bytes[at - 1 - slashes] === backslash) slashes++;
        if (slashes % 2 === 0) return at;
        from = at + 1;
        continue;
      }
      if (keep) {
        const passed = this.#at;
        if (!this.#refill()) throw this.#early();
        from = at - (passed - this.#at);
      } else {
        // Only a run of backslashes before the window's end bears on what follows.
        let slashes = 0;
        while (slashes < at - this.#at && bytes[at - 1 - slashes] === backslash) slashes++;
        this.#at = at - slashes % 2;
        const passed = this.#at;
        if (!this.#refill()) throw this.#early();
        from = at - (passed - this.#at);
      }
    }
  }

  /** A number that is not plain: null, NaN, Infinity, with an exponent, or with very many digits. */
  #oddNumber(): number {
    const text = this.#word();
    if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return Number(text);
    if (text === "null" || text === "NaN") return NaN;
    if (text === "Infinity" || text === "-Infinity") return Number(text);
    throw this.#malformed("this is not a number", "a number", this.#at - text.length);
  }

  /** A number or literal as text. */
  #word(): string {
    const to = this.#wordEnd();
    const text = latin(this.#bytes, this.#at, to);
    this.#at = to;
    return text;
  }

  /** Index after a number or literal that is next. */
  #wordEnd(): number {
    this.#blanks();
    let at = this.#at;
    while (true) {
      while (at < this.#end && isInWord(this.#bytes[at]!)) at++;
      if (at < this.#end || at - this.#at > longestWord) break;
      const passed = this.#at;
      if (!this.#refill()) break;
      at -= passed - this.#at;
    }
    if (at === this.#at) {
      throw at >= this.#end ? this.#early() : this.#malformed("this is no value", "a value");
    }
    return Math.min(at, this.#at + longestWord);
  }

  /** The next byte that is not blank; -1 at the end. */
  #peek(): number {
    const byte = this.#bytes[this.#at]!;
    if (byte > 32 && this.#at < this.#end) return byte;
    this.#blanks();
    return this.#at < this.#end ? this.#bytes[this.#at]! : -1;
  }

  #blanks(): void {
    while (true) {
      const { length } = this.#bytes;
      const end = Math.min(this.#end, length);
      let at = this.#at;
      while (at < end) {
        const byte = this.#bytes[at]!;
        if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) break;
        at++;
      }
      this.#at = at;
      if (at < this.#end || !this.#refill()) return;
    }
  }

  /** Sees to it that a count of bytes lies in the window, unless the input ends before. */
  #ensure(count: number): void {
    while (this.#end - this.#at < count && this.#refill());
  }

  /** Slides the window to where the cursor is and fills it; false at the end of the input. */
  #refill(): boolean {
    if (this.#ended) return false;
    const bytes = this.#bytes;
    const place = this.#place(this.#at);
    this.#lines = place.line - 1;
    this.#lineStart = this.#passed + this.#at - (place.column - 1);
    this.#passed += this.#at;
    const kept = this.#end - this.#at;
    if (kept === bytes.length) {
      if (kept >= longestToken) {
        throw this.#malformed(
          `a value is longer than ${longestToken >> 20} MiB`,
          "a shorter value",
        );
      }
      this.#bytes = new Uint8Array(kept * 2);
      this.#bytes.set(bytes);
    } else {
      bytes.copyWithin(0, this.#at, this.#end);
    }
    this.#at = 0;
    const count = this.#read(this.#bytes.subarray(kept));
    this.#end = kept + count;
    this.#ended = count === 0;
    return count > 0;
  }

  /** Line and column, in bytes, of an index of the window. */
  #place(index: number): { line: number; column: number } {
    let lines = this.#lines;
    let start = this.#lineStart;
    let feed = this.#bytes.indexOf(lineFeed, this.#from);
    while (feed !== -1 && feed < index) {
      lines++;
      start = this.#passed + feed + 1;
      feed = this.#bytes.indexOf(lineFeed, feed + 1);
    }
    return { line: lines + 1, column: this.#passed + index - start + 1 };
  }

  #malformed(problem: string, expected: string, at = this.#at): InputError {
    return new InputError({
      code: "malformed",
      path: this.#path,
      ...this.#place(at),
      problem,
      expected,
      found: decoder.decode(this.#bytes.subarray(at, Math.min(this.#end, at + 40))),
      advice: "the file may be damaged or edited by hand; take it as it was written",
    });
  }

  #early(): InputError {
    return new InputError({
      code: "malformed",
      path: this.#path,
      ...this.#place(this.#end),
      problem: "the JSON ends too early",
      advice: "the program may have been stopped while it wrote the file; take a whole one",
    });
  }
}

const longestWord = 400;
const longestKnownKey = 48;
const mostKnownKeys = 1000;

interface KnownKey {
  readonly text: string;
  readonly bytes: Uint8Array;
  next: KnownKey | null;
}

/** Bytes that may stand in a number or literal: letters, digits, sign and point. */
function isInWord(byte: number): boolean {
  return (byte >= 48 && byte <= 57) || byte === 46 || byte === 45 || byte === 43 ||
    ((byte | 32) >= 97 && (byte | 32) <= 122);
}

function latin(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  for (let i = from; i < to; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}
