import assert from "node:assert/strict";
import { readOptionsOf } from "../../scripts/read_options.ts";

Deno.test("days are a span of time up to the end of the last", () => {
  assert.deepEqual(readOptionsOf({ days: "1970-01-02" }), { fromS: 86_400, toS: 172_800 });
  assert.deepEqual(readOptionsOf({ days: "1970-01-02..1970-01-04" }), {
    fromS: 86_400,
    toS: 345_600,
  });
  for (const days of ["", "yesterday", "1970-01-03..1970-01-01", "1970-01-01..", "1970-13-01"]) {
    assert.throws(() => readOptionsOf({ days }), /--days is a day or two/);
  }
});

Deno.test("a column mapping takes only the words that it knows", () => {
  for (
    const [more, message] of [
      ["clock=utc", /clock= is one of epoch, monotonic, elapsed/],
      ["kind=toaster", /kind= is one of .*gpu/],
      ["energy=sum", /energy= is one of counter, interval/],
      ["energy=counter", /energy= goes with a unit of energy, not with W/],
    ] as const
  ) {
    assert.throws(() => readOptionsOf({ columns: `time=t,value=p,unit=W,${more}` }), {
      message,
    });
  }
  assert.equal(readOptionsOf({ columns: "time=t,value=p,unit=W" }).columns!.timeFormat, "iso");
});
