import assert from "node:assert/strict";
import { placeTrace, type Spans } from "../../lib/attribution/place.ts";
import { InputError } from "../../lib/errors.ts";
import { type SampledPower, sampledPower } from "../../lib/power/series.ts";

/** 2026-03-02 16:00:00 UTC. */
const epochS = Date.UTC(2026, 2, 2, 16) / 1000;

const trace = (clock: SampledPower["clock"], startS: number): SampledPower =>
  sampledPower({
    timeS: Float64Array.from({ length: 601 }, (_, i) => startS + i / 10),
    powerW: new Float64Array(601).fill(100),
  }, { clock });

const spans = (clock: Spans["clock"], startS: number): Spans => ({
  clock,
  startS: Float64Array.of(startS + 5, startS + 20),
  endS: Float64Array.of(startS + 10, startS + 50),
  path: "requests.json",
});

const message = (body: () => unknown): string => {
  try {
    body();
  } catch (error) {
    assert.ok(error instanceof InputError);
    return error.message;
  }
  throw new assert.AssertionError({ message: "nothing was refused" });
};

Deno.test("a trace in local time is placed by its zone", () => {
  const placed = placeTrace([trace("local", epochS - 7 * 3600)], spans("epoch", epochS), {
    zone: "-07:00",
  });
  assert.deepEqual([placed.offsetS, placed.overlap], [7 * 3600, 1]);
  assert.equal(placed.series[0]!.clock, "epoch");
});

Deno.test("an IANA zone and an ISO offset give the same place", () => {
  const local = [trace("local", epochS - 8 * 3600)];
  const byName = placeTrace(local, spans("epoch", epochS), { zone: "America/Los_Angeles" });
  const byOffset = placeTrace(local, spans("epoch", epochS), { zone: "-08:00" });
  assert.equal(byName.offsetS, byOffset.offsetS);
});

Deno.test("a missing zone is refused, with the zone that would fit", () => {
  const text = message(() =>
    placeTrace([trace("local", epochS - 7 * 3600)], spans("epoch", epochS))
  );
  assert.match(text, /does not say its zone/);
  assert.match(text, /--zone -07:00 would bring 100 % inside/);
});

Deno.test("an hour of wrong zone is refused with the share that lies inside", () => {
  const text = message(() =>
    placeTrace([trace("local", epochS - 7 * 3600)], spans("epoch", epochS), { zone: "-06:00" })
  );
  assert.match(text, /^\(memory\): 0 % of the time in requests.json lies inside the trace/);
  assert.match(text, /--zone -07:00 would bring 100 % inside \(not -06:00\)/);
});

Deno.test("clocks without a common origin need an offset", () => {
  assert.match(
    message(() => placeTrace([trace("monotonic", 12)], spans("epoch", epochS))),
    /nothing joins them/,
  );
  const placed = placeTrace([trace("monotonic", 12)], spans("epoch", epochS), {
    offsetS: epochS - 12,
  });
  assert.equal(placed.overlap, 1);
});

Deno.test("partial overlap is kept and told", () => {
  const placed = placeTrace([trace("epoch", epochS + 20)], spans("epoch", epochS));
  assert.ok(placed.overlap > 0.6 && placed.overlap < 0.9);
});

Deno.test("an unknown zone is a wrong option", () => {
  assert.match(
    message(() =>
      placeTrace([trace("local", epochS)], spans("epoch", epochS), { zone: "Mars/Olympus" })
    ),
    /not a time zone/,
  );
});

Deno.test("a zone where none applies is refused, not ignored", () => {
  for (const [trace0, log0] of [["epoch", "epoch"], ["local", "local"]] as const) {
    assert.match(
      message(() => placeTrace([trace(trace0, epochS)], spans(log0, epochS), { zone: "+01:00" })),
      /a zone has no use here/,
    );
  }
});
