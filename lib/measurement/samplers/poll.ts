import { nowS, sleep } from "../clock.ts";
import { NotHere, type RunningSampler, type SamplerContext } from "./sampler.ts";

/** Reads a sensor once and hands the readings on; throws when it cannot. */
export type PollOnce = (signal: AbortSignal) => void | Promise<void>;

/**
 * Reads a sensor again and again. Readings are due at multiples of the period, so that a slow one
 * does not delay the rest; those that were missed are not made up for.
 *
 * @param context Settings and sink; its series get a gap with a reason for each failed reading.
 * @param seriesIds Ids of the series that a failed reading leaves out.
 * @param read Reads once.
 * @throws {NotHere} When the first reading fails.
 */
export async function pollSensor(
  context: SamplerContext,
  seriesIds: () => Iterable<string>,
  read: PollOnce,
): Promise<RunningSampler> {
  const { sink, patienceS } = context;
  const stopping = new AbortController();
  const once = async (): Promise<{ reason: string; detail: string } | null> => {
    const limit = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      const slow = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          limit.abort();
          reject(new Hanging(`no reading within ${patienceS} s`));
        }, patienceS * 1000);
      });
      await Promise.race([Promise.resolve(read(limit.signal)), slow]);
      return null;
    } catch (error) {
      return {
        reason: reasonOf(error),
        detail: error instanceof Error ? error.message : String(error),
      };
    } finally {
      clearTimeout(timer);
    }
  };
  const startS = nowS();
  const first = await once();
  if (first !== null) throw new NotHere(first.detail);
  const loop = async (): Promise<void> => {
    let failing: string | null = null;
    while (!stopping.signal.aborted) {
      const nowPeriods = (nowS() - startS) / context.settings.periodS;
      const dueS = startS + (Math.floor(nowPeriods) + 1) * context.settings.periodS;
      await sleep(dueS - nowS(), stopping.signal);
      if (stopping.signal.aborted) return;
      const failure = await once();
      if (failure === null) {
        if (failing !== null) sink.event(nowS(), "back", "readings go on");
        failing = null;
        continue;
      }
      if (failing !== failure.reason) sink.event(nowS(), failure.reason, failure.detail);
      failing = failure.reason;
      for (const id of seriesIds()) sink.missing(id, nowS(), failure.reason);
    }
  };
  const done = loop();
  return {
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

class Hanging extends Error {}

function reasonOf(error: unknown): string {
  if (error instanceof Hanging) return "hanging";
  const code = (error as { readonly code?: unknown } | null)?.code;
  if (error instanceof Deno.errors.PermissionDenied || code === "EACCES" || code === "EPERM") {
    return "permission-denied";
  }
  if (error instanceof Deno.errors.NotFound || code === "ENOENT" || code === "ENODEV") {
    return "disappeared";
  }
  return "failed";
}
