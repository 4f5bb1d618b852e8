import { closeSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { InputError } from "../lib/errors.ts";

/** A file of JSON Lines that is there whole or not at all. */
export class LineFile {
  readonly #path: string;
  readonly #handle: number;
  #waiting: string[] = [];

  /**
   * Opens it.
   *
   * @param path Where it will be.
   */
  constructor(path: string) {
    this.#path = path;
    this.#handle = this.#onDisk(() => openSync(`${path}.part`, "w"));
  }

  /** Adds a line; NaN becomes null. */
  add(value: unknown): void {
    this.#waiting.push(JSON.stringify(value));
    if (this.#waiting.length === 10_000) this.#flush();
  }

  /** Puts the file in its place. */
  close(): void {
    this.#flush();
    closeSync(this.#handle);
    renameSync(`${this.#path}.part`, this.#path);
  }

  /** Removes what was written. */
  discard(): void {
    closeSync(this.#handle);
    rmSync(`${this.#path}.part`, { force: true });
  }

  #flush(): void {
    if (this.#waiting.length === 0) return;
    const bytes = new TextEncoder().encode(this.#waiting.join("\n") + "\n");
    this.#waiting = [];
    this.#onDisk(() => {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#handle, bytes, at);
    });
  }

  #onDisk<T>(step: () => T): T {
    try {
      return step();
    } catch (cause) {
      throw new InputError({
        code: "unreadable",
        path: this.#path,
        problem: `the file cannot be written (${(cause as Error).message})`,
        advice: "check free space and permissions, or choose another file",
        cause,
      });
    }
  }
}
