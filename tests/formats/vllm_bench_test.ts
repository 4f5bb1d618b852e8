import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { readInput } from "../../lib/formats/read.ts";
import { sourceOf } from "../../lib/formats/source.ts";

const run = {
  input_lens: [10, 20],
  output_lens: [4, 2],
  ttfts: [0.5, 0.25],
  itls: [[0.125, 0.25, 0.125], [0.5]],
  request_timestamps: [1767323045.5, 1767323046],
};
const read = async (value: unknown) =>
  (await readInput(sourceOf(JSON.stringify(value), "run.json"))).requests[0]!;

Deno.test("token times begin with the first token and end with the request", async () => {
  const log = await read(run);
  assert.deepEqual([...log.tokenTimes!.offsets], [0, 4, 6]);
  assert.deepEqual(
    [...log.tokenTimes!.timeS].map((time) => time - 1767323046),
    [0, 0.125, 0.375, 0.5, 0.25, 0.75],
  );
  assert.deepEqual([...log.endS].map((time) => time - 1767323046), [0.5, 0.75]);
  assert.equal(log.endOrigin.kind, "derived");
});

Deno.test("the keys of a run may come in any order", async () => {
  const { itls, request_timestamps, ...rest } = run;
  assert.deepEqual(
    (await read({ request_timestamps, itls, ...rest })).tokenTimes,
    (await read(run)).tokenTimes,
  );
});

Deno.test("a compressed run reads as the plain one does", async () => {
  const path = await Deno.makeTempFile({ suffix: ".json.gz" });
  try {
    await Deno.writeFile(path, gzipSync(JSON.stringify(run)));
    const { requests: [log] } = await readInput(path);
    assert.deepEqual(log!.endS, (await read(run)).endS);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("a failed request keeps its place but no times", async () => {
  const log = await read({ ...run, errors: ["", "timeout"] });
  assert.deepEqual([...log.success], [1, 0]);
  assert.ok(Number.isNaN(log.firstTokenS[1]) && Number.isNaN(log.endS[1]));
  assert.deepEqual([...log.tokenTimes!.offsets], [0, 4, 4]);
});

Deno.test("a negative or missing inter-token latency makes the end unknown", async () => {
  for (const bad of [-0.5, null]) {
    const log = await read({ ...run, itls: [[0.125, bad, 0.125], [0.5]] });
    assert.ok(Number.isNaN(log.endS[0]));
    assert.equal(log.endS[1], 1767323046.75);
    assert.deepEqual(log.dropped.map(({ reason }) => reason), ["bad-token-interval"]);
    assert.deepEqual([...log.tokenTimes!.offsets], [0, 0, 2]);
  }
});

Deno.test("request latencies give the end where inter-token latencies are missing", async () => {
  const { itls: _itls, ...rest } = run;
  const log = await read({ ...rest, latencies: [1, 0.125] });
  assert.equal(log.endS[0], 1767323046.5);
  // The second would end before its first token.
  assert.ok(Number.isNaN(log.endS[1]));
  assert.equal(log.endOrigin.rule, "submit + latency");
});
