import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { fixtureCases, outcome } from "./fixture_cases.ts";

for (const fixture of fixtureCases()) {
  Deno.test(`fixture ${fixture.name} reads as its expectation says`, async () => {
    assert.ok(existsSync(fixture.expected), `write ${fixture.expected} with update_fixtures.ts`);
    assert.deepEqual(
      await outcome(fixture),
      JSON.parse(readFileSync(fixture.expected, "utf8")),
    );
  });
}
