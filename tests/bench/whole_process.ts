/** Figures of a program as a whole process: wall time and peak memory, medians of several runs. */

import process from "node:process";

/** Whole-process figures of a command. */
export interface ProcessFigures {
  /** Median wall time in seconds. */
  readonly wallS: number;
  /** Median peak resident memory in MB. */
  readonly peakMb: number;
  /** Standard output of the last run. */
  readonly output: string;
}

/**
 * Runs a module as a process of its own, several times after a warm-up.
 *
 * @param module Source of the module; its last line of output is peak memory, added here.
 * @param runs Counted runs.
 * @return Medians.
 */
export function measureModule(module: string, runs = 3): Promise<ProcessFigures> {
  const source = `${module}
// Not resourceUsage: its peak begins with the parent's.
console.log("peak-kb " + /VmHWM:\\s+(\\d+)/.exec(Deno.readTextFileSync("/proc/self/status"))?.[1]);`;
  const config = new URL("../../deno.json", import.meta.url).pathname;
  return measure(
    source,
    ".ts",
    process.execPath,
    ["run", "-A", "--no-check", "--config", config],
    runs,
  );
}

/**
 * Runs a Python program as a process of its own, several times after a warm-up; Polars takes one thread.
 *
 * @param python The interpreter.
 * @param program Source; the lines `cpu-s` and `peak-kb` are added here.
 * @param runs Counted runs.
 * @return Medians.
 */
export function measurePython(python: string, program: string, runs = 3): Promise<ProcessFigures> {
  const source = `${program}
import re, resource
usage = resource.getrusage(resource.RUSAGE_SELF)
print("cpu-s", usage.ru_utime + usage.ru_stime)
print("peak-kb", re.search("VmHWM:[^0-9]*([0-9]+)", open("/proc/self/status").read())[1])`;
  return measure(source, ".py", python, [], runs);
}

async function measure(
  source: string,
  suffix: string,
  program: string,
  args: readonly string[],
  runs: number,
): Promise<ProcessFigures> {
  const file = await Deno.makeTempFile({ suffix });
  const wall: number[] = [];
  const peak: number[] = [];
  let output = "";
  try {
    await Deno.writeTextFile(file, source);
    for (let run = -1; run < runs; run++) {
      const start = performance.now();
      const result = await new Deno.Command(program, {
        args: [...args, file],
        env: { POLARS_MAX_THREADS: "1" },
      }).output();
      const seconds = (performance.now() - start) / 1000;
      output = new TextDecoder().decode(result.stdout);
      if (!result.success) throw new Error(new TextDecoder().decode(result.stderr));
      if (run < 0) continue;
      wall.push(seconds);
      peak.push(Number(/peak-kb (\d+)/.exec(output)![1]) / 1024);
    }
  } finally {
    await Deno.remove(file);
  }
  const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;
  return { wallS: median(wall), peakMb: median(peak), output };
}
