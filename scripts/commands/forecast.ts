/** `joulebook forecast`: energy, cost, carbon and water of a traffic mix over months. */

import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { InputError } from "../../lib/errors.ts";
import {
  type Figure,
  forecast,
  type ForecastFigures,
  forecastSeries,
  parseForecastConfig,
  parseRateSeries,
  type RateSeries,
  type Scenario,
} from "../../lib/metrics/mod.ts";
import { type Command, type CommandIo, printJson, UsageError } from "../command.ts";
import { textTable } from "../text_table.ts";
import { digits } from "../units.ts";

/** The command. */
export const command: Command = {
  name: "forecast",
  summary: "energy, cost, carbon and water of a traffic mix over months",
  usage: `joulebook forecast CONFIG [--json]

  CONFIG   a YAML file: classes of requests with their joules, traffic, PUE, carbon, tariff,
           demand charge, hardware and what-if alternatives; datasets/example/forecast.yaml
           explains every key
  --json   one JSON document: months[], total, classes[], perRequest, inputs[], notices[],
           alternatives[] (the same, and differences[])

Tables of prices or carbon that CONFIG names are read relative to it. Brackets hold nominal 90 %
intervals. Exit status 1 when CONFIG or a table cannot be used; the message names the line.`,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { json: { type: "boolean" } },
    });
    const [path, ...rest] = positionals;
    if (path === undefined || rest.length > 0) throw new UsageError("name one configuration");
    const config = parseForecastConfig(textOf(path), path);
    const series = new Map<string, RateSeries>();
    for (const { key, kind, currency, series: { file, ...columns } } of forecastSeries(config)) {
      const { time, value, unit, zone } = columns;
      const table = resolve(dirname(path), file);
      series.set(
        key,
        await parseRateSeries(textOf(table), {
          path: file,
          time,
          value,
          unit,
          kind,
          currency,
          ...(zone !== undefined && { zone }),
        }),
      );
    }
    const result = forecast(config, { series });
    if (values.json === true) {
      printJson(io, result);
      return 0;
    }
    io.out(
      `${result.name}\n${result.zone}, ${result.currency}; interval: ${result.method.interval}`,
    );
    io.out(
      result.method.draws > 0 ? `, ${result.method.draws} draws, seed ${result.method.seed}` : "",
    );
    io.out("\n\n");
    print(io, result, result.currency);
    for (const alternative of result.alternatives) {
      io.out(`what if: ${alternative.name}\n`);
      io.out(textTable(
        ["", "alternative", "difference", ""],
        alternative.differences.filter(({ metric }) => labels[metric] !== undefined).map((
          { metric, change, relative },
        ) => [
          `${labels[metric]} ${change.unit}`,
          amount(alternative.total[metric]),
          amount(change),
          relative === null ? "" : `${relative > 0 ? "+" : ""}${(relative * 100).toFixed(1)} %`,
        ]),
        { indent: 2 },
      ));
      notices(io, alternative, new Set(result.notices.map(({ message }) => message)));
      io.out("\n");
    }
    return 0;
  },
};

const labels: Partial<Record<keyof ForecastFigures, string>> = {
  facilityKwh: "facility energy",
  energyCost: "energy cost",
  demandCost: "demand charge",
  hardwareCost: "hardware",
  totalCost: "all costs",
  carbonKg: "carbon",
  siteWaterL: "site water",
  gridWaterL: "grid water",
  peakKw: "peak",
};

function print(io: CommandIo, scenario: Scenario, currency: string): void {
  const columns = ["facilityKwh", "totalCost", "carbonKg", "peakKw"] as const;
  const known = columns.filter((metric) => scenario.total[metric].value !== null);
  const heads = { facilityKwh: "facility kWh", totalCost: currency, carbonKg: "carbon kg" };
  const row = (name: string, hours: string, figures: ForecastFigures): string[] => [
    name,
    hours,
    figures.requests.value!.toFixed(0),
    ...known.map((metric) => amount(figures[metric])),
  ];
  io.out(textTable(
    [
      "month",
      "hours",
      "requests",
      ...known.map((metric) => ({ ...heads, peakKw: "peak kW" })[metric]),
    ],
    [
      ...scenario.months.map((month) => row(month.month, digits(month.hours, 4), month)),
      row("total", "", scenario.total),
    ],
    { indent: 2, ruleBefore: [scenario.months.length] },
  ));
  const { total, perRequest } = scenario;
  const lines = [
    ["requests", total.requests],
    ["energy of the nodes", total.itKwh],
    ["energy cost", total.energyCost],
    ["demand charge", total.demandCost],
    ["hardware", total.hardwareCost],
    ["site water", total.siteWaterL],
    ["grid water", total.gridWaterL],
    ["energy of a request", perRequest.facilityWh],
    ["cost of a request", perRequest.totalCost],
    ["carbon of a request", perRequest.carbonG],
  ] as const;
  io.out("\n");
  for (const [label, figure] of lines) {
    if (figure.value !== null) {
      const unit = label === "requests" ? "" : ` ${figure.unit}`;
      io.out(`  ${label.padEnd(20)} ${amount(figure)}${unit}\n`);
    }
  }
  const shares = scenario.classes.map(({ name, share }) =>
    `${name} ${share === null ? "–" : `${(share * 100).toFixed(1)} %`}`
  );
  io.out(`  ${"energy by class".padEnd(20)} ${shares.join(", ")}\n`);
  io.out(`  ${"basis".padEnd(20)} ${total.facilityKwh.basis} (the weakest of the inputs)\n`);
  notices(io, scenario, new Set());
  io.out("\n");
}

function notices(io: CommandIo, scenario: Scenario, said: ReadonlySet<string>): void {
  for (const { message } of scenario.notices) {
    if (!said.has(message)) io.out(`  note: ${message}\n`);
  }
}

function amount({ value, low, high }: Figure): string {
  const plain = digits(value, 4);
  return low === null || high === null || low === high
    ? plain
    : `${plain} [${digits(low, 4)}, ${digits(high, 4)}]`;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new InputError({
      code: (cause as { code?: string }).code === "ENOENT" ? "not-found" : "unreadable",
      path,
      problem: "the file cannot be read",
      found: (cause as Error).message,
      cause,
    });
  }
}
