import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import facts from "../../deno.json" with { type: "json" };
import { InputError } from "../../lib/errors.ts";

/** The bundle of plotly.js as text: it cannot be imported without a page to draw in. */
export function readPlotly(): string {
  const name = "plotly.js-basic-dist-min";
  try {
    return readFileSync(createRequire(import.meta.url).resolve(name), "utf8");
  } catch (cause) {
    throw new InputError({
      code: "unreadable",
      path: name,
      problem: "the bundle of plotly.js cannot be read",
      expected: "a file of an installed npm package",
      advice: "run deno install in the folder of Joulebook",
      cause,
    });
  }
}

/** Programs that make a report, and their versions. */
export function versionsOf(plotly: string): Record<string, string> {
  const version = /plotly\.js \([^)]*\) v(\d[\w.-]*)/.exec(plotly)?.[1];
  return {
    joulebook: facts.version,
    ...(version !== undefined && { "plotly.js": version }),
    deno: Deno.version.deno,
  };
}
