import type { RequestLog } from "../requests/log.ts";

/** Rows of a run's log that belong to the load of their cells, not to the warm-up. */
export function loadRows(log: RequestLog): number[] {
  return log.ids!.flatMap((id, row) => id.includes("/load/") ? [row] : []);
}
