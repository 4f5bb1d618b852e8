/** Runs a program to its end. */

import { readUntilExit } from "./child_output.ts";
import { signalChild } from "./samplers/child_lines.ts";

/** What a program said. */
export interface CommandResult {
  /** Whether it ended with status 0. */
  readonly ok: boolean;
  /** Standard output. */
  readonly out: string;
  /** Why it did not end well, or its last words; empty when there are none. */
  readonly complaint: string;
}

/**
 * Runs a program and waits; kills it when it takes too long.
 *
 * @param command The program and its arguments.
 * @param limitS Seconds that it may take.
 * @return What it said. Never throws.
 */
export async function runCommand(
  command: readonly string[],
  limitS: number,
): Promise<CommandResult> {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(command[0]!, {
      args: command.slice(1),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      env: { LC_ALL: "C" },
    }).spawn();
  } catch (error) {
    const complaint = error instanceof Deno.errors.NotFound
      ? `there is no program ${command[0]}`
      : `${command[0]} cannot be started: ${(error as Error).message}`;
    return { ok: false, out: "", complaint };
  }
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    signalChild(child, "SIGKILL");
  }, limitS * 1000);
  const textOf = async (stream: ReadableStream<Uint8Array>): Promise<string> => {
    const decoder = new TextDecoder();
    let text = "";
    await readUntilExit(stream, child.status, (part) => {
      text += decoder.decode(part, { stream: true });
    });
    return text;
  };
  const [{ success, code }, out, err] = await Promise.all([
    child.status,
    textOf(child.stdout),
    textOf(child.stderr),
  ]);
  clearTimeout(timer);
  const said = err.trim().split("\n").at(-1)!.slice(0, 200);
  return {
    ok: success && !late,
    out,
    complaint: late
      ? `${command[0]} did not end within ${limitS} s`
      : success
      ? said
      : `${command[0]} ended with status ${code}${said === "" ? "" : `: ${said}`}`,
  };
}
