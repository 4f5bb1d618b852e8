import { join } from "node:path";
import type { StoreFile, StoreSource } from "./manifest.ts";
import type { Store, StoredSeries, WithFiles } from "./open_store.ts";
import type { ResultsPart } from "../flat_parts.ts";
import {
  attributionName,
  energySteps,
  joulesByDevice,
  joulesByHour,
  joulesByModel,
} from "./sql_energy.ts";
import { seriesColumns } from "../series_columns.ts";

/** A view or table that SQL over stores finds ready. */
export interface SqlView {
  /** Its name. */
  readonly name: string;
  /** What it holds, one line. */
  readonly title: string;
  /** The statement that makes it. */
  readonly sql: string;
}

/** Columns that the folders' names give. */
const seriesKeys: Readonly<Record<string, string>> = {
  host: "varchar",
  device: "varchar",
  column: "varchar",
  day: "date",
};

const requestValues: Readonly<Record<string, string>> = {
  row: "integer",
  submitS: "double",
  firstTokenS: "double",
  endS: "double",
  inputTokens: "double",
  outputTokens: "double",
  cachedTokens: "double",
  success: "integer",
  id: "varchar",
};

/**
 * The views that SQL over stores finds ready, in the order in which they must be made.
 *
 * @param stores The stores.
 * @return The views.
 */
export function sqlViews(stores: readonly Store[]): SqlView[] {
  const series = stores.flatMap((store) => store.series.map((one) => ({ store, one })));
  const results = stores.flatMap((store) => store.results.map((one) => ({ store, one })));
  return [
    {
      name: "series",
      title: "one row a power series: host, device, column_name, quantity, clock, step, rows, ...",
      sql: seriesTable(series),
    },
    {
      name: "counter_restarts",
      title: "readings before which a counter started over: the energy of that step is not known",
      sql: restartsTable(series),
    },
    ...(["power", "counter", "interval"] as const).map((quantity) => ({
      name: quantity,
      title: `readings: host, device, column_name, day, ${seriesColumns(quantity).join(", ")}`,
      sql: seriesView(
        quantity,
        series.flatMap(({ store, one }) =>
          one.quantity === quantity ? paths(store, one.files) : []
        ),
      ),
    })),
    {
      name: "requests",
      title: "requests: model, replica, day, request, submitS, firstTokenS, endS, inputTokens, ...",
      sql: requestsView(stores),
    },
    ...resultViews(results),
    {
      name: "energy_steps",
      title:
        "energy between successive readings, without gaps: startS, endS, startW, endW, energyJ",
      sql: energySteps,
    },
    {
      name: "joules_by_device",
      title: "energy, covered time and mean power of each device and column",
      sql: joulesByDevice,
    },
    {
      name: "joules_by_hour",
      title: "the same by hour of the readings' own clock; a step over the hour is divided",
      sql: joulesByHour,
    },
    ...(results.some(({ one }) => one.name === attributionName)
      ? [{
        name: "joules_by_model",
        title: "attributed energy, tokens and joules a token of each model",
        sql: joulesByModel,
      }]
      : []),
    {
      name: "sources",
      title: "what was converted: path, format, losses",
      sql: sourcesTable(stores.flatMap(({ sources }) => sources)),
    },
  ];
}

function paths(store: Store, files: readonly StoreFile[]): string[] {
  return files.map(({ path }) => join(store.dir, path));
}

function text(value: string | null | undefined): string {
  return value === null || value === undefined ? "null" : `'${value.replaceAll("'", "''")}'`;
}

function number(value: number | null): string {
  return value === null || !Number.isFinite(value) ? "null" : `${value}::double`;
}

function name(value: string): string {
  return `"${value.replaceAll('"', '""')}"`;
}

function fileList(files: readonly string[]): string {
  return `[${files.map(text).join(", ")}]`;
}

/** A table of rows, or an empty one of the same columns. */
function tableOf(
  table: string,
  columns: Readonly<Record<string, string>>,
  rows: readonly (readonly string[])[],
): string {
  const declared = Object.entries(columns).map(([column, type]) => `${name(column)} ${type}`);
  const create = `create table ${table} (${declared.join(", ")})`;
  if (rows.length === 0) return create;
  return `${create}; insert into ${table} values ${
    rows.map((row) => `(${row.join(", ")})`).join(", ")
  }`;
}

function seriesTable(
  series: readonly { readonly store: Store; readonly one: StoredSeries }[],
): string {
  return tableOf(
    "series",
    {
      host: "varchar",
      device: "varchar",
      column_name: "varchar",
      kind: "varchar",
      name: "varchar",
      quantity: "varchar",
      reading: "varchar",
      basis: "varchar",
      clock: "varchar",
      averagingS: "double",
      stepS: "double",
      maxGapS: "double",
      rows: "bigint",
      startS: "double",
      endS: "double",
      bytes: "bigint",
      lost: "bigint",
    },
    series.map(({ one }) => [
      text(one.device.host),
      text(one.device.id),
      text(one.column),
      text(one.device.kind),
      text(one.device.name),
      text(one.quantity),
      text(one.reading),
      text(one.source.basis ?? "measured"),
      text(one.clock),
      number(one.averagingS),
      number(one.stepS),
      // The rule of createIntegrator: longer steps are not bridged.
      number(Math.max(1, 5 * (one.stepS || 0))),
      String(one.rows),
      number(one.startS),
      number(one.endS),
      String(one.bytes),
      String(
        one.parts.flatMap(({ dropped }) => dropped).reduce((sum, { count }) => sum + count, 0),
      ),
    ]),
  );
}

function restartsTable(
  series: readonly { readonly store: Store; readonly one: StoredSeries }[],
): string {
  return tableOf(
    "counter_restarts",
    { host: "varchar", device: "varchar", column_name: "varchar", timeS: "double" },
    series.flatMap(({ one }) =>
      one.parts.flatMap(({ resetS = [] }) =>
        resetS.map((at) => [
          text(one.device.host),
          text(one.device.id),
          text(one.column),
          number(at),
        ])
      )
    ),
  );
}

function seriesView(quantity: StoredSeries["quantity"], files: readonly string[]): string {
  const values = seriesColumns(quantity);
  const keys = `host, device, "column" as column_name, day`;
  if (files.length === 0) {
    const empty = [
      ...Object.entries(seriesKeys).map(([key, type]) => `null::${type} as "${key}"`),
      ...values.map((value) => `null::double as ${value}`),
    ];
    return `create view ${quantity} as select ${keys}, ${values.join(", ")} ` +
      `from (select ${empty.join(", ")}) where false`;
  }
  return `create view ${quantity} as select ${keys}, ${values.join(", ")} from read_parquet(` +
    `${fileList(files)}, hive_partitioning = true, ${hiveTypes(seriesKeys)})`;
}

function hiveTypes(keys: Readonly<Record<string, string>>): string {
  return `hive_types = {${
    Object.entries(keys).map(([key, type]) => `'${key}': ${type}`).join(", ")
  }}`;
}

function requestsView(stores: readonly Store[]): string {
  const files = stores.flatMap((store) =>
    store.requests.flatMap((part) => paths(store, part.files))
  );
  const columns = Object.keys(requestValues).map(name).join(", ");
  // The name that readStoredRequests gives to a request without one.
  const request =
    `coalesce(id, regexp_extract(filename, '([^/]*)-[0-9]+[.]parquet$', 1) || ':' || row)`;
  if (files.length === 0) {
    const empty = Object.entries(requestValues).map(([key, type]) => `null::${type} as "${key}"`);
    return `create view requests as select null::varchar as model, null::varchar as replica, null::date as day, ` +
      `null::varchar as request, ${columns} from (select ${empty.join(", ")}) where false`;
  }
  return `create view requests as select model, replica, day, ${request} as request, ${columns} ` +
    `from read_parquet(${fileList(files)}, hive_partitioning = true, filename = true, ` +
    `union_by_name = true, ${hiveTypes({ model: "varchar", replica: "varchar", day: "date" })})`;
}

function resultViews(
  results: readonly { readonly store: Store; readonly one: WithFiles<ResultsPart> }[],
): SqlView[] {
  const byName = new Map<string, string[]>();
  for (const { store, one } of results) {
    if (one.files.length === 0) continue;
    byName.set(one.name, [...byName.get(one.name) ?? [], ...paths(store, one.files)]);
  }
  return [...byName].map(([table, files]) => {
    const view = `results_${table.toLowerCase().replace(/[^a-z0-9]+/g, "_")}`;
    return {
      name: view,
      title: `table of results: ${table}`,
      sql: `create view ${name(view)} as select * from read_parquet(${fileList(files)}, ` +
        "hive_partitioning = false, union_by_name = true)",
    };
  });
}

function sourcesTable(sources: readonly StoreSource[]): string {
  return tableOf(
    "sources",
    { id: "varchar", path: "varchar", format: "varchar", lost: "bigint", notes: "varchar" },
    sources.map(({ id, path, format, dropped, notes }) => [
      text(id),
      text(path),
      text(format),
      String(dropped.reduce((sum, { count }) => sum + count, 0)),
      text(notes.join(" ")),
    ]),
  );
}
