import { runLines } from "./child_lines.ts";
import type { RunningSampler, SamplerContext } from "./sampler.ts";

/**
 * Reads a sensor of a remote machine by a loop of its shell, so that a reading costs no connection:
 * each turn prints the machine's time, then what the script prints, then an empty line.
 *
 * @param context Settings, with the host.
 * @param script What prints the readings; POSIX shell.
 * @param onBlock Takes the lines of a turn and its time on our clock.
 */
export function runShellLoop(
  context: SamplerContext,
  script: string,
  onBlock: (lines: readonly string[], timeS: number) => boolean | Promise<boolean>,
): Promise<RunningSampler> {
  let block: string[] = [];
  return runLines(context, {
    // The script goes through standard input: no shell on the way can take its quotes apart.
    command: ["sh", "-s"],
    input:
      `while :; do date +%s.%N; { ${script}; } 2>&1; echo; sleep ${context.settings.periodS}; done\n`,
    async onLine(line) {
      if (line !== "") {
        block.push(line);
        return false;
      }
      const [stamp, ...lines] = block;
      block = [];
      const timeS = Number(stamp) - context.hostOffsetS;
      return Number.isFinite(timeS) && await onBlock(lines, timeS);
    },
  });
}
