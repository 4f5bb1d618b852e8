/** A program with all that it starts: processor time, and the largest peak of the memory of one process. */

import { readdirSync, readFileSync } from "node:fs";

/** What a program took. */
export interface WatchedFigures {
  readonly wallS: number;
  /** Processor seconds of all its processes, as far as they were seen. */
  readonly cpuS: number;
  /** Largest peak of the resident memory of one of them. */
  readonly peakMb: number;
  /** How many processes there were. */
  readonly processes: number;
  /** Standard output. */
  readonly output: string;
}

/**
 * Runs a program and looks at its processes ten times a second.
 *
 * @param program The program.
 * @param args Its arguments.
 * @return What it took.
 */
export async function watchProcess(program: string, args: string[]): Promise<WatchedFigures> {
  const start = performance.now();
  const child = new Deno.Command(program, { args, stdout: "piped", stderr: "piped" }).spawn();
  const seen = new Map<number, { cpuS: number; peakMb: number }>();
  const timer = setInterval(() => look(child.pid, seen), 100);
  const { success, stdout, stderr } = await child.output();
  clearInterval(timer);
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const all = [...seen.values()];
  return {
    wallS: (performance.now() - start) / 1000,
    cpuS: all.reduce((sum, { cpuS }) => sum + cpuS, 0),
    peakMb: Math.max(...all.map(({ peakMb }) => peakMb)),
    processes: all.length,
    output: new TextDecoder().decode(stdout),
  };
}

function look(root: number, seen: Map<number, { cpuS: number; peakMb: number }>): void {
  const parents = new Map<number, number>();
  const cpu = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const fields = readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1)!.split(" ");
      parents.set(Number(name), Number(fields[1]));
      cpu.set(Number(name), (Number(fields[11]) + Number(fields[12])) / 100);
    } catch {
      // It has just ended.
    }
  }
  for (const pid of parents.keys()) {
    let ancestor: number | undefined = pid;
    while (ancestor !== undefined && ancestor !== root) ancestor = parents.get(ancestor);
    if (ancestor === undefined) continue;
    try {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      const peakMb = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
      // One that has ended and not been taken leave of tells no memory any more.
      seen.set(pid, {
        cpuS: cpu.get(pid)!,
        peakMb: Math.max(peakMb, seen.get(pid)?.peakMb ?? 0),
      });
    } catch {
      // It has just ended.
    }
  }
}
