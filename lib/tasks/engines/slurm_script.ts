import type { SlurmOptions } from "./slurm_options.ts";

/** An array of jobs to be submitted. */
export interface SlurmArray {
  /** Name in the queue. */
  readonly name: string;
  /** Jobs of the array. */
  readonly size: number;
  /** Most of them at the same time. */
  readonly atOnce: number;
  /** Path of the log of each; `%a` stands for its number. */
  readonly logPath: string;
  /** The program of each job, word by word; it finds its number in SLURM_ARRAY_TASK_ID. */
  readonly program: readonly string[];
}

/**
 * The script of an array job. Lines of the site come behind ours, so that theirs hold.
 *
 * @param array The array.
 * @param options What the site wants to be told.
 * @return The script.
 */
export function slurmScript(array: SlurmArray, options: SlurmOptions): string {
  const { partition, account, time, memory = "1500M", lines = [] } = options;
  const settings: readonly (readonly [string, string | undefined])[] = [
    ["job-name", array.name],
    ["array", `0-${array.size - 1}%${array.atOnce}`],
    ["ntasks", "1"],
    ["cpus-per-task", "1"],
    ["output", array.logPath],
    ["open-mode", "append"],
    ["mem", memory],
    ["partition", partition],
    ["account", account],
    ["time", time],
  ];
  const site = Map.groupBy(lines, (line) => line.trimStart().startsWith("#"));
  return [
    "#!/bin/sh",
    ...settings.flatMap(([name, value]) =>
      value === undefined ? [] : [`#SBATCH --${name}=${quoteValue(value)}`]
    ),
    // A job whose node fails goes back into the queue by itself.
    "#SBATCH --requeue",
    ...site.get(true) ?? [],
    "",
    ...site.get(false) ?? [],
    `exec ${array.program.map(quoteWord).join(" ")}`,
    "",
  ].join("\n");
}

function quoteValue(value: string): string {
  return /^[\w./:%,-]+$/.test(value) ? value : `"${value}"`;
}

function quoteWord(word: string): string {
  return /^[\w./:=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
