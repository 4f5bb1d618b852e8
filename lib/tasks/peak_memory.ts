import { readFileSync } from "node:fs";
import process from "node:process";

/**
 * Largest memory of this process so far, in bytes.
 *
 * Linux says it in /proc; the count that getrusage gives begins there with the memory of the process
 * that started this one.
 */
export function peakMemoryBytes(): number {
  try {
    const kB = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    if (kB !== undefined) return 1024 * Number(kB);
  } catch {
    // Another system.
  }
  return 1024 * process.resourceUsage().maxRSS;
}
