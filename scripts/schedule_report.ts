/** What `joulebook schedule` says of an experiment: a document, learning curves, tables. */

import type { ScheduleConfig } from "../lib/scheduling/config_types.ts";
import type { RequestConfig } from "../lib/scheduling/request_config.ts";
import type { ResultRow, TaskResult } from "../lib/scheduling/experiment.ts";
import type { Serving } from "../lib/scheduling/serving_points.ts";
import type { Interval } from "../lib/scheduling/statistics.ts";
import type { SourceRepair } from "../lib/scheduling/year.ts";
import { textTable } from "./text_table.ts";
import { digits } from "./units.ts";

/** An experiment that is done. */
export interface ScheduleOutcome {
  /** Its configuration. */
  readonly config: ScheduleConfig;
  /** The table. */
  readonly rows: readonly ResultRow[];
  /** Every run. */
  readonly results: readonly TaskResult[];
  /** What was repaired in the year's files. */
  readonly repairs: readonly SourceRepair[];
  /** Files whose bytes were not checked. */
  readonly unchecked: readonly string[];
  /** What requests take at each site; undefined for images. */
  readonly serving: Serving | undefined;
}

function originOf(config: ScheduleConfig): string {
  return config.year.source === "files" ? "published files" : "generated";
}

/** The document of `--json` and results.json. */
export function scheduleDocument(outcome: ScheduleOutcome): unknown {
  const { config, rows, results, repairs, unchecked, serving } = outcome;
  return {
    name: config.name,
    simulated: true,
    jobs: config.jobs,
    year: originOf(config),
    testDays: config.experiment!.testDays,
    policies: rows.map((row) => ({
      name: row.policy,
      utility: row.utilityUsd,
      revenue: row.revenueUsd,
      costs: { energyUsd: row.energyUsd, carbonKg: row.carbonKg },
      regret: 1 - row.fraction.mean,
      ...row,
    })),
    curves: results.filter((run) => run.curve.length > 0).map((run) => ({
      policy: run.label,
      seed: run.seed,
      curve: run.curve,
    })),
    repairs,
    unchecked,
    ...(serving !== undefined && { serving: namedServing(config as RequestConfig, serving) }),
  };
}

/** Learning curves as CSV. */
export function curvesCsv(results: readonly TaskResult[]): string {
  const lines = ["policy,seed,steps,fraction_of_optimum"];
  for (const { label, seed, curve } of results) {
    for (const point of curve) lines.push(`"${label}",${seed},${point.steps},${point.score}`);
  }
  return lines.join("\n") + "\n";
}

/** The tables for people. */
export function scheduleReport(outcome: ScheduleOutcome): string {
  const { config, rows, repairs, unchecked, serving } = outcome;
  const experiment = config.experiment!;
  const isImages = config.jobs === "images";
  const percent = (x: number, decimals = 2): string => (100 * x).toFixed(decimals);
  const interval = (x: Interval | null): string =>
    x === null
      ? "–"
      : Number.isNaN(x.low)
      ? percent(x.mean)
      : `${percent(x.mean)} (${percent(x.low)} to ${percent(x.high)})`;
  const lines = [
    `${config.name}: ${config.sites.length} sites, ${config.slots} slots a day, year ${
      originOf(config)
    }; ` +
    `simulated, ${experiment.testDays.length} test days, seeds ${experiment.seeds.join(", ")}`,
    ...(serving === undefined ? [] : ["", ...servingLines(config as RequestConfig, serving)]),
    "",
    textTable(
      [
        "policy",
        "% of optimum (95 %)",
        "gain over untrained (95 %)",
        "knows",
        "revenue $",
        "energy $",
        "CO2 kg",
        "moved %",
        "missed %",
        "quality",
        ...(isImages ? ["steps"] : []),
        "cycles",
      ],
      rows.map((row) => [
        row.seeds > 1 ? `${row.policy} (${row.seeds} seeds)` : row.policy,
        interval(row.fraction),
        interval(row.gain),
        row.today === "all"
          ? "today"
          : `${row.pastDays} d past${row.today === "past" ? "" : ", day-ahead prices"}`,
        row.revenueUsd.toFixed(2),
        row.energyUsd.toFixed(2),
        row.carbonKg.toFixed(1),
        percent(row.transferred, 1),
        percent(row.violated, 3),
        row.quality.toFixed(3),
        ...(isImages ? [row.steps.toFixed(1)] : []),
        row.batteryCycles.toFixed(2),
      ]),
    ).trimEnd(),
    "",
    "Money, CO2 and cycles are means a day. The gain is over the untrained constant of the same action",
    "layer, in points of the optimum. Intervals: bootstrap over paired days and seeds.",
  ];
  for (const repair of repairs) {
    const what = repair.rule === "unusable-request" ? "request" : "hour";
    lines.push(
      `repaired: ${repair.path}: ${repair.rule}, ${repair.count} ${what}${
        repair.count === 1 ? "" : "s"
      }`,
    );
  }
  for (const path of unchecked) lines.push(`read without a checksum: ${path}`);
  return lines.join("\n") + "\n";
}

function namedServing(config: RequestConfig, serving: Serving): unknown {
  const named = <T extends { site: number; server: number; jobClass: number }>(at: T) => ({
    ...at,
    site: config.sites[at.site]!.name,
    server: config.sites[at.site]!.servers[at.server]!.name,
    jobClass: config.classes[at.jobClass]!.name,
  });
  return {
    ...serving,
    points: serving.points.map(named),
    refused: serving.refused.map(named),
    idleW: Object.fromEntries(config.sites.map(({ name }, j) => [name, serving.idleW[j]])),
  };
}

function servingLines(config: RequestConfig, serving: Serving): string[] {
  const lines = config.classes.map(({ name, requests }, c) => {
    const { inputTokens, outputTokens, origin, left } = serving.classes[c]!;
    const lost = left.map(({ reason, count }) => `, ${count} ${reason} left out`).join("");
    return `${name}: ${inputTokens.toFixed(0)} prompt and ${
      outputTokens.toFixed(0)
    } output tokens on ` +
      `average (${requests.trace ?? "generated"}${
        origin === "published" ? ", published" : ""
      }${lost})`;
  });
  lines.push(
    "",
    textTable(
      [
        "site",
        "class",
        "server",
        "GPU s/request",
        "J/request",
        "requests/s",
        "batch",
        "p95 TTFT s",
        "p95 TPOT ms",
      ],
      serving.points.map((point) => {
        // Without bounds all requests come at once, so that latencies say nothing.
        const isBound = config.classes[point.jobClass]!.latency !== undefined;
        return [
          config.sites[point.site]!.name,
          config.classes[point.jobClass]!.name,
          config.sites[point.site]!.servers[point.server]!.name,
          digits(point.gpuS, 3),
          digits(point.energyJ, 3),
          digits(point.requestsPerS, 3),
          point.meanBatch.toFixed(1),
          digits(isBound ? point.ttftS : null, 3),
          digits(isBound ? 1000 * point.tpotS : null, 3),
        ];
      }),
    ).trimEnd(),
    "Time and energy of a request are modelled: one server of each kind replays the class's requests.",
  );
  for (const { site, server, jobClass, reason } of serving.refused) {
    const at = config.sites[site]!;
    lines.push(
      `not offered: ${config.classes[jobClass]!.name} on ${
        at.servers[server]!.name
      } at ${at.name}: ` +
        reason,
    );
  }
  for (const warning of serving.warnings) lines.push(`warning: ${warning}`);
  return lines;
}
