/** Anything that an input can hold, for property tests. */

import fc from "fast-check";
import type { ReadResult, ResultTable } from "../../lib/formats/format.ts";
import type { PowerSeries } from "../../lib/power/series.ts";
import { type RequestLog, requestLog } from "../../lib/requests/log.ts";
import { type Windows, windows } from "../../lib/requests/windows.ts";

const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x === 0 ? 0 : x);
const joules = finite.map(Math.abs);
const clock = fc.constantFrom("epoch", "local", "monotonic", "elapsed" as const);
const losses = fc.uniqueArray(
  fc.record({
    reason: fc.constantFrom("truncated-row", "not-available"),
    count: fc.integer({ min: 1, max: 9 }),
  }),
  { maxLength: 2, selector: ({ reason }) => reason },
);
const words = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom("", 'é, "x"\n', "\u2028"));

const seriesArb: fc.Arbitrary<PowerSeries> = fc.record({
  quantity: fc.constantFrom("power", "counter", "interval" as const),
  values: fc.array(joules, { maxLength: 12 }),
  clock,
  id: words,
  averagingS: fc.option(joules),
  dropped: losses,
}).map(({ quantity, values, clock, id, averagingS, dropped }): PowerSeries => {
  const timeS = Float64Array.from(values, (_value, i) => 1.7e9 + i / 3);
  const base = {
    device: { kind: "gpu" as const, id, uuid: `GPU-${id}` },
    clock,
    timeS,
    averagingS,
    source: {
      path: "a.csv",
      format: "x",
      column: id,
      sourceClock: clock,
      ...(values.length % 2 > 0 && { basis: "modelled" as const }),
    },
    dropped,
  };
  const column = Float64Array.from(values);
  return quantity === "power"
    ? { ...base, quantity, powerW: column, reading: "instant" }
    : quantity === "counter"
    ? {
      ...base,
      quantity,
      energyJ: column.sort(),
      ...(values.length > 2 && values.length % 3 > 0 &&
        { resetS: timeS.slice(1, 1 + values.length % 3) }),
    }
    : { ...base, quantity, intervalJ: column, durationS: column.map(() => 1 / 3) };
});

const requestsArb: fc.Arbitrary<RequestLog> = fc.record({
  rows: fc.array(
    fc.record({ at: finite, end: fc.oneof(finite, fc.constant(NaN)), ok: fc.boolean() }),
    {
      maxLength: 8,
    },
  ),
  cached: fc.boolean(),
  named: fc.boolean(),
  tokens: fc.boolean(),
  clock,
}).map(({ rows, cached, named, tokens, clock }) => {
  const offsets = new Uint32Array(rows.length + 1);
  for (let i = 0; i < rows.length; i++) offsets[i + 1] = offsets[i]! + i % 3;
  return requestLog({
    clock,
    submitS: Float64Array.from(rows, ({ at }) => at),
    endS: Float64Array.from(rows, ({ end }) => end),
    success: Uint8Array.from(rows, ({ ok }) => Number(ok)),
    cachedTokens: cached ? Float64Array.from(rows, (_row, i) => i) : null,
    replica: cached ? Uint16Array.from(rows, (_row, i) => i % 2) : null,
    replicas: cached ? ["a", "b"] : [],
    ids: named ? rows.map((_row, i) => `r${i}`) : null,
    tokenTimes: tokens
      ? { offsets, timeS: Float64Array.from({ length: offsets.at(-1)! }, (_unused, i) => i / 7) }
      : null,
    endOrigin: { kind: "derived", rule: "x" },
  });
});

const windowsArb: fc.Arbitrary<Windows> = fc.array(fc.tuple(words, joules), { maxLength: 6 }).map((
  rows,
) =>
  windows({
    names: rows.map(([name]) => name),
    startS: Float64Array.from(rows, ([, at]) => at),
    endS: Float64Array.from(rows, ([, at]) => at),
    reference: { column: "gpu0_energy", unit: "J" },
    referenceJ: Float64Array.from(rows, ([, at], i) => i % 2 === 0 ? at : NaN),
  })
);

const resultsArb: fc.Arbitrary<ResultTable> = fc.nat(5).chain((rows) =>
  fc.record({
    numbers: fc.array(fc.option(finite), { minLength: rows, maxLength: rows }),
    timeS: fc.array(fc.option(words), { minLength: rows, maxLength: rows }),
    mixed: fc.array(fc.oneof(finite, words, fc.constant(null)), {
      minLength: rows,
      maxLength: rows,
    }),
  })
).map((columns) => ({ name: "runs", columns, units: { numbers: "J" } }));

/** Results of reading, small. */
export const resultArb: fc.Arbitrary<ReadResult> = fc.record({
  path: words,
  format: fc.constant("x"),
  series: fc.array(seriesArb, { maxLength: 3 }),
  requests: fc.array(requestsArb, { maxLength: 2 }),
  windows: fc.array(windowsArb, { maxLength: 2 }),
  results: fc.array(resultsArb, { maxLength: 2 }),
  dropped: losses,
  notes: fc.array(words, { maxLength: 2 }),
}, { noNullPrototype: true });
