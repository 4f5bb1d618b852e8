/** The picture of the bundled example: what `deno task demo` draws, and the README shows. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { attributeBatched } from "../lib/attribution/batched.ts";
import { placeTrace } from "../lib/attribution/place.ts";
import type { Figure } from "../lib/figures/figure.ts";
import { powerByPhase } from "../lib/figures/power_by_phase.ts";
import { readInput } from "../lib/formats/read.ts";
import { sourceOf } from "../lib/formats/source.ts";
import { shiftSeries } from "../lib/power/shift.ts";

/** The example's files, relative to the repository, as a person would name them. */
export const example = {
  power: "datasets/example/power.csv",
  requests: "datasets/example/requests.json",
  zone: "-07:00",
} as const;

/** Power by phase over time. */
export async function exampleFigure(): Promise<Figure> {
  const read = (path: string) =>
    readInput(sourceOf(
      readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), "utf8"),
      path,
    ));
  const { series } = await read(example.power);
  const log = (await read(example.requests)).requests[0]!;
  const [trace] = placeTrace(
    series,
    { ...log, startS: log.submitS, path: example.requests },
    { zone: example.zone },
  ).series;
  const result = attributeBatched(trace!, log);
  return powerByPhase({
    series: shiftSeries(trace!, -result.alignment.centreLagS),
    log,
    energies: result.requests,
    idleW: result.idle.idleW,
    origin: "generated",
  });
}
