import { viewOf } from "../notebook/table_source.ts";
import type { WindowEnergy } from "../attribution/windows.ts";
import type { PageTable } from "./encode.ts";
import type { Headline } from "./headline.ts";
import type { Spread } from "./distributions.ts";
import type { Column, Layer, RowsData } from "./page/data.ts";
import type { Report } from "./report.ts";
import type { PageTrace } from "./trace.ts";

/** Rows of a page, and the areas that they make in the figure of power. */
export interface PageRows {
  /** What the page is told of them. */
  readonly rows: Pick<RowsData, "table" | "noun">;
  /** Areas from below. */
  readonly layers: readonly Layer[];
  /** The columns. */
  readonly columns: Readonly<Record<string, Column>>;
}

/** The requests or windows of a report as columns; null when it has neither. */
export function rowsOf(report: Report): PageRows | null {
  return requestRows(report) ?? windowRows(report);
}

function requestRows({ requests }: Report): PageRows | null {
  if (requests === null) return null;
  const { log, energies, workFromS } = requests;
  const n = log.submitS.length;
  const none = new Float64Array(n).fill(NaN);
  const unsplitJ = energies?.energyJ.map((joules, i) =>
    Number.isNaN(energies.prefillJ[i]!) ? joules : NaN
  );
  const hasUnsplit = unsplitJ?.some((joules) => !Number.isNaN(joules)) === true;
  const columns: Record<string, Column> = {
    name: log.ids ?? Array.from({ length: n }, (_, i) => String(i)),
    startS: log.submitS,
    firstTokenS: log.firstTokenS,
    endS: log.endS,
    ...(workFromS !== undefined && { workFromS }),
    inputTokens: log.inputTokens,
    outputTokens: log.outputTokens,
    success: Float64Array.from(log.success),
    energyJ: energies?.energyJ ?? none,
    ...(energies !== null && {
      lowJ: energies.lowJ,
      highJ: energies.highJ,
      prefillJ: energies.prefillJ,
      decodeJ: energies.decodeJ,
      ...(hasUnsplit && { unsplitJ: unsplitJ! }),
      reason: energies.reasons.map((reason, i) =>
        reason ?? (log.success[i] === 0 ? "failed-request" : null)
      ),
    }),
  };
  // A request that waits is in flight, but takes no energy yet.
  const start = workFromS === undefined
    ? { from: "startS" }
    : { from: "workFromS", inFlightFrom: "startS" };
  const layers: Layer[] = energies === null ? [] : [
    { name: "decode", colour: 0, from: "firstTokenS", to: "endS", energyJ: "decodeJ" },
    { name: "prefill", colour: 1, ...start, to: "firstTokenS", energyJ: "prefillJ" },
    ...(hasUnsplit
      ? [{ name: "not split", colour: 3, ...start, to: "endS", energyJ: "unsplitJ" }]
      : []),
  ];
  return { rows: { table: "requests", noun: "request" }, layers, columns };
}

/** Most names of windows that have an area of their own. */
const mostNames = 5;

function windowRows({ windows }: Report): PageRows | null {
  if (windows === null) return null;
  const names = [...new Set(windows.map(({ name }) => name))];
  const areApart = names.length <= mostNames;
  const kinds = areApart ? names : ["in a window"];
  const numbers = (of: (window: WindowEnergy) => number | null): Float64Array =>
    Float64Array.from(windows, (window) => of(window) ?? NaN);
  return {
    rows: { table: "windows", noun: "window" },
    layers: kinds.map((kind, i) => ({
      name: kind,
      colour: i,
      from: "startS",
      to: "endS",
      energyJ: "energyJ",
      where: { column: "phase", is: kind },
    })),
    columns: {
      name: windows.map(({ name }) => name),
      phase: windows.map(({ name }) => areApart ? name : kinds[0]!),
      startS: numbers(({ startS }) => startS),
      endS: numbers(({ endS }) => endS),
      energyJ: numbers(({ energyJ }) => energyJ),
      lowJ: numbers(({ lowJ }) => lowJ),
      highJ: numbers(({ highJ }) => highJ),
      referenceJ: numbers(({ referenceJ }) => referenceJ),
      samples: numbers(({ samples }) => samples),
      reason: windows.map(({ reason }) => reason),
    },
  };
}

/** A table that can be saved, and what its button says. */
export interface Download extends PageTable {
  /** What it holds. */
  readonly title: string;
}

/** Everything that can be saved from a page. */
export function downloadsOf(
  name: string,
  report: Report,
  trace: PageTrace | null,
  rows: PageRows | null,
  numbers: readonly Headline[],
  spreads: readonly Spread[],
): Download[] {
  const table = (id: string, title: string, columns: Record<string, Column>): Download[] =>
    (Object.values(columns)[0]?.length ?? 0) === 0
      ? []
      : [{ id, title, file: `${name}-${id}.csv`, columns }];
  const figures = (of: (spread: Spread) => number | null): Float64Array =>
    Float64Array.from(spreads, (spread) => of(spread) ?? NaN);
  const percentile = (p: string): Float64Array =>
    figures(({ distribution }) => distribution.percentiles[p] ?? null);
  const findings = report.findings ?? [];
  const dropped = droppedOf(report);
  return [
    ...table("numbers", "The numbers at the top", {
      number: numbers.map(({ label }) => label),
      value: Float64Array.from(numbers, ({ value }) => value ?? NaN),
      low: Float64Array.from(numbers, ({ low }) => low ?? NaN),
      high: Float64Array.from(numbers, ({ high }) => high ?? NaN),
      unit: numbers.map(({ unit }) => unit),
      origin: numbers.map(({ origin }) => origin),
      remark: numbers.map(({ remark }) => remark),
    }),
    ...(trace === null
      ? []
      : table("power", "Power over time", { timeS: trace.timeS, powerW: trace.powerW })),
    ...(rows === null ? [] : table(
      rows.rows.table,
      rows.rows.table === "requests" ? "Requests" : "Windows",
      rows.columns,
    )),
    ...report.tables.flatMap(({ id, title, rows }) => table(id, title, columnsOf(viewOf(rows)))),
    ...table("distributions", "Distributions", {
      quantity: spreads.map(({ label }) => label),
      unit: spreads.map(({ unit }) => unit),
      count: figures(({ distribution }) => distribution.count),
      mean: figures(({ distribution }) => distribution.mean),
      min: figures(({ distribution }) => distribution.min),
      p5: percentile("p5"),
      p50: percentile("p50"),
      p90: percentile("p90"),
      p95: percentile("p95"),
      p99: percentile("p99"),
      max: figures(({ distribution }) => distribution.max),
    }),
    ...table("findings", "Findings of the linter", {
      severity: findings.map(({ severity }) => severity),
      rule: findings.map(({ rule }) => rule),
      where: findings.map(({ where }) => where),
      message: findings.map(({ message }) => message),
      expected: findings.map(({ expected }) => expected),
      found: findings.map(({ found }) => found),
    }),
    ...table("files", "Files and checksums", {
      path: report.files.map(({ path }) => path),
      role: report.files.map(({ role }) => role),
      format: report.files.map(({ format }) => format),
      bytes: Float64Array.from(report.files, ({ bytes }) => bytes ?? NaN),
      sha256: report.files.map(({ sha256 }) => sha256),
    }),
    ...table("dropped", "What was left out", {
      reason: dropped.map(({ reason }) => reason),
      count: Float64Array.from(dropped, ({ count }) => count),
    }),
  ];
}

/** What was left out on the way, by reason, the most first. */
export function droppedOf(report: Report): { reason: string; count: number }[] {
  const byReason = new Map<string, number>();
  const losses = report.facts?.dropped ?? [
    ...report.devices.flatMap(({ dropped }) => dropped),
    ...(report.requests?.log.dropped ?? []),
  ];
  for (const { reason, count } of losses) {
    byReason.set(reason, (byReason.get(reason) ?? 0) + count);
  }
  return [...byReason].map(([reason, count]) => ({ reason, count }))
    .sort((a, b) => b.count - a.count);
}

/** Columns of any table: numbers where all values are, else texts. */
function columnsOf(view: ReturnType<typeof viewOf>): Record<string, Column> {
  return Object.fromEntries(view.names.map((name) => {
    const values = Array.from({ length: view.rows }, (_, row) => view.value(name, row) ?? null);
    const isNumeric = values.every((value) => value === null || typeof value === "number") &&
      values.some((value) => value !== null);
    const column: Column = isNumeric
      ? Float64Array.from(values, (value) => value === null ? NaN : value as number)
      : values.map((value) => value === null ? null : String(value));
    return [name, column];
  }));
}
