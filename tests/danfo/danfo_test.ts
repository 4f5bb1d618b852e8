/**
 * danfo.js is large and optional: these tests run with `deno task test:danfo`, on a lock file of
 * their own, and are skipped by name elsewhere.
 */

import assert from "node:assert/strict";
import { table } from "arquero";
import {
  type DataFrame,
  fromDanfo,
  loadDanfo,
  requestsFromDanfo,
  toDanfo,
} from "../../lib/danfo/mod.ts";
import { InputError } from "../../lib/errors.ts";
import { sampledPower } from "../../lib/power/mod.ts";
import { requestLog } from "../../lib/requests/mod.ts";

/** The methods of danfo.js that the tests use. */
interface Frame extends DataFrame {
  readonly [column: string]: unknown;
  query(condition: unknown): Frame;
  sortValues(by: string, options: { ascending: boolean }): Frame;
  groupby(by: readonly string[]): { col(names: readonly string[]): { sum(): Frame } };
}

interface Column {
  gt(bound: number): unknown;
  sum(): number;
}

function danfoTest(name: string, body: () => Promise<void>): void {
  const wanted = Deno.env.get("JOULEBOOK_DANFO") === "1";
  Deno.test({
    name: wanted ? name : `${name} (needs deno task test:danfo)`,
    ignore: !wanted,
    fn: body,
  });
}

const log = requestLog({
  submitS: Float64Array.of(1.7e9 + 0.123456, 1.7e9 + 1.5, 1.7e9 + 2),
  firstTokenS: Float64Array.of(1.7e9 + 0.2, 1.7e9 + 1.75, NaN),
  endS: Float64Array.of(1.7e9 + 0.4, 1.7e9 + 2.25, NaN),
  inputTokens: Float64Array.of(10, 20, 30),
  outputTokens: Float64Array.of(2, 3, NaN),
  success: Uint8Array.of(1, 1, 0),
  replica: Uint16Array.of(0, 1, 0),
  replicas: ["a", "b"],
  ids: ["x", "y", "z"],
  tokenTimes: {
    offsets: Uint32Array.of(0, 2, 5, 5),
    timeS: Float64Array.of(0.2, 0.4, 1.75, 2, 2.25).map((timeS) => timeS + 1.7e9),
  },
});

danfoTest("a log becomes a data frame without losing a digit", async () => {
  const frame = await toDanfo(log);
  assert.deepEqual(frame.shape, [3, 8]);
  assert.deepEqual((frame.values as unknown[][])[0], [
    "x",
    1.7e9 + 0.123456,
    1.7e9 + 0.2,
    1.7e9 + 0.4,
    10,
    2,
    true,
    "a",
  ]);
  assert.deepEqual((frame.values as unknown[][])[2]!.slice(2, 4), [NaN, NaN]);
});

danfoTest("a data frame of a log that was filtered and sorted is a log again", async () => {
  const frame = await toDanfo<Frame>(log);
  const kept = frame.query((frame["inputTokens"] as Column).gt(10))
    .sortValues("submitS", { ascending: false });
  const back = requestsFromDanfo(kept, log);
  assert.deepEqual([...back.submitS], [1.7e9 + 2, 1.7e9 + 1.5]);
  assert.deepEqual(back.ids, ["z", "y"]);
  assert.deepEqual([...back.replica!], [0, 1]);
  assert.deepEqual([...back.success], [0, 1]);
  assert.deepEqual([...back.tokenTimes!.offsets], [0, 0, 3]);
  assert.equal(back.tokenTimes!.timeS[2], 1.7e9 + 2.25);
});

danfoTest("a data frame with a row of its own is refused as a log", async () => {
  const { DataFrame } = await loadDanfo();
  const frame = new DataFrame([[1], [2], [3], [4]], { columns: ["submitS"] });
  assert.throws(() => requestsFromDanfo(frame, log), (error) => {
    assert.ok(error instanceof InputError);
    assert.match(error.message, /row labels from 0 to 2/);
    return true;
  });
});

danfoTest(
  "Arquero tables go there and come back, filters applied, missing values kept",
  async () => {
    const source = table({
      model: ["8b", "70b", "8b", null],
      energyJ: Float64Array.of(1.5, 40, NaN, 3),
    });
    const kept = source.filter((d: { energyJ: number }) => d.energyJ !== 40);
    const back = fromDanfo(await toDanfo(kept));
    assert.deepEqual(back.columnNames(), ["model", "energyJ"]);
    assert.deepEqual(back.array("model"), ["8b", "8b", null]);
    assert.deepEqual([...back.array("energyJ") as Float64Array], [1.5, NaN, 3]);
  },
);

danfoTest("danfo.js groups what Joulebook gave it", async () => {
  const frame = await toDanfo<Frame>([
    { phase: "prefill", energyJ: 2 },
    { phase: "decode", energyJ: 5 },
    { phase: "decode", energyJ: 7 },
  ]);
  const sums = fromDanfo(frame.groupby(["phase"]).col(["energyJ"]).sum());
  assert.deepEqual(sums.array("phase"), ["prefill", "decode"]);
  assert.deepEqual([...sums.array("energyJ_sum") as Float64Array], [2, 12]);
});

danfoTest("a power series, an empty table and integers beyond a number's reach", async () => {
  const series = sampledPower({ timeS: Float64Array.of(0, 1), powerW: Float64Array.of(80, 90.5) });
  const frame = await toDanfo<Frame>(series);
  assert.equal((frame["powerW"] as Column).sum(), 170.5);
  const empty = await toDanfo({ energyJ: [], model: [] });
  assert.deepEqual(empty.shape, [0, 2]);
  assert.equal(fromDanfo(empty).numRows(), 0);
  const large = await toDanfo([{ ns: 2n ** 60n + 1n, count: 7n }]);
  assert.deepEqual((large.values as unknown[][])[0], ["1152921504606846977", 7]);
});

Deno.test("what was changed in a frame is in the log again, cached tokens and success with it", () => {
  const cached = requestLog({ ...log, cachedTokens: Float64Array.of(1, 2, 3) });
  const frame = {
    shape: [2, 3],
    columns: ["outputTokens", "cachedTokens", "success"],
    index: [2, 0],
    values: [[7, 0, true], [2, null, false]],
  };
  const back = requestsFromDanfo(frame, cached);
  assert.deepEqual([...back.outputTokens], [7, 2]);
  assert.deepEqual([...back.cachedTokens!], [0, NaN]);
  assert.deepEqual([...back.success], [1, 0]);
  assert.deepEqual(back.ids, ["z", "x"]);
});
