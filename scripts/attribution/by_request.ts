import { attributeEqualShare } from "../../lib/attribution/equal_share.ts";
import { placeTrace } from "../../lib/attribution/place.ts";
import { basisOf } from "../../lib/power/basis.ts";
import { createIntegrator } from "../../lib/power/integrate.ts";
import { sumIntegrators } from "../../lib/power/sum.ts";
import type { RequestLog } from "../../lib/requests/log.ts";
import { type CommandIo, printJson } from "../command.ts";
import { printRequests } from "./report.ts";
import { requestRows } from "./request_rows.ts";
import type { Sources } from "./sources.ts";

/** All measured power in equal parts to the requests in flight, printed. */
export function attributeByRequest(io: CommandIo, sources: Sources, log: RequestLog): void {
  const { power, path, place, dropped, notes } = sources;
  const placed = placeTrace(power, { ...log, startS: log.submitS, path }, place);
  const integrator = sumIntegrators(
    placed.series.map((series) => createIntegrator(series, { minSamples: 0 })),
  );
  const result = attributeEqualShare(integrator, log);
  sources.save?.(log, result.requests);
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
  if (!sources.json) {
    printRequests(io, result, log, { placed, integrator, dropped, notes: told });
    return;
  }
  printJson(io, {
    method: result.method,
    basis: basisOf(power),
    idleRule: "in-requests",
    estimator: integrator.estimator,
    devices: power.map(({ device }) => device.id),
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
    requests: requestRows(log, result.requests),
    dropped: [
      ...dropped,
      ...placed.series.flatMap((series) => series.dropped),
      ...log.dropped,
      ...result.dropped,
    ],
    notes: [placed.note, ...told],
  });
}

function interval(energyJ: number, half: number): Record<string, number> {
  return { energyJ, lowJ: Math.max(0, energyJ - half), highJ: energyJ + half };
}
