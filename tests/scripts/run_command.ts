/** Runs a command line in this process and keeps what it prints. */

import { main } from "../../scripts/joulebook.ts";

/** What a command line did. */
export interface CommandOutcome {
  /** Exit status. */
  readonly status: number;
  /** Standard output. */
  readonly out: string;
  /** Standard error, line by line. */
  readonly err: readonly string[];
}

/** Runs `joulebook` with arguments. */
export async function runCommand(...args: string[]): Promise<CommandOutcome> {
  let out = "";
  const err: string[] = [];
  const status = await main(args, {
    out: (text) => {
      out += text;
    },
    err: (line) => void err.push(line),
    interactive: false,
  });
  return { status, out, err };
}
