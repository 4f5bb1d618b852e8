/** Sends the requests of one cell as its arrivals say. */

import { nowS, sleep } from "./clock.ts";
import type { Planned } from "./schedule.ts";

/** How requests follow one another. */
export type Pace =
  | { readonly kind: "closed"; readonly concurrency: number }
  | { readonly kind: "batch"; readonly batch: number }
  | { readonly kind: "open" };

/** What driving needs. */
export interface DriveOptions {
  /** How requests follow one another. */
  readonly pace: Pace;
  /** Seconds after which no further request is sent; null for no limit. */
  readonly durationS: number | null;
  /** Sends one; resolves when it is over. */
  readonly send: (planned: Planned, dueS: number) => Promise<void>;
  /** Ends it: nothing further is sent. What is in flight ends by itself. */
  readonly signal: AbortSignal;
}

/**
 * Sends planned requests.
 *
 * - closed: as many in flight as the concurrency says; a request is due when one before it is over
 * - batch: so many at once, and the next when all are over
 * - open: each when it is due, however many are in flight
 *
 * @return When the load began, in seconds since the epoch. Resolves when the last one is over.
 */
export async function drive(
  planned: Iterator<Planned>,
  { pace, durationS, send, signal }: DriveOptions,
): Promise<number> {
  const startS = nowS();
  const next = (): Planned | null => {
    if (signal.aborted || (durationS !== null && nowS() - startS >= durationS)) return null;
    const step = planned.next();
    return step.done === true ? null : step.value;
  };
  if (pace.kind === "closed") {
    const loop = async (): Promise<void> => {
      for (let one = next(); one !== null; one = next()) await send(one, nowS());
    };
    await Promise.all(Array.from({ length: pace.concurrency }, loop));
  } else if (pace.kind === "batch") {
    while (true) {
      const batch: Planned[] = [];
      for (let one = next(); one !== null; one = next()) {
        batch.push(one);
        if (batch.length === pace.batch) break;
      }
      if (batch.length === 0) break;
      const dueS = nowS();
      await Promise.all(batch.map((one) => send(one, dueS)));
    }
  } else {
    const inFlight = new Set<Promise<void>>();
    for (let one = next(); one !== null; one = next()) {
      const dueS = startS + one.afterS!;
      await sleep(dueS - nowS(), signal);
      if (signal.aborted) break;
      const sent: Promise<void> = send(one, dueS).finally(() => inFlight.delete(sent));
      inFlight.add(sent);
    }
    await Promise.all(inFlight);
  }
  return startS;
}
