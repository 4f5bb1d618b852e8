import assert from "node:assert/strict";
import * as fc from "fast-check";
import { localToUtc, parseZone } from "../lib/clock.ts";

const wall = (text: string): number => Date.parse(`${text}Z`) / 1000;

Deno.test("a fixed offset is subtracted from every wall-clock time", () => {
  fc.assert(fc.property(fc.integer({ min: -56, max: 56 }), (quarters) => {
    const minutes = Math.abs(quarters) * 15;
    const name = `${quarters < 0 ? "-" : "+"}${String(Math.floor(minutes / 60)).padStart(2, "0")}:${
      String(minutes % 60).padStart(2, "0")
    }`;
    const { timeS } = localToUtc(Float64Array.of(1e9), parseZone(name));
    assert.equal(timeS[0], 1e9 - quarters * 900);
  }));
});

Deno.test("summer time begins: an hour that never came is counted", () => {
  const zone = parseZone("America/New_York");
  const column = Float64Array.of(
    wall("2026-03-08T01:59:59"),
    wall("2026-03-08T02:30:00"),
    wall("2026-03-08T03:00:00"),
  );
  const { timeS, skipped, ambiguous } = localToUtc(column, zone);
  assert.equal(timeS[0], wall("2026-03-08T06:59:59"));
  assert.equal(timeS[2], wall("2026-03-08T07:00:00"));
  assert.deepEqual([skipped, ambiguous], [1, 0]);
});

Deno.test("summer time ends: the second pass is told by the column stepping back", () => {
  const zone = parseZone("America/New_York");
  const column = Float64Array.of(
    wall("2026-11-01T00:59:00"),
    wall("2026-11-01T01:30:00"),
    wall("2026-11-01T01:59:00"),
    wall("2026-11-01T01:00:00"),
    wall("2026-11-01T01:30:00"),
    wall("2026-11-01T02:00:00"),
  );
  const { timeS, ambiguous } = localToUtc(column, zone);
  assert.deepEqual([...timeS], [
    wall("2026-11-01T04:59:00"),
    wall("2026-11-01T05:30:00"),
    wall("2026-11-01T05:59:00"),
    wall("2026-11-01T06:00:00"),
    wall("2026-11-01T06:30:00"),
    wall("2026-11-01T07:00:00"),
  ]);
  assert.equal(ambiguous, 4);
});

Deno.test("a name that is no zone is a wrong option", () => {
  for (const name of ["Mars/Olympus", "+15:00", "+01:75", "7", ""]) {
    assert.throws(() => parseZone(name), /not a time zone/, name);
  }
});
