/** The figures that tests draw: every export of a file in figures/ is a function that makes one. */

import { readdirSync } from "node:fs";
import type { Figure } from "../../lib/figures/mod.ts";

const folder = new URL("./figures/", import.meta.url);

/** Name and figure of each. */
export const allFigures: readonly (readonly [string, Figure])[] = (await Promise.all(
  readdirSync(folder).sort().map((file) => import(new URL(file, folder).href)),
)).flatMap((module) =>
  Object.entries(module as Record<string, () => Figure>).map(([name, make]) =>
    [name, make()] as const
  )
);
