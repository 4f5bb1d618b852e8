import assert from "node:assert/strict";
import { commandList } from "../../scripts/command_list.ts";
import { closes, moment } from "../../scripts/units.ts";

Deno.test("a moment that no date can hold is shown in seconds", () => {
  assert.equal(moment(1711699200, "epoch"), "2024-03-29 08:00:00 UTC");
  assert.equal(moment(1711699200e9, "epoch"), "1711699200000000000 s");
  assert.equal(moment(-1e18, "local"), "-1000000000000000000 s");
});

Deno.test("every command is listed once", () => {
  const names = commandList.map(({ name }) => name);
  assert.deepEqual(names, [...new Set(names)]);
});

Deno.test("parts that add up to the last digit do so exactly", () => {
  assert.equal(closes(0), "exactly");
  assert.equal(closes(2.2e-16), "to 2e-16");
});
