import assert from "node:assert/strict";
import { readOptionsOf } from "../../scripts/read_options.ts";

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
