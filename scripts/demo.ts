/**
 * `deno task demo`: the main job on the bundled example, which is generated: attributes its energy,
 * prints the table and draws out/demo.png and out/demo.svg.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { attributeBatched } from "../lib/attribution/batched.ts";
import { placeTrace } from "../lib/attribution/place.ts";
import { powerByPhase } from "../lib/figures/power_by_phase.ts";
import { toPng } from "../lib/figures/raster.ts";
import { toSvg } from "../lib/figures/svg.ts";
import { shiftSeries } from "../lib/power/shift.ts";
import { readInput } from "../lib/formats/read.ts";
import { main, standardIo } from "./joulebook.ts";

/** The example's files, relative to the repository, as a person would name them. */
const power = "datasets/example/power.csv";
const requests = "datasets/example/requests.json";
const zone = "-07:00";

Deno.chdir(fileURLToPath(new URL("../", import.meta.url)));
standardIo.out(
  "The bundled example: a power trace and a request log of a simulated server. Generated, not measured.\n" +
    `$ deno task joulebook attribute --power ${power} --requests ${requests} --zone ${zone}\n\n`,
);
const status = await main(
  ["attribute", "--power", power, "--requests", requests, "--zone", zone],
  standardIo,
);
if (status !== 0) Deno.exit(status);

const { series } = await readInput(power);
const log = (await readInput(requests)).requests[0]!;
const [trace] =
  placeTrace(series, { ...log, startS: log.submitS, path: requests }, { zone }).series;
const result = attributeBatched(trace!, log);
const figure = powerByPhase({
  series: shiftSeries(trace!, -result.alignment.centreLagS),
  log,
  energies: result.requests,
  idleW: result.idle.idleW,
  origin: "generated",
});
mkdirSync("out", { recursive: true });
writeFileSync("out/demo.svg", toSvg(figure));
writeFileSync("out/demo.png", await toPng(figure));
standardIo.out("\nPower by phase over time: out/demo.png (and out/demo.svg)\n");
