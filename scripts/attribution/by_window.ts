import { placeTrace } from "../../lib/attribution/place.ts";
import { attributeWindows, type WindowAttribution } from "../../lib/attribution/windows.ts";
import { basisOf } from "../../lib/power/basis.ts";
import { deviceNames } from "../../lib/power/device_name.ts";
import { createIntegrator } from "../../lib/power/integrate.ts";
import { sumIntegrators } from "../../lib/power/sum.ts";
import type { Windows } from "../../lib/requests/windows.ts";
import type { AttributionFacts } from "../../lib/report/mod.ts";
import type { Joined } from "./report.ts";
import type { Sources } from "./sources.ts";

/** Energy of each window. */
export interface WindowOutcome extends Joined {
  /** What `--json` says beside the windows. */
  readonly facts: AttributionFacts;
  /** The energies. */
  readonly result: WindowAttribution;
}

/** Gives each window what was measured during it. */
export function windowOutcome(sources: Sources, windows: Windows): WindowOutcome {
  const { power, path, place, dropped, notes } = sources;
  const placed = placeTrace(power, { ...windows, path }, place);
  const integrator = sumIntegrators(placed.series.map((series) => createIntegrator(series)));
  const result = attributeWindows(integrator, windows);
  const facts = {
    method: result.method,
    basis: basisOf(power),
    estimator: integrator.estimator,
    devices: deviceNames(power.map(({ device }) => device)),
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
    dropped: [
      ...dropped,
      ...placed.series.flatMap((series) => series.dropped),
      ...windows.dropped,
    ],
    notes: [placed.note, ...notes],
  };
  return { facts, result, placed, integrator, dropped, notes };
}
