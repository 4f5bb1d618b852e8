import { InputError } from "../../errors.ts";
import type { Store } from "../../formats/store/mod.ts";
import type { LogFile, RequestsSource } from "./requests_source.ts";
import type { Server } from "./servers.ts";

/**
 * As for one trace: less than half of the log's time inside the trace is a mistake of clocks or files.
 *
 * @param store The store with the readings.
 * @param requests The requests.
 * @param servers The servers.
 * @param offsetS Seconds from the trace's clock to the log's.
 * @param path Path of the requests, for the message.
 * @throws {InputError} `refused` with the share that lies inside.
 */
export function refuseApart(
  store: Store,
  requests: RequestsSource,
  servers: readonly Server[],
  offsetS: number,
  path: string,
): void {
  let logS = 0;
  let insideS = 0;
  for (const { replica, hasRequests, series } of servers) {
    if (!hasRequests) continue;
    const log = extentOf(requests.filesOf(replica));
    const trace = extentOf(series.flatMap((s) => store.series[s]!.files));
    logS += log.endS - log.startS;
    const fromS = Math.max(log.startS, trace.startS + offsetS);
    insideS += Math.max(0, Math.min(log.endS, trace.endS + offsetS) - fromS);
  }
  if (!(insideS < 0.5 * logS)) return;
  throw new InputError({
    code: "refused",
    path: store.dir,
    problem: `${(100 * insideS / logS).toFixed(0)} % of the time in ${path} lies inside ` +
      "the traces of its servers",
    expected: "at least 50 %",
    advice:
      "check that they are of the same servers and time; --offset moves the traces by seconds",
  });
}

/** From when to when files reach; of none, a span that holds nothing. */
function extentOf(files: readonly LogFile[]): { startS: number; endS: number } {
  let first = Infinity;
  let last = -Infinity;
  for (const { startS, endS } of files) {
    if (startS === null) continue;
    first = Math.min(first, startS);
    last = Math.max(last, endS ?? startS);
  }
  return first <= last ? { startS: first, endS: last } : { startS: 0, endS: 0 };
}
