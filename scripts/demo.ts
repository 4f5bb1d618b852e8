/**
 * `deno task demo`: the main job on the bundled example, which is generated: attributes its energy,
 * prints the table and draws out/demo.png and out/demo.svg.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { toPng } from "../lib/figures/raster.ts";
import { toSvg } from "../lib/figures/svg.ts";
import { example, exampleFigure } from "./example_figure.ts";
import { main, standardIo } from "./joulebook.ts";

const { power, requests, zone } = example;

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

const figure = await exampleFigure();
mkdirSync("out", { recursive: true });
writeFileSync("out/demo.svg", toSvg(figure));
writeFileSync("out/demo.png", await toPng(figure));
standardIo.out("\nPower by phase over time: out/demo.png (and out/demo.svg)\n");
