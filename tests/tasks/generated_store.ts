/** A small store of servers whose load crosses midnight, as a simulated cluster leaves it. */

import { StoreWriter } from "../../lib/formats/store/mod.ts";
import { joinLogs, requestLog } from "../../lib/requests/mod.ts";
import { sampledPower } from "../../lib/power/mod.ts";
import { see } from "../attribution/generated.ts";

/** What the store should add up to. */
export interface StoreTruth {
  /** Requests in its logs. */
  readonly requests: number;
  /** Energy of all readings by the trapezoid, in joules. */
  readonly totalJ: number;
}

/**
 * Writes servers, each with one GPU and a load of its own.
 *
 * @param dir The store.
 * @param servers How many.
 * @param durationS Seconds of load; midnight lies in its middle.
 */
export function writeStore(dir: string, servers: number, durationS: number): StoreTruth {
  const midnightS = 20_000 * 86_400;
  const writer = new StoreWriter(dir, { id: "run", path: "run", format: "generated" });
  let totalJ = 0;
  const logs = Array.from({ length: servers }, (_, r) => {
    const { series, log } = see(31 + r, 3, { durationS, offsetS: 0 });
    const name = `server${r}`;
    const shiftS = midnightS - durationS / 2;
    const later = (column: Float64Array): Float64Array => column.map((t) => t + shiftS);
    const { timeS, powerW } = series;
    for (let i = 1; i < timeS.length; i++) {
      totalJ += (timeS[i]! - timeS[i - 1]!) * (powerW[i]! + powerW[i - 1]!) / 2;
    }
    writer.addSeries(sampledPower({ timeS: later(timeS), powerW }, {
      clock: "epoch",
      averagingS: series.averagingS,
      device: { kind: "gpu", id: "gpu0", host: name, name: "Simulated" },
    }));
    return requestLog({
      clock: "epoch",
      submitS: later(log.submitS),
      firstTokenS: later(log.firstTokenS),
      endS: later(log.endS),
      inputTokens: log.inputTokens,
      outputTokens: log.outputTokens,
      replica: new Uint16Array(log.submitS.length),
      replicas: [name],
      ids: Array.from(log.submitS, (_, i) => `${name}-${i}`),
    });
  });
  const log = joinLogs(logs);
  writer.addRequests(log);
  writer.commit();
  return { requests: log.submitS.length, totalJ };
}
