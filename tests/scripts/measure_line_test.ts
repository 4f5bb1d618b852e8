import assert from "node:assert/strict";
import { lineOf } from "../../scripts/commands/measure.ts";

const report = {
  cell: "001-in32-out40-c2-r1",
  number: 1,
  cells: 4,
  requests: 6,
  planned: 12,
  failed: 0,
  tokensPerS: 44.2,
  powerW: 65.3,
  isModelled: true,
  jPerToken: 1.5432,
  leftS: 95,
};

Deno.test("the progress line has cell, requests, tokens/s, watts, J/token and time left", () => {
  assert.equal(
    lineOf(report, 120),
    "[1/4] 001-in32-out40-c2-r1 · 6/12 requests · 44 tokens/s · 65 W (modelled) · 1.54 J/token · " +
      "1 min 35 s left",
  );
});

Deno.test("a narrow terminal gets the same in shorter words, and never a line that wraps", () => {
  assert.match(
    lineOf(report, 79),
    /6\/12 req · 44 tok\/s · 65 W mod. · 1.54 J\/tok · 1 min 35 s left$/,
  );
  for (let width = 10; width < 130; width++) assert.ok(lineOf(report, width).length <= width);
  const unknown = { ...report, planned: null, powerW: null, jPerToken: null, leftS: null };
  assert.equal(lineOf(unknown, 120), "[1/4] 001-in32-out40-c2-r1 · 6 requests · 44 tokens/s");
});
