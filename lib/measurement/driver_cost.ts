import process from "node:process";
import { nowS } from "./clock.ts";
import type { DriverCost } from "./records.ts";

/** Milliseconds between the timers whose lateness is measured. */
const tickMs = 20;

/** Measures what this process takes, from now on until the function it returns is called. */
export function watchDriver(): () => DriverCost {
  const before = process.cpuUsage();
  const startS = nowS();
  const lateS: number[] = [];
  let lastS = startS;
  const timer = setInterval(() => {
    const timeS = nowS();
    lateS.push(Math.max(0, timeS - lastS - tickMs / 1000));
    lastS = timeS;
  }, tickMs);
  return () => {
    clearInterval(timer);
    const { user, system } = process.cpuUsage(before);
    const sorted = Float64Array.from(lateS).sort();
    const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
    return {
      coreShare: round((user + system) / 1e6 / Math.max(1e-6, nowS() - startS)),
      lagP99S: round(at(0.99)),
      lagMaxS: round(at(1)),
    };
  };
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
