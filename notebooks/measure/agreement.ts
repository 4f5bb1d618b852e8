/**
 * Compares a run with what llama_server.py wrote down: `agreement.ts RUN_DIR STAMPS.jsonl`.
 *
 * TTFT: from the request's arrival at the server to the moment at which its first token left the
 * model, against what the client saw. TPOT: from the first token to the last by their number less
 * one, on both sides; the server's part of it falls into what llama.cpp counts as evaluation (one for
 * each token behind the first), its sampler, and the rest, which is Python.
 */

import { readRunFolder, type Run } from "../../lib/measurement/mod.ts";
import { readLines } from "../../lib/measurement/read_lines.ts";
import { distributionOf } from "../../lib/metrics/distribution.ts";
import { formatTable } from "../../lib/notebook/mod.ts";

/** What the server wrote down of one request. */
export interface Stamps {
  readonly arrivalS: number;
  readonly tokenS: readonly number[];
  readonly evalS: number;
  readonly sampleS: number;
}

/** Seconds of one request of the load, by the client and by the server. */
export interface Pair {
  readonly cell: string;
  readonly ttft: { readonly clientS: number; readonly serverS: number };
  readonly tpot: { readonly clientS: number; readonly serverS: number };
  /** Evaluation and sampler for each token behind the first. */
  readonly evalS: number;
  readonly sampleS: number;
  /** How long after each token left the model the client had it. */
  readonly lateS: readonly number[];
}

/** Joins the requests of a run with the server's stamps. */
export function pairsOf(run: Run, stamps: readonly Stamps[]): Pair[] {
  const ordered = stamps.filter(({ tokenS }) => tokenS.length > 1)
    .sort((a, b) => a.tokenS[0]! - b.tokenS[0]!);
  return run.cells.flatMap(({ id, requests: log }) => {
    const pairs: Pair[] = [];
    for (let row = 0; log !== null && row < log.submitS.length; row++) {
      if (log.success[row] === 0 || !log.ids![row]!.includes("/load/")) continue;
      const first = log.firstTokenS[row]!;
      // The server works at one request at a time: its own stamps are the latest that began to speak
      // before the client heard it.
      const own = ordered.filter(({ tokenS }) => tokenS[0]! <= first + 1e-3).at(-1);
      if (own === undefined) continue;
      const { tokenS, arrivalS } = own;
      const steps = tokenS.length - 1;
      const { offsets, timeS } = log.tokenTimes!;
      const heardS = timeS.subarray(offsets[row]!, offsets[row + 1]!);
      pairs.push({
        cell: id,
        ttft: { clientS: first - log.submitS[row]!, serverS: tokenS[0]! - arrivalS },
        tpot: {
          clientS: (log.endS[row]! - first) / steps,
          serverS: (tokenS[steps]! - tokenS[0]!) / steps,
        },
        evalS: own.evalS / steps,
        sampleS: own.sampleS / steps,
        // A token without text of its own is no chunk: it cannot be told which is which then.
        lateS: heardS.length === tokenS.length
          ? Array.from(heardS, (time, k) => time - tokenS[k]!)
          : [],
      });
    }
    return pairs;
  });
}

/** A percentile of some values. */
export function percentile(values: readonly number[], p: number): number {
  return distributionOf(Float64Array.from(values), [p]).percentiles[`p${p}`]!;
}

/** Medians of each cell, in milliseconds and percent. */
export function agreementRows(pairs: readonly Pair[]): Record<string, string | number>[] {
  return [...new Set(pairs.map(({ cell }) => cell))].map((cell) => {
    const own = pairs.filter((pair) => pair.cell === cell);
    const ms = (pick: (pair: Pair) => number): number => 1000 * percentile(own.map(pick), 50);
    const apart = (pick: (pair: Pair) => Pair["ttft"]): number =>
      percentile(own.map(pick).map(apartOf), 50);
    return {
      cell,
      requests: own.length,
      ttftClientMs: ms(({ ttft }) => ttft.clientS),
      ttftServerMs: ms(({ ttft }) => ttft.serverS),
      ttftApart: apart(({ ttft }) => ttft),
      tpotClientMs: ms(({ tpot }) => tpot.clientS),
      tpotServerMs: ms(({ tpot }) => tpot.serverS),
      tpotApart: apart(({ tpot }) => tpot),
      evaluationMs: ms(({ evalS }) => evalS),
      samplerMs: ms(({ sampleS }) => sampleS),
      pythonMs: ms(({ tpot, evalS, sampleS }) => tpot.serverS - evalS - sampleS),
    };
  });
}

/** How far the client is from the server, in percent. */
export function apartOf({ clientS, serverS }: Pair["ttft"]): number {
  return 100 * (clientS / serverS - 1);
}

/** Columns of {@linkcode agreementRows} as `table` and `formatTable` show them. */
export const agreementColumns = {
  ttftClientMs: { label: "TTFT client", unit: "ms", decimals: 1 },
  ttftServerMs: { label: "server", unit: "ms", decimals: 1 },
  ttftApart: { label: "apart", unit: "%", decimals: 2 },
  tpotClientMs: { label: "TPOT client", unit: "ms", decimals: 1 },
  tpotServerMs: { label: "server", unit: "ms", decimals: 1 },
  tpotApart: { label: "apart", unit: "%", decimals: 2 },
  evaluationMs: { label: "evaluation", unit: "ms", decimals: 1 },
  samplerMs: { label: "sampler", unit: "ms", decimals: 1 },
  pythonMs: { label: "Python", unit: "ms", decimals: 1 },
} as const;

if (import.meta.main) {
  const [dir, stampsPath] = Deno.args as [string, string];
  const pairs = pairsOf(await readRunFolder(dir), readLines<Stamps>(stampsPath));
  const print = (text: string): void => void Deno.stdout.writeSync(new TextEncoder().encode(text));
  print(formatTable(agreementRows(pairs), { columns: agreementColumns }) + "\n\n");
  const against = (name: string, of: (pair: Pair) => Pair["ttft"]): void => {
    const values = pairs.map(of).map(apartOf);
    const at = (p: number): string => percentile(values, p).toFixed(2);
    print(
      `${name}: median ${at(50)} % apart, 5th to 95th percentile ${at(5)} to ${at(95)} %, of ` +
        `${pairs.length} requests\n`,
    );
  };
  against("TTFT", ({ ttft }) => ttft);
  against("TPOT", ({ tpot }) => tpot);
  against("TPOT against evaluation alone", ({ tpot, evalS }) => ({
    clientS: tpot.clientS,
    serverS: evalS,
  }));
  against("TPOT against evaluation and sampler", ({ tpot, evalS, sampleS }) => ({
    clientS: tpot.clientS,
    serverS: evalS + sampleS,
  }));
  const lateS = pairs.flatMap((pair) => pair.lateS);
  const late = (p: number): string => (1000 * percentile(lateS, p)).toFixed(1);
  print(
    `tokens heard after they left the model: p50 ${late(50)} ms, p99 ${late(99)} ms, of ` +
      `${lateS.length}\n`,
  );
}
