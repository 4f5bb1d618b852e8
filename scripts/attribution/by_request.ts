import { attributeEqualShare } from "../../lib/attribution/equal_share.ts";
import { placeTrace } from "../../lib/attribution/place.ts";
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
  if (!sources.json) {
    printRequests(io, result, log, { placed, integrator, dropped, notes });
    return;
  }
  printJson(io, {
    method: result.method,
    idleRule: "unassigned",
    estimator: integrator.estimator,
    devices: power.map(({ device }) => device.id),
    offsetS: placed.offsetS,
    offsetWidthS: placed.offsetWidthS,
    overlap: placed.overlap,
    totalJ: result.totalJ,
    idleJ: result.idleJ,
    unattributedJ: result.unattributedJ,
    prefillJ: result.prefillJ,
    decodeJ: result.decodeJ,
    unsplitJ: result.unsplitJ,
    conservationError: result.conservationError,
    requests: requestRows(log, result.requests),
    notes: [placed.note, ...notes],
  });
}
