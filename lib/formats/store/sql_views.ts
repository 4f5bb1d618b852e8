import { join } from "node:path";
import type { StoreFile, StoreSource } from "./manifest.ts";
import type { Store, StoredSeries, WithFiles } from "./open_store.ts";
import type { ResultsPart } from "../flat_parts.ts";
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
      title: "the same by hour; a step over the hour is divided",
      sql: joulesByHour,
    },
    ...(results.some(({ one }) => one.name === attributionTable)
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

/** Name of the table of results that `attribute --save` writes. */
export const attributionTable = "attribution";

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

const energySteps = `create view energy_steps as
select p.host, p.device, p.column_name, t0 as startS, t1 as endS, w0 as startW, w1 as endW,
  (t1 - t0) * (w0 + w1) / 2 as energyJ
from (
  select host, device, column_name, timeS as t1, powerW as w1, lag(timeS) over s as t0,
    lag(powerW) over s as w0
  from power window s as (partition by host, device, column_name order by timeS)
) p join series s on s.device = p.device and s.column_name = p.column_name
  and s.host is not distinct from p.host and s.quantity = 'power'
where t1 - t0 <= maxGapS
union all by name
select c.host, c.device, c.column_name, t0 as startS, t1 as endS, (j1 - j0) / (t1 - t0) as startW,
  (j1 - j0) / (t1 - t0) as endW, j1 - j0 as energyJ
from (
  select host, device, column_name, timeS as t1, energyJ as j1, lag(timeS) over s as t0,
    lag(energyJ) over s as j0
  from counter window s as (partition by host, device, column_name order by timeS)
) c
where t0 is not null and j1 >= j0 and not exists (
  select 1 from counter_restarts r where r.device = c.device and r.column_name = c.column_name
    and r.host is not distinct from c.host and r.timeS = c.t1)
union all by name
select host, device, column_name, timeS - durationS as startS, timeS as endS,
  intervalJ / durationS as startW, intervalJ / durationS as endW, intervalJ as energyJ
from interval`;

const joulesByDevice = `create view joules_by_device as
select host, device, column_name, sum(energyJ) as energyJ, sum(endS - startS) as coveredS,
  sum(energyJ) / sum(endS - startS) as meanW, min(startS) as startS, max(endS) as endS
from energy_steps group by all order by all`;

const joulesByHour = `create view joules_by_hour as
select host, device, column_name, make_timestamp((hour * 3600000000)::bigint) as hour,
  sum((b - a) * (startW + (endW - startW) * ((a + b) / 2 - startS) / (endS - startS))) as energyJ,
  sum(b - a) as coveredS
from (
  select *, greatest(startS, hour * 3600) as a, least(endS, (hour + 1) * 3600) as b
  from (select *, unnest(range(floor(startS / 3600)::bigint, ceil(endS / 3600)::bigint)) as hour
    from energy_steps)
) group by host, device, column_name, hour order by all`;

const joulesByModel = `create view joules_by_model as
select model, count(*) as requests, count(energyJ) as attributed, sum(energyJ) as energyJ,
  sum(prefillJ) as prefillJ, sum(decodeJ) as decodeJ,
  sum(inputTokens) filter (energyJ is not null) as inputTokens,
  sum(outputTokens) filter (energyJ is not null) as outputTokens,
  sum(energyJ) / sum(outputTokens) filter (energyJ is not null) as joulesPerOutputToken
from (select model, request, submitS, inputTokens, outputTokens from requests) r
  join (select request, startS as submitS, energyJ, prefillJ, decodeJ
    from results_${attributionTable}) a using (request, submitS)
group by model order by model`;

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
