import * as v from "valibot";
import { InputError } from "../../errors.ts";
import { windows } from "../../requests/windows.ts";
import type { Format } from "../format.ts";
import { hasJsonKeys } from "../head.ts";
import { readJson } from "../json.ts";

/** Length of a sample: the energy monitor's firmware sums each millisecond. */
const sampleS = 1e-3;

const trials = v.array(v.object({
  infer: v.object({ iterations: v.number() }),
  power: v.object({
    samples: v.array(v.number()),
    timestamps: v.array(v.tuple([v.string(), v.number()])),
  }),
}));

/**
 * MLPerf Tiny's `results.json` of an energy run: a trial has joules of successive milliseconds and
 * markers, indices into them; the measured span lies between the last two markers, the second
 * excluded.
 */
export const format: Format = {
  id: "mlperf-tiny",
  title: "MLPerf Tiny energy results.json",
  kinds: ["power", "windows", "results"],
  writtenBy: "MLPerf Tiny runner",
  detect: (head) => hasJsonKeys(head, "infer", "power", "samples") ? 3 : 0,
  async read(source, into) {
    const parsed = v.safeParse(trials, await readJson(source));
    if (!parsed.success) {
      const issue = parsed.issues[0];
      throw new InputError({
        code: "malformed",
        path: source.path,
        problem: `not an energy result at ${v.getDotPath(issue) ?? "the top"}`,
        expected: issue.expected ?? "infer.iterations, power.samples and power.timestamps",
        found: issue.received,
        advice: "name the results.json of a run in energy mode",
      });
    }
    const rows: {
      trial: number;
      inferences: number;
      samples: number;
      elapsedS: number;
      energyUj: number;
    }[] = [];
    const startS: number[] = [];
    const endS: number[] = [];
    // Trials lie one after another on one clock, as they were recorded, without the pauses.
    let offsetS = 0;
    for (const [trial, { infer, power }] of parsed.output.entries()) {
      const column = into.column({
        device: { kind: "rail", id: "dut" },
        clock: "elapsed",
        quantity: "interval",
        column: "power.samples",
      });
      const [from, to] = power.timestamps.slice(-2).map(([, index]) => index);
      if (from === undefined || to === undefined || !(to > from)) {
        into.losses.add("no-markers", undefined, `trial ${trial}`);
        continue;
      }
      let energyJ = 0;
      let samples = 0;
      for (const [i, sampleJ] of power.samples.entries()) {
        column.push(offsetS + (i + 1) * sampleS, sampleJ, undefined, sampleS);
        if (i >= from && i < to) {
          energyJ += sampleJ;
          samples++;
        }
      }
      rows.push({
        trial,
        inferences: infer.iterations,
        samples,
        elapsedS: (to - from) * sampleS,
        energyUj: energyJ * 1e6,
      });
      startS.push(offsetS + from * sampleS);
      endS.push(offsetS + to * sampleS);
      offsetS += power.samples.length * sampleS;
    }
    if (rows.length === 0) return;
    into.windows.push(windows({
      clock: "elapsed",
      names: rows.map(({ trial }) => `trial ${trial}`),
      startS: Float64Array.from(startS),
      endS: Float64Array.from(endS),
      source: { path: source.path, format: format.id },
    }));
    into.results.push({
      name: "trials",
      columns: {
        trial: rows.map((row) => row.trial),
        inferences: rows.map((row) => row.inferences),
        samples: rows.map((row) => row.samples),
        elapsedS: rows.map((row) => row.elapsedS),
        energyUj: rows.map((row) => row.energyUj),
        powerMw: rows.map((row) => row.energyUj / row.elapsedS / 1000),
        energyPerInferenceUj: rows.map((row) => row.energyUj / row.inferences),
      },
      units: { elapsedS: "s", energyUj: "uJ", powerMw: "mW", energyPerInferenceUj: "uJ" },
    });
  },
};
