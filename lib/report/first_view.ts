import { encodeTable } from "./encode.ts";
import { cumulate } from "./page/cumulate.ts";
import type { Column, FirstView, PageData, StoredTable } from "./page/data.ts";
import { orderRows } from "./page/pick_rows.ts";
import { type OpenLayer, openLayer, powerView } from "./page/power_view.ts";
import type { PageRows } from "./tables.ts";
import type { PageTrace } from "./trace.ts";

/** Bins of the figure of power at first: about one for each pixel of its plot on a wide screen. */
const firstBins = 700;
/** Rows that are shown at a time. */
const rowsAtATime = 40;

/** The figure of power over the whole span, so that a page opens without reading its tables. */
export function firstView(
  trace: PageTrace | null,
  rows: PageRows | null,
  { startS, endS }: PageData["time"],
  idleW: number,
): FirstView {
  const open = trace === null
    ? null
    : { ...trace, sumsJ: cumulate(trace.timeS, trace.powerW, trace.shape, trace.maxGapS) };
  const view = powerView(
    open,
    rows === null ? [] : openLayers(rows),
    idleW,
    startS,
    endS,
    firstBins,
  );
  const { timeS, idleW: idle, layersW, restW, inFlight, readings } = view;
  return {
    timeS: Array.from(timeS),
    idleW: drawn(idle),
    layersW: layersW.map(drawn),
    restW: drawn(restW),
    inFlight: inFlight.map(drawn),
    readings: {
      timeS: Array.from(readings.timeS),
      powerW: Array.from(readings.powerW, (watts) => Number.isNaN(watts) ? null : watts),
    },
  };
}

function openLayers({ layers, columns }: PageRows): OpenLayer[] {
  return layers.map(({ name, from, to, energyJ, where, inFlightFrom }) =>
    openLayer(
      name,
      columns[from] as Float64Array,
      columns[to] as Float64Array,
      columns[energyJ] as Float64Array,
      where === undefined ? null : columns[where.column]!,
      where?.is ?? "",
      columns[inFlightFrom ?? from] as Float64Array,
    )
  );
}

/** Enough digits for a screen. */
function drawn(column: ArrayLike<number>): number[] {
  return Array.from(column, (value) => Number(value.toPrecision(6)));
}

/** The first rows by start. */
export function firstRows({ columns }: PageRows): StoredTable {
  const order = orderRows(columns["startS"] as Float64Array, false).subarray(0, rowsAtATime);
  const first = Object.entries(columns).map(([name, column]): [string, Column] => [
    name,
    column instanceof Float64Array
      ? Float64Array.from(order, (row) => column[row]!)
      : Array.from(order, (row) => column[row] ?? null),
  ]);
  return encodeTable({ id: "first", file: "", columns: Object.fromEntries(first) });
}
