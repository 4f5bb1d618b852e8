import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { InputError } from "../../lib/errors.ts";
import { exampleConfig, parseImageConfig, parseScheduleConfig } from "../../lib/scheduling/mod.ts";

function refusal(text: string): InputError {
  try {
    parseScheduleConfig(text, "day.yaml");
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    return error;
  }
  throw new Error("it was accepted");
}

/** Line of the text where a part first stands. */
function lineOf(text: string, part: string): number {
  return text.slice(0, text.indexOf(part)).split("\n").length;
}

const cases: readonly {
  readonly what: string;
  readonly from: string;
  readonly to: string;
  readonly at: string;
  readonly message: RegExp;
}[] = [
  {
    what: "an unknown key",
    from: "    utcOffsetH: -8",
    to: "    utcOffsetH: -8\n    colour: red",
    at: "colour",
    message: /unknown key "colour"/,
  },
  {
    what: "a battery above its capacity",
    from: "initialKWh: 30",
    to: "initialKWh: 61",
    at: "initialKWh: 61",
    message: /starts above its capacity; expected 0 to 60, found "61"/,
  },
  {
    what: "a site that nobody can reach",
    from: "transfer: { usdPerThousand: 0.004 }",
    to: "transfer: { usdPerThousand: 0.004, links: [{ from: east, to: south }] }",
    at: "name: west",
    message: /nobody can reach the site "west"/,
  },
  {
    what: "a link to nowhere",
    from: "transfer: { usdPerThousand: 0.004 }",
    to: "transfer: { usdPerThousand: 0.004, links: [{ from: east, to: north }] }",
    at: "north",
    message: /no site is named "north"/,
  },
  {
    what: "class shares that do not add up",
    from: "share: 0.5, deadlineSlots: 8",
    to: "share: 0.6, deadlineSlots: 8",
    at: "classes:",
    message: /do not add up; expected a sum of 1, found "1\.1"/,
  },
  {
    what: "a price below the sale price",
    from: "sellFraction: 0.8",
    to: "sellFraction: 1",
    at: "sellFraction: 1",
    message: /"sellFraction" cannot be used; expected <1/,
  },
  {
    what: "a day that trains and tests",
    from: "difficulty:",
    to:
      "experiment: { seeds: [1], trainDays: [1, 2], validationDays: [3], testDays: [9, 2], policies: [{ kind: greedy }] }\ndifficulty:",
    at: "experiment:",
    message: /day 2 is already one of trainDays/,
  },
  {
    what: "an unknown policy",
    from: "difficulty:",
    to:
      "experiment: { seeds: [1], trainDays: [1], validationDays: [3], testDays: [9], policies: [{ kind: magic }] }\ndifficulty:",
    at: "experiment:",
    message: /policies\.0\.kind/,
  },
  {
    what: "broken YAML",
    from: "steps: [6",
    to: "steps: [[6",
    at: "steps",
    message: /not valid YAML/,
  },
  {
    what: "a missing key",
    from: "seed: 1\n",
    to: "",
    at: "name",
    message: /"seed" is missing/,
  },
];

for (const { what, from, to, at, message } of cases) {
  Deno.test(`a configuration with ${what} is refused with its line`, () => {
    assert.ok(exampleConfig.includes(from));
    let text = exampleConfig.replace(from, to);
    if (what === "a site that nobody can reach") {
      text = text.replace(/imagesPerDay: 349248(\n {4}utcOffsetH: -8)/, "imagesPerDay: 0$1");
    }
    const error = refusal(text);
    assert.match(error.message, message);
    assert.equal(error.location.path, "day.yaml");
    if (what !== "broken YAML") assert.equal(error.location.line, lineOf(text, at));
    else assert.ok(error.location.line! >= lineOf(text, at));
  });
}

Deno.test("defaults are filled in", () => {
  const config = parseImageConfig(exampleConfig, "day.yaml");
  assert.equal(config.carbonUsdPerTonne, 0);
  assert.equal(config.year.negativePrices, "keep");
  assert.deepEqual(config.sites[0]!.frequencies.map((mode) => mode.name), ["nominal"]);
});

Deno.test("a policy of fixed steps names steps that the configuration has", () => {
  const text = readFileSync(
    new URL("../../datasets/scheduling/small.yaml", import.meta.url),
    "utf8",
  );
  parseScheduleConfig(text, "small.yaml");
  const odd = text.replace("kind: local, steps: 30", "kind: local, steps: 31");
  const error = refusal(odd);
  assert.match(error.message, /expected one of 6, 10, .*, 42, found "31"/);
  assert.equal(error.location.line, lineOf(odd, "steps: 31"));
});
