/** How many bytes of an input the detection looks at. */
export const headBytes = 16_384;

/** The beginning of an input, as detection sees it. */
export interface Head {
  /** Path or name; detection goes by content and uses it only to break ties. */
  readonly path: string;
  /** The first bytes. */
  readonly bytes: Uint8Array;
  /** The bytes as text, without a byte-order mark. */
  readonly text: string;
  /** Lines of the text without their line ends; the last may be cut, unless `complete`. */
  readonly lines: readonly string[];
  /** Whether this is the whole input. */
  readonly complete: boolean;
  /** Whether it holds bytes that no text has. */
  readonly binary: boolean;
}

/**
 * The beginning of an input, decoded.
 *
 * @param path Path or name.
 * @param bytes The first bytes, at most {@linkcode headBytes}.
 * @return The head.
 */
export function headOf(path: string, bytes: Uint8Array): Head {
  const text = new TextDecoder().decode(bytes);
  return {
    path,
    bytes,
    text,
    lines: text.split(/\r?\n/),
    complete: bytes.length < headBytes,
    binary: bytes.includes(0),
  };
}

/**
 * Whether a text begins as a JSON object or array whose first levels name all the given keys. Keys
 * inside strings count too: this is a hint for detection, not a parser.
 *
 * @param head The head.
 * @param keys The keys.
 * @return Whether they are all there.
 */
export function hasJsonKeys(head: Head, ...keys: string[]): boolean {
  return /^\s*[[{]/.test(head.text) &&
    keys.every((key) =>
      new RegExp(`"${key.replace(/[.*+?^${"$"}{}()|[\]\\]/g, "\\$&")}"\\s*:`).test(head.text)
    );
}
