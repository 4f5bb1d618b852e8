import { placeTrace } from "../../lib/attribution/place.ts";
import { attributeWindows } from "../../lib/attribution/windows.ts";
import { basisOf } from "../../lib/power/basis.ts";
import { createIntegrator } from "../../lib/power/integrate.ts";
import { sumIntegrators } from "../../lib/power/sum.ts";
import type { Windows } from "../../lib/requests/windows.ts";
import { type CommandIo, printJson } from "../command.ts";
import { printWindows } from "./report.ts";
import type { Sources } from "./sources.ts";

/** Energy of each window, printed. */
export function attributeByWindow(io: CommandIo, sources: Sources, windows: Windows): void {
  const { power, path, place, dropped, notes } = sources;
  const placed = placeTrace(power, { ...windows, path }, place);
  const integrator = sumIntegrators(placed.series.map((series) => createIntegrator(series)));
  const result = attributeWindows(integrator, windows);
  if (!sources.json) {
    printWindows(io, result, windows, { placed, integrator, dropped, notes });
    return;
  }
  printJson(io, {
    method: result.method,
    basis: basisOf(power),
    estimator: integrator.estimator,
    devices: power.map(({ device }) => device.id),
    offsetS: placed.offsetS,
    offsetWidthS: placed.offsetWidthS,
    overlap: placed.overlap,
    totalJ: result.totalJ,
    idleJ: null,
    unattributedJ: result.outsideJ,
    prefillJ: null,
    decodeJ: null,
    insideJ: result.insideJ,
    sharedJ: result.sharedJ,
    conservationError: result.conservationError,
    windows: result.windows,
    reference: windows.reference,
    dropped: [
      ...dropped,
      ...placed.series.flatMap((series) => series.dropped),
      ...windows.dropped,
    ],
    notes: [placed.note, ...notes],
  });
}
