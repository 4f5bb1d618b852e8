import { nowS } from "./clock.ts";
import { runCommand } from "./run_command.ts";
import type { HostClock } from "./records.ts";
import type { HostSettings } from "./settings.ts";

/** How often a host is asked for its time. */
const questions = 8;

/**
 * Estimates what a host's clock shows more than ours, by asking it for its time several times: of all
 * answers the quickest counts, taken to have been given in the middle. The truth lies within half of
 * that round trip, to which this adds nothing: the width is a bound, not a standard deviation.
 */
export async function hostClock(host: HostSettings): Promise<HostClock> {
  let best: { offsetS: number; widthS: number } | null = null;
  let complaint = "";
  for (let i = 0; i < questions; i++) {
    const startS = nowS();
    const said = await runCommand([...host.command, "date", "+%s.%N"], 10);
    const endS = nowS();
    const theirs = /^\d+\.\d{9}\s*$/.test(said.out) ? Number(said.out) : NaN;
    if (!said.ok || Number.isNaN(theirs)) {
      complaint = said.complaint || `date said ${JSON.stringify(said.out.slice(0, 40))}`;
      break;
    }
    const widthS = (endS - startS) / 2;
    if (best === null || widthS < best.widthS) {
      best = { offsetS: theirs - (startS + endS) / 2, widthS };
    }
  }
  const base = { host: host.name, atS: nowS() };
  return best === null
    ? { ...base, offsetS: null, widthS: null, reason: complaint }
    : { ...base, ...best };
}
