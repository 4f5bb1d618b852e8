import { mainOperators } from "../main_operators.ts";
import type { Quantities } from "../predict_network.ts";
import { comparedMethods, compareHeldOut } from "./compare.ts";
import { type EnergaizerCases, heldOutFamilies, unseenDevices } from "./energaizer_protocol.ts";
import { labelNoise } from "./label_noise.ts";
import {
  type EvaluationReport,
  type Scored,
  type SplitReport,
  withIntervals,
  withoutIntervals,
} from "./split_report.ts";

const data = "energaizer";
const setNames: Readonly<Record<string, string>> = {
  a100: "A100 at 900 MHz",
  a10: "A10 at 900 MHz",
  dvfs: "A100 at 510 to 1410 MHz from 900 MHz",
};
const sets = Object.keys(setNames);

/**
 * Runs every held-out test on EnergAIzer's rows: families, devices, both, other clocks, and other
 * methods on the same splits.
 *
 * @param cases The rows.
 * @return The report.
 *
 * @example
 * ```ts
 * import { energaizerCases, evaluateEnergaizer } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const head = "set,gpu,model,config,precision,batch,seq,freq_set_mhz,time_ms_per_iter,avg_power_w";
 * const cases = energaizerCases(head + "\na10,A10,net,,fp32,1,16,900,1,100\n", new Map());
 * const { left } = evaluateEnergaizer(cases);
 * assert.equal(left["energaizer"]?.["other precision than the kernel lists"], 1);
 * ```
 */
export function evaluateEnergaizer(cases: EnergaizerCases): EvaluationReport {
  return joinEnergaizer(energaizerParts.map((part) => evaluateEnergaizerPart(cases, part)));
}

/** Parts of the tests that need nothing of each other, in a fixed order. */
export const energaizerParts: readonly string[] = [
  "families",
  ...comparedMethods,
  "one measurement",
  "device",
  "device and family",
];

/**
 * Runs a part of the held-out tests.
 *
 * @param cases The rows.
 * @param part One of `energaizerParts`.
 * @return Its splits.
 */
export function evaluateEnergaizerPart(cases: EnergaizerCases, part: string): EvaluationReport {
  const { runs } = cases;
  const fixed = runs.filter(({ set }) => set !== "dvfs");
  const plain = (
    scored: readonly { run: (typeof runs)[number]; predicted: Quantities }[],
    set: string,
  ) =>
    scored.filter(({ run }) => run.set === set).map(({ run, predicted }) => ({
      predicted,
      measured: run,
    }));
  switch (part) {
    case "families":
      return {
        splits: ownFamilies(cases),
        left: { [data]: cases.left },
        noise: {
          [data]: labelNoise(
            fixed.map((run) => ({
              ...run,
              key: `${run.hardware} ${run.workload} ${run.coreMhz}`,
            })),
          ),
        },
      };
    case "one measurement": {
      const one = plain(heldOutFamilies(runs, { oneMeasurement: true }), "dvfs");
      const split = `family; ${setNames["dvfs"]}, one run at 900 MHz given`;
      return onlySplits([withoutIntervals(one, { data, split, method: "joulebook" })]);
    }
    case "device":
    case "device and family": {
      const scored = unseenDevices(fixed, { unseenFamily: part !== "device" });
      return onlySplits(["a100", "a10"].map((set) =>
        withoutIntervals(plain(scored, set), {
          data,
          split: `${part}; ${setNames[set]}`,
          method: "joulebook",
        })
      ));
    }
    default: {
      const method = comparedMethods.find((one) => one === part)!;
      const scored = compareHeldOut(method, runs);
      return onlySplits(sets.map((set) =>
        withoutIntervals(plain(scored, set), {
          data,
          split: `family; ${setNames[set]}`,
          method,
        })
      ));
    }
  }
}

/**
 * The parts as one report: other methods stand beside ours on the same split.
 *
 * @param parts What `evaluateEnergaizerPart` gave for each of `energaizerParts`.
 * @return The report.
 */
export function joinEnergaizer(parts: readonly EvaluationReport[]): EvaluationReport {
  const [own, ...others] = parts;
  const compared = others.slice(0, comparedMethods.length).flatMap(({ splits }) => splits);
  const rest = others.slice(comparedMethods.length).flatMap(({ splits }) => splits);
  return {
    ...own!,
    splits: [
      ...own!.splits.flatMap((mine) => [
        mine,
        ...compared.filter(({ split }) => split === mine.split),
      ]),
      ...rest,
    ],
  };
}

function ownFamilies({ runs }: EnergaizerCases): SplitReport[] {
  const ours = heldOutFamilies(runs).map(({ run, predicted }): Scored & { set: string } => ({
    predicted,
    measured: run,
    group: run.family,
    regime: predicted.hostBound ? "host" : "device",
    operators: mainOperators(run.kernels, run.target, run.coreMhz),
    set: run.set,
  }));
  const isConv = (s: Scored) => /resnet|mobilevit/.test(s.group);
  const parts = [
    ["", () => true],
    ["; without convolutions", (s: Scored) => !isConv(s)],
    ["; convolutions", isConv],
    ["; host-bound", (s: Scored) => s.regime === "host"],
    ["; device-bound", (s: Scored) => s.regime === "device"],
  ] as const;
  return [
    withIntervals(ours.filter(({ set }) => set !== "dvfs"), {
      data,
      split: "family; both devices",
      method: "joulebook",
    }),
    ...sets.flatMap((set) =>
      parts.slice(0, set === "dvfs" ? 1 : undefined).map(([part, wanted]) =>
        withoutIntervals(ours.filter((s) => s.set === set).filter(wanted), {
          data,
          split: `family; ${setNames[set]}${part}`,
          method: "joulebook",
        })
      )
    ),
  ];
}

function onlySplits(splits: SplitReport[]): EvaluationReport {
  return { splits, left: {}, noise: {} };
}
