// deno-lint-ignore-file no-console
/**
 * Compares a run with what llama_server.py wrote down: `agreement.ts RUN_DIR STAMPS.jsonl`.
 *
 * TTFT: from the request's arrival at the server to the moment at which its first token left the
 * model, against what the client saw. TPOT: from the first token to the last by their number less
 * one, on both sides; the server's part of it falls into what llama.cpp counts as evaluation (one for
 * each token behind the first), its sampler, and the rest, which is Python.
 */

import { readRunFolder } from "../../lib/measurement/read_run_folder.ts";
import { readLines } from "../../lib/measurement/read_lines.ts";
import { distributionOf } from "../../lib/metrics/distribution.ts";
import { textTable } from "../../scripts/text_table.ts";

interface Stamps {
  readonly arrivalS: number;
  readonly tokenS: readonly number[];
  readonly evalS: number;
  readonly sampleS: number;
}

/** Seconds of one request, by the client and by the server. */
interface Pair {
  readonly ttft: readonly [number, number];
  readonly tpot: readonly [number, number];
  readonly evalS: number;
  readonly sampleS: number;
}

const [dir, stampsPath] = Deno.args as [string, string];
const run = await readRunFolder(dir);
const stamps = readLines<Stamps>(stampsPath).filter(({ tokenS }) => tokenS.length > 1)
  .sort((a, b) => a.tokenS[0]! - b.tokenS[0]!);

const percentile = (values: readonly number[], p: number): number =>
  distributionOf(Float64Array.from(values), [p]).percentiles[`p${p}`]!;
const ms = (values: readonly number[]): string => (1000 * percentile(values, 50)).toFixed(1);
const apart = (pairs: readonly (readonly [number, number])[]): number[] =>
  pairs.map(([client, server]) => 100 * (client / server - 1));
const percent = (values: readonly number[]): string => `${percentile(values, 50).toFixed(2)} %`;

const tokenLateS: number[] = [];
const all: Pair[] = [];
const rows: string[][] = [];
for (const { id, requests: log } of run.cells) {
  const pairs: Pair[] = [];
  for (let row = 0; log !== null && row < log.submitS.length; row++) {
    if (log.success[row] === 0 || !log.ids![row]!.includes("/load/")) continue;
    const first = log.firstTokenS[row]!;
    // Its own stamps: the latest that began to speak before the client heard it.
    const own = stamps.filter(({ tokenS }) => tokenS[0]! <= first + 1e-3).at(-1);
    if (own === undefined) continue;
    const { tokenS, arrivalS } = own;
    const steps = tokenS.length - 1;
    pairs.push({
      ttft: [first - log.submitS[row]!, tokenS[0]! - arrivalS],
      tpot: [(log.endS[row]! - first) / steps, (tokenS[steps]! - tokenS[0]!) / steps],
      evalS: own.evalS / steps,
      sampleS: own.sampleS / steps,
    });
    const { offsets, timeS } = log.tokenTimes!;
    const heard = timeS.subarray(offsets[row]!, offsets[row + 1]!);
    if (heard.length === tokenS.length) {
      heard.forEach((time, k) => tokenLateS.push(time - tokenS[k]!));
    }
  }
  all.push(...pairs);
  const side = (pick: (pair: Pair) => number): string => ms(pairs.map(pick));
  rows.push([
    id,
    String(pairs.length),
    side(({ ttft }) => ttft[0]),
    side(({ ttft }) => ttft[1]),
    percent(apart(pairs.map(({ ttft }) => ttft))),
    side(({ tpot }) => tpot[0]),
    side(({ tpot }) => tpot[1]),
    percent(apart(pairs.map(({ tpot }) => tpot))),
    side(({ evalS }) => evalS),
    side(({ sampleS }) => sampleS),
    side(({ tpot, evalS, sampleS }) => tpot[1] - evalS - sampleS),
  ]);
}
console.log(textTable([
  "cell",
  "requests",
  "TTFT client ms",
  "server ms",
  "apart",
  "TPOT client ms",
  "server ms",
  "apart",
  "evaluation ms",
  "sampler ms",
  "Python ms",
], rows));
const against = (name: string, of: (pair: Pair) => readonly [number, number]): void => {
  const values = apart(all.map(of));
  console.log(
    `${name}: median ${percent(values)} apart, 5th to 95th percentile ` +
      `${percentile(values, 5).toFixed(2)} to ${
        percentile(values, 95).toFixed(2)
      } %, of ${all.length} requests`,
  );
};
against("TTFT", ({ ttft }) => ttft);
against("TPOT", ({ tpot }) => tpot);
against("TPOT against evaluation alone", ({ tpot, evalS }) => [tpot[0], evalS]);
against("TPOT against evaluation and sampler", (
  { tpot, evalS, sampleS },
) => [tpot[0], evalS + sampleS]);
console.log(
  `tokens heard after they left the model: p50 ${ms(tokenLateS)} ms, p99 ` +
    `${(1000 * percentile(tokenLateS, 99)).toFixed(1)} ms, of ${tokenLateS.length}`,
);
