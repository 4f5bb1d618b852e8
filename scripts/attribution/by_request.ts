import type { EnergyInterval } from "../../lib/attribution/batched_result.ts";
import { attributeEqualShare, type RequestAttribution } from "../../lib/attribution/equal_share.ts";
import { placeTrace } from "../../lib/attribution/place.ts";
import { basisOf } from "../../lib/power/basis.ts";
import { deviceNames } from "../../lib/power/device_name.ts";
import { createIntegrator } from "../../lib/power/integrate.ts";
import { sumIntegrators } from "../../lib/power/sum.ts";
import type { RequestLog } from "../../lib/requests/log.ts";
import type { AttributionFacts } from "../../lib/report/mod.ts";
import type { Joined } from "./report.ts";
import type { Sources } from "./sources.ts";

/** All measured power in equal parts to the requests in flight. */
export interface RequestOutcome extends Joined {
  /** What `--json` says beside the requests. */
  readonly facts: AttributionFacts;
  /** The attribution. */
  readonly result: RequestAttribution;
}

/** Divides all measured power in equal parts among the requests in flight. */
export function requestOutcome(sources: Sources, log: RequestLog): RequestOutcome {
  const { power, path, place, dropped, notes } = sources;
  const placed = placeTrace(power, { ...log, startS: log.submitS, path }, place);
  const integrator = sumIntegrators(
    placed.series.map((series) => createIntegrator(series, { minSamples: 0 })),
  );
  const result = attributeEqualShare(integrator, log);
  const split = result.requests.prefillJ.some((energyJ) => !Number.isNaN(energyJ));
  const lost =
    result.requests.reasons.filter((reason, i) => reason === "no-times" && log.success[i] !== 1)
      .length;
  const told = [
    ...notes,
    ...(lost === 0
      ? []
      : [`${lost} failed requests have no times: what they used is counted as idle.`]),
  ];
  const facts = {
    method: result.method,
    basis: basisOf(power),
    idleRule: "in-requests",
    estimator: integrator.estimator,
    devices: deviceNames(power.map(({ device }) => device)),
    offsetS: placed.offsetS,
    offsetWidthS: placed.offsetWidthS,
    overlap: placed.overlap,
    totalJ: result.totalJ,
    idleJ: result.idleJ,
    unattributedJ: result.unattributedJ,
    prefillJ: split ? result.prefillJ : null,
    decodeJ: split ? result.decodeJ : null,
    prefill: split ? interval(result.prefillJ, result.halfWidths.prefillJ) : null,
    decode: split ? interval(result.decodeJ, result.halfWidths.decodeJ) : null,
    unsplitJ: result.unsplitJ,
    conservationError: result.conservationError,
    dropped: [
      ...dropped,
      ...placed.series.flatMap((series) => series.dropped),
      ...log.dropped,
      ...result.dropped,
    ],
    notes: [placed.note, ...told],
  };
  return { facts, result, placed, integrator, dropped, notes: told };
}

function interval(energyJ: number, half: number): EnergyInterval {
  return { energyJ, lowJ: Math.max(0, energyJ - half), highJ: energyJ + half };
}
