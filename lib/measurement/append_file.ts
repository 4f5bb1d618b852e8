/** Files that only grow, and lose little when the program is killed. */

import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";

/** How long text may wait in memory, in milliseconds: well under the second that a kill may cost. */
export const flushMs = 200;

/**
 * A file of lines that grows at its end. Lines wait in memory for at most {@linkcode flushMs} and are
 * written whole, so that a killed program leaves at most one line cut, and that only when the system
 * itself fails in the middle of a write.
 */
export class AppendFile {
  readonly #handle: number;
  #waiting: string[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** Opens or creates a file. */
  constructor(path: string) {
    this.#handle = openSync(path, "a");
  }

  /** Whether nothing has been written to it yet. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0 && fstatSync(this.#handle).size === 0;
  }

  /** Adds a line; the line feed is added here. */
  add(line: string): void {
    this.#waiting.push(line);
    this.#timer ??= setTimeout(() => this.flush(), flushMs);
  }

  /** Hands everything to the system now. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#waiting.length === 0) return;
    const bytes = new TextEncoder().encode(this.#waiting.join("\n") + "\n");
    this.#waiting = [];
    for (let at = 0; at < bytes.length;) at += writeSync(this.#handle, bytes, at);
  }

  /** Empties the file. */
  clear(): void {
    this.flush();
    ftruncateSync(this.#handle, 0);
  }

  /** Flushes, waits until the disk has it, and closes. */
  close(): void {
    this.flush();
    fsyncSync(this.#handle);
    closeSync(this.#handle);
  }
}

/**
 * Removes a cut last line, so that a file can be appended to: the row that it began may have lost
 * digits, which nobody could see later.
 *
 * @param path The file.
 * @return What was removed; null when the file ended with a whole line.
 */
export function removeCutLine(path: string): string | null {
  const handle = openSync(path, "r+");
  try {
    const { size } = fstatSync(handle);
    const tail = new Uint8Array(Math.min(size, 1 << 20));
    readSync(handle, tail, 0, tail.length, size - tail.length);
    const keep = tail.lastIndexOf(10) + 1;
    if (keep === tail.length) return null;
    ftruncateSync(handle, size - tail.length + keep);
    return new TextDecoder().decode(tail.subarray(keep));
  } finally {
    closeSync(handle);
  }
}
