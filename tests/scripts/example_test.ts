import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { toSvg } from "../../lib/figures/svg.ts";
import { exampleFiles } from "../../scripts/build_example.ts";
import { exampleFigure } from "../../scripts/example_figure.ts";

Deno.test("the bundled example is generated: building it again gives the same bytes", () => {
  for (const [name, content] of exampleFiles()) {
    const path = fileURLToPath(new URL(`../../datasets/example/${name}`, import.meta.url));
    assert.equal(readFileSync(path, "utf8"), content, name);
  }
});

Deno.test("the bundled example says that it is generated", () => {
  for (const [name, content] of exampleFiles()) {
    assert.match(content.slice(0, 400), /generated/i, name);
  }
});

Deno.test("the README's picture is what the demo draws today", async () => {
  for (const look of ["light", "dark"] as const) {
    const path = fileURLToPath(
      new URL(`../../datasets/example/power_by_phase_${look}.svg`, import.meta.url),
    );
    assert.equal(readFileSync(path, "utf8"), toSvg(await exampleFigure(), { look }));
  }
});
