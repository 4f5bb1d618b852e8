/** The command line: `deno task joulebook COMMAND`. Parses, calls lib/, prints. */

import { InputError } from "../lib/errors.ts";
import { type Command, type CommandIo, UsageError } from "./command.ts";
import { commandList } from "./command_list.ts";

/**
 * Runs one command line. What no command foresaw is told in one line; with JOULEBOOK_DEBUG set it is
 * thrown on.
 *
 * @param args The words after `joulebook`.
 * @param io Where to print.
 * @return The exit status: 0 done, 1 the input or the check failed, 2 bad usage.
 */
export async function main(args: readonly string[], io: CommandIo): Promise<number> {
  const [word, ...rest] = joinNegatives(args);
  if (word === undefined || word === "help" || word === "--help" || word === "-h") {
    io.out(`${overview()}\n`);
    return word === undefined ? 2 : 0;
  }
  const entry = commandList.find(({ name }) => name === word);
  if (entry === undefined) {
    io.err(`joulebook: there is no command ${JSON.stringify(word)}${nearest(word)}`);
    io.err(`commands: ${commandList.map(({ name }) => name).join(", ")}`);
    return 2;
  }
  const command: Command = await entry.load();
  if (rest.includes("--help") || rest.includes("-h")) {
    io.out(`${command.usage}\n`);
    return 0;
  }
  try {
    return await command.run(rest, io);
  } catch (error) {
    if (error instanceof InputError) {
      io.err(`joulebook ${word}: ${error.message}`);
      return error.code === "bad-option" ? 2 : 1;
    }
    // What node:util's parseArgs throws is about the command line as well.
    const code = (error as { readonly code?: unknown } | null)?.code;
    if (
      error instanceof UsageError ||
      (typeof code === "string" && code.startsWith("ERR_PARSE_ARGS"))
    ) {
      io.err(`joulebook ${word}: ${(error as Error).message}`);
      io.err(`see: joulebook ${word} --help`);
      return 2;
    }
    // A reader of our output that has gone is not ours to report.
    if (error instanceof Deno.errors.BrokenPipe || Deno.env.get("JOULEBOOK_DEBUG")) throw error;
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    io.err(
      `joulebook ${word}: this is a bug in joulebook: ${name}: ${message.split("\n")[0]} ` +
        "(set JOULEBOOK_DEBUG=1 for the stack)",
    );
    return 1;
  }
}

/** `--zone -07:00` and `--offset -3`: a value that begins with a minus and a digit is no option. */
function joinNegatives(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const last = joined.at(-1);
    if (/^-[.\d]/.test(arg) && last !== undefined && /^--[a-z-]+$/.test(last)) {
      joined[joined.length - 1] = `${last}=${arg}`;
    } else joined.push(arg);
  }
  return joined;
}

function overview(): string {
  const width = Math.max(...commandList.map(({ name }) => name.length));
  return [
    "joulebook COMMAND [--json] [--help]",
    "",
    ...commandList.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    "Exit status: 0 done, 1 the input or the check failed, 2 bad usage.",
  ].join("\n");
}

function nearest(word: string): string {
  const close = commandList.find(({ name }) =>
    name.startsWith(word.slice(0, 3)) || word.startsWith(name.slice(0, 3))
  );
  return close === undefined ? "" : `; did you mean ${close.name}?`;
}

/** Standard output and error. */
export const standardIo: CommandIo = {
  out(text) {
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  },
  err(line) {
    Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
  },
  interactive: Deno.stderr.isTerminal(),
};

if (import.meta.main) {
  try {
    Deno.exitCode = await main(Deno.args, standardIo);
  } catch (error) {
    // A reader of our output that has gone, such as `head`, is no failure.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
