/** What a command of `deno task joulebook` is, and how it talks to the person who runs it. */

/** One command: a file in commands/ whose `command` export is one of these. */
export interface Command {
  /** The word after `joulebook`. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The usage text: a synopsis line, then the options, two columns. */
  readonly usage: string;
  /**
   * Runs the command.
   *
   * @param args The words after the command's name.
   * @param io Where to print.
   * @return The exit status: 0 done, 1 the input or the check failed. Throws UsageError for bad usage (2).
   */
  run(args: string[], io: CommandIo): Promise<number>;
}

/** Output of a command. Tests pass their own. */
export interface CommandIo {
  /** Writes to standard output, verbatim. */
  out(text: string): void;
  /** Writes a line to standard error. */
  err(line: string): void;
  /** Whether progress may be shown on standard error. */
  readonly interactive: boolean;
}

/** The command line itself is wrong: exit status 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Prints one JSON document; NaN and infinities become null. */
export function printJson(io: CommandIo, value: unknown): void {
  io.out(
    JSON.stringify(
      value,
      (_key, v) =>
        typeof v === "number" && !Number.isFinite(v)
          ? null
          : ArrayBuffer.isView(v) && !(v instanceof DataView)
          ? Array.from(v as unknown as ArrayLike<number>)
          : v,
      2,
    ) + "\n",
  );
}
