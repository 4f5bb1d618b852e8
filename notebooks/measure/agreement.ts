// deno-lint-ignore-file no-console
/**
 * Compares a run with the stamps that llama_server.py wrote: `agreement.ts RUN_DIR STAMPS.jsonl`.
 *
 * The server works at one request at a time: with a concurrency above 1 the client's TTFT holds a wait
 * that the server's does not, so TTFT is compared at concurrency 1.
 */

import { readRunFolder } from "../../lib/measurement/read_run_folder.ts";
import { readLines } from "../../lib/measurement/read_lines.ts";
import { distributionOf } from "../../lib/metrics/distribution.ts";

interface Stamps {
  readonly beginS: number;
  readonly tokenS: readonly number[];
}

const [dir, stampsPath] = Deno.args as [string, string];
const run = await readRunFolder(dir);
const stamps = readLines<Stamps>(stampsPath).filter(({ tokenS }) => tokenS.length > 0)
  .sort((a, b) => a.tokenS[0]! - b.tokenS[0]!);

const median = (values: readonly number[]): number =>
  distributionOf(Float64Array.from(values)).percentiles["p50"]!;
const tokenLate: number[] = [];

console.log("cell, requests, TTFT client ms, server ms, off %, TPOT client ms, server ms, off %");
for (const { id, requests: log } of run.cells) {
  const ttft: [number, number][] = [];
  const tpot: [number, number][] = [];
  for (let row = 0; log !== null && row < log.submitS.length; row++) {
    if (log.success[row] === 0 || !log.ids![row]!.includes("/load/")) continue;
    const first = log.firstTokenS[row]!;
    // Its own stamps: the latest that began to speak before the client heard it.
    const own = stamps.filter(({ tokenS }) => tokenS[0]! <= first + 1e-3).at(-1);
    if (own === undefined) continue;
    const steps = own.tokenS.length - 1;
    ttft.push([first - log.submitS[row]!, own.tokenS[0]! - own.beginS]);
    tpot.push([(log.endS[row]! - first) / steps, (own.tokenS[steps]! - own.tokenS[0]!) / steps]);
    const { offsets, timeS } = log.tokenTimes!;
    const from = offsets[row]!;
    const chunks = offsets[row + 1]! - from;
    if (chunks === own.tokenS.length) {
      for (let k = 0; k < chunks; k++) tokenLate.push(timeS[from + k]! - own.tokenS[k]!);
    }
  }
  const show = (pairs: readonly [number, number][]): string => {
    const client = median(pairs.map(([a]) => a));
    const server = median(pairs.map(([, b]) => b));
    const off = median(pairs.map(([a, b]) => 100 * (a / b - 1)));
    return `${(1000 * client).toFixed(1)}, ${(1000 * server).toFixed(1)}, ${off.toFixed(2)}`;
  };
  console.log(`${id}, ${tpot.length}, ${show(ttft)}, ${show(tpot)}`);
}
const late = distributionOf(Float64Array.from(tokenLate), [50, 99]);
console.log(
  `tokens heard after the server made them: p50 ${
    (1000 * late.percentiles["p50"]!).toFixed(2)
  } ms, ` +
    `p99 ${(1000 * late.percentiles["p99"]!).toFixed(2)} ms, of ${late.count}`,
);
