import {
  attributeBatched,
  type AttributionMethod,
  type BatchedAttribution,
  EQUAL_SHARE,
  type IdleRule,
  isSerial,
  modelWork,
  OUTPUT_TOKEN_SHARE,
  REGRESSION,
  REGRESSION_PER_TOKEN,
  tokenWeighted,
  workWeighted,
} from "../../lib/attribution/mod.ts";
import { placeTrace } from "../../lib/attribution/place.ts";
import { basisOf } from "../../lib/power/basis.ts";
import { deviceNames } from "../../lib/power/device_name.ts";
import { createIntegrator } from "../../lib/power/integrate.ts";
import type { PowerSeries } from "../../lib/power/series.ts";
import { sumSeries } from "../../lib/power/sum_series.ts";
import type { RequestLog } from "../../lib/requests/log.ts";
import type { AttributionFacts } from "../../lib/report/mod.ts";
import { type CommandIo, UsageError } from "../command.ts";
import { textTable } from "../text_table.ts";
import { closes, digits, duration, lossText } from "../units.ts";
import { seriesText } from "./report.ts";
import type { Sources } from "./sources.ts";

/** Methods by name. */
const methods: Readonly<Record<string, AttributionMethod>> = {
  "regression": REGRESSION,
  "regression-per-token": REGRESSION_PER_TOKEN,
  "dynamic-equal-share": EQUAL_SHARE,
  "output-tokens": OUTPUT_TOKEN_SHARE,
};

/** For the usage text. */
export const methodUsage = `one of
                     auto (default): serial requests get what was measured, others regression
                     regression, regression-per-token: costs fitted to the trace
                     equal-share: all power in equal parts to the requests in flight
                     dynamic-equal-share, output-tokens, tokens-P:D: power above idle by a rule
                     work: power above idle by FLOPs and bytes; needs --model and --hardware
  --model M          for --method work: a Hugging Face id that we ship, or a config.json
  --hardware H       for --method work: an id of the catalogue, such as h100-sxm-80`;

/** The method that a name stands for; `work` needs a model and a device. */
export async function methodOf(
  name: string,
  model: string | undefined,
  hardware: string | undefined,
): Promise<AttributionMethod | "auto" | "equal-share"> {
  if (name === "auto" || name === "equal-share") return name;
  if (name === "work") {
    if (model === undefined || hardware === undefined) {
      throw new UsageError("--method work needs --model and --hardware");
    }
    // The facts of all models and devices are read only when they are asked for.
    const { loadModel } = await import("../load_model.ts");
    const { findHardware } = await import("../../lib/hardware/mod.ts");
    return workWeighted(modelWork(loadModel(model), findHardware(hardware)));
  }
  const weights = /^tokens-(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)$/.exec(name);
  if (weights !== null) return tokenWeighted(Number(weights[1]), Number(weights[2]));
  const method = methods[name];
  if (method === undefined) {
    throw new UsageError(
      `there is no method ${name}; there are auto, equal-share, tokens-P:D, work, ` +
        `${Object.keys(methods).join(", ")}`,
    );
  }
  return method;
}

/** How power above idle is divided. */
export interface BatchChoice {
  /** The method; `auto` takes what suits the log. */
  readonly method: AttributionMethod | "auto";
  /** What happens to idle energy. */
  readonly idleRule: IdleRule;
  /** Idle power in watts, where given. */
  readonly idleW?: number;
}

/**
 * Whether requests are to be given what was measured during each: when that is left open, and they
 * never overlap.
 */
export function isMeasuredAlone(
  log: RequestLog,
  sources: Sources,
  { method, idleRule, idleW }: BatchChoice,
): boolean {
  if (method !== "auto" || sources.auto || !isSerial(log)) return false;
  if (idleRule !== "unassigned" || idleW !== undefined) {
    throw new UsageError(
      "these requests never overlap, and each gets what was measured during it; idle power is " +
        "taken off with --method regression",
    );
  }
  return true;
}

/** Power above idle, divided among requests that share an engine. */
export interface BatchOutcome {
  /** What `--json` says beside the requests. */
  readonly facts: AttributionFacts;
  /** The devices added up, on the log's clock but for the sensor's delay. */
  readonly series: PowerSeries;
  /** How clocks were joined where the caller said how; else null. */
  readonly placing: string | null;
  /** The attribution. */
  readonly result: BatchedAttribution;
}

/** Divides power above idle among requests that share an engine. */
export function batchOutcome(
  sources: Sources,
  log: RequestLog,
  { method, idleRule, idleW }: BatchChoice,
): BatchOutcome {
  const placed = sources.auto ? null : placeTrace(
    sources.power,
    { ...log, startS: log.submitS, path: sources.path },
    sources.place,
  );
  const series = sumSeries(placed?.series ?? sources.power);
  const result = attributeBatched(series, log, {
    method: method === "auto" ? REGRESSION : method,
    idleRule,
    ...(idleW !== undefined && { idleW }),
    ...(sources.auto
      ? { search: series.clock === log.clock || series.clock === "local" ? "zones" : "any" }
      : sources.place.offsetS !== undefined && { offsetS: 0 }),
  });
  // A reading's stamp lies half a window behind the middle of what it averages.
  const { centreLagS, averagingS } = result.alignment;
  const facts = {
    method: result.method,
    sharing: result.sharing,
    kind: result.kind,
    basis: basisOf(sources.power),
    idleRule: result.idleRule,
    devices: deviceNames(sources.power.map(({ device }) => device)),
    offsetS: (placed?.offsetS ?? 0) + averagingS / 2 - centreLagS,
    offsetWidthS: result.alignment.widthS,
    overlap: result.alignment.overlap,
    totalJ: result.totalJ,
    idleJ: result.idleJ,
    unattributedJ: result.unattributedJ,
    prefillJ: result.prefill.energyJ,
    decodeJ: result.decode.energyJ,
    prefill: result.prefill,
    decode: result.decode,
    conservationError: result.conservationError,
    alignment: result.alignment,
    idle: result.idle,
    costs: result.costs,
    fit: result.fit,
    warnings: result.warnings,
    dropped: [...sources.dropped, ...series.dropped, ...log.dropped, ...result.dropped],
    notes: [...(placed === null ? [] : [placed.note]), ...sources.notes],
  };
  return { facts, series, placing: placed?.note ?? null, result };
}

/** Prints the energy of requests that share an engine. */
export function printBatch(
  io: CommandIo,
  sources: Sources,
  log: RequestLog,
  { facts: { offsetS }, series, result, placing }: BatchOutcome,
): void {
  const { alignment, idle, requests } = result;
  const basis = basisOf(sources.power);
  const power = createIntegrator(series);
  const spanS = series.timeS.at(-1)! - series.timeS[0]!;
  let attributed = 0;
  let inputTokens = 0;
  let outputTokens = 0;
  for (let i = 0; i < log.submitS.length; i++) {
    if (requests.reasons[i] !== null) continue;
    attributed++;
    inputTokens += log.inputTokens[i] || 0;
    outputTokens += log.outputTokens[i] || 0;
  }
  const lines: [string, string][] = [
    [
      "power",
      `${[...new Set(sources.power.map(({ source }) => source.path))].join(", ")}: ` +
      `${seriesText(sources.power)}, ` +
      `${series.timeS.length} readings over ${duration(spanS)}, mean ` +
      `${digits(power.totalJ / (spanS - power.gapS))} W`,
    ],
    ["dropped", lossText([...sources.dropped, ...series.dropped])],
    [
      "clock",
      `${placing === null ? "" : `${placing} `}In all ${offsetS >= 0 ? "+" : ""}${
        digits(offsetS, 6)
      } ± ${digits(alignment.widthS, 2)} s added to the trace${
        placing === null ? ", found from the data" : ", the skew found from the data"
      }; ` +
      `${(100 * alignment.overlap).toFixed(0)} % of the requests' time lies inside`,
    ],
    [
      "sensor",
      `averages over ${digits(alignment.averagingS, 3)} s` +
      `${series.averagingS === null ? ", inferred" : ""}; idle ` +
      `${digits(idle.idleW)} ± ${digits(idle.widthW, 2)} W, ${idle.source}`,
    ],
    [
      "requests",
      `${log.submitS.length} in ${sources.path}, ${attributed} attributed; the reader left out ` +
      `${lossText(log.dropped)}, the attribution ${lossText(result.dropped)}`,
    ],
    ["method", `${result.method}: ${result.sharing}; idle energy ${result.idleRule}`],
    ...(result.fit === null ? [] : [
      ["fit", `explains ${(100 * result.fit.r2).toFixed(1)} % of the variance of power`] as [
        string,
        string,
      ],
    ]),
    ...result.warnings.map((
      { code, message },
    ): [string, string] => ["WARNING", `${code}: ${message}`]),
    ...sources.notes.map((note): [string, string] => ["note", note]),
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  io.out(lines.map(([name, text]) => `${name.padEnd(width)}  ${text}\n`).join(""));
  const share = (energyJ: number): string => `${(100 * energyJ / result.totalJ).toFixed(1)} %`;
  // Methods that fit nothing have no interval of their own.
  const range = (of: { energyJ: number; lowJ: number; highJ: number }, scale: number): string =>
    Number.isFinite(of.lowJ)
      ? `${digits(of.energyJ * scale)} [${digits(of.lowJ * scale, 3)}, ${
        digits(of.highJ * scale, 3)
      }]`
      : digits(of.energyJ * scale);
  const phase = (name: string, of: BatchedAttribution["prefill"], tokens: number, kind: string) => [
    name,
    range(of, 1),
    share(of.energyJ),
    digits(of.energyJ / attributed),
    `${tokens} ${kind}`,
    tokens > 0 ? range(of, 1000 / tokens) : "–",
  ];
  const rest = (
    name: string,
    energyJ: number,
  ) => [name, digits(energyJ), share(energyJ), "", "", ""];
  const rows = [
    phase("prefill", result.prefill, inputTokens, "input"),
    phase("decode", result.decode, outputTokens, "output"),
    rest("idle", result.idleJ),
    ...(result.unattributedJ === 0 ? [] : [rest("unattributed", result.unattributedJ)]),
    rest(basis, result.totalJ),
  ];
  io.out(
    "\n" + textTable(
      [
        "phase",
        `energy J${result.kind === "bounds" ? " (bounds)" : ", 90 %"}`,
        "share",
        "J/request",
        "tokens",
        "mJ/token",
      ],
      rows,
      { ruleBefore: [rows.length - 1] },
    ),
  );
  io.out(
    `\nconservation  ${rows.slice(0, -1).map((row) => row[0]).join(" + ")} = ${basis}, ` +
      `${closes(result.conservationError)}\n`,
  );
}
