import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Ticks a second in Linux's /proc, whatever the kernel's own timer. */
const ticksPerS = 100;

/**
 * Processor time of the programs whose command line contains a text, by Linux's /proc. Programs that
 * start later are counted from then on; one that ends keeps its part.
 */
export class ProcessTime {
  readonly #text: string;
  readonly #root: string;
  /** Seconds by process, as last seen. */
  readonly #seen = new Map<string, number>();

  /** `root` is another /proc, for tests. */
  constructor(text: string, root = "/proc") {
    this.#text = text;
    this.#root = root;
  }

  /** How many programs have been seen. */
  get programs(): number {
    return this.#seen.size;
  }

  /** Seconds that all of them have taken so far, to a hundredth. */
  seconds(): number {
    for (const pid of readdirSync(this.#root)) {
      // The program that measures may have the text in its own command line.
      if (!/^\d+$/.test(pid) || pid === String(Deno.pid)) continue;
      try {
        const words = readFileSync(join(this.#root, pid, "cmdline"), "utf8").replaceAll("\0", " ");
        if (!words.includes(this.#text)) continue;
        const stat = readFileSync(join(this.#root, pid, "stat"), "utf8");
        // The name of the program, in brackets, may hold blanks and brackets itself.
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        const seconds = (Number(fields[11]) + Number(fields[12])) / ticksPerS;
        // Its start makes a number that is given out again another process.
        if (Number.isFinite(seconds)) this.#seen.set(`${pid}/${fields[19]}`, seconds);
      } catch {
        // It ended between the two looks.
      }
    }
    let sum = 0;
    for (const seconds of this.#seen.values()) sum += seconds;
    return sum;
  }
}
