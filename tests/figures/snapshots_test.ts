import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { toSvg } from "../../lib/figures/mod.ts";
import { allFigures } from "./all_figures.ts";

for (const [name, figure] of allFigures) {
  for (const look of ["light", "dark"] as const) {
    // One dark look of each kind of mark is enough to see that nothing stays light.
    if (look === "dark" && !["powerTrace", "errorHeat", "stackedBars"].includes(name)) continue;
    const file = `${name}${look === "dark" ? "-dark" : ""}`;
    Deno.test(`the picture of ${name} is the one that a person has looked at (${look})`, () => {
      const path = fileURLToPath(new URL(`./snapshots/${file}.svg`, import.meta.url));
      const beside = path.replace(/\.svg$/, "-changed.svg");
      const svg = toSvg(figure, { look });
      const known = existsSync(path) ? readFileSync(path, "utf8") : null;
      if (svg === known) {
        rmSync(beside, { force: true });
        return;
      }
      writeFileSync(beside, svg);
      assert.fail(
        `the picture ${
          known === null ? "is new" : "has changed"
        }: look at ${beside} and, if it is ` +
          `right, move it to ${path}`,
      );
    });
  }
}
