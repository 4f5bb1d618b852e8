/** The one clock of a measurement: monotonic, counted from the epoch. */

/**
 * Seconds since 1970-01-01T00:00:00Z. The wall clock is read once, when the program starts; from
 * then on a monotonic clock counts, so that a wall clock that is set in the middle of a run moves
 * nothing. Samplers and requests are stamped with it alike.
 *
 * @return Seconds, to the microsecond.
 */
export function nowS(): number {
  return (performance.timeOrigin + performance.now()) / 1000;
}

/** How far the wall clock has moved from {@linkcode nowS} since the program started, in seconds. */
export function wallClockDriftS(): number {
  return Date.now() / 1000 - nowS();
}

/** A time rounded to the microsecond, as it is written. */
export function microseconds(timeS: number): number {
  return Math.round(timeS * 1e6) / 1e6;
}

/**
 * Waits; ends early, without an error, when the signal is aborted.
 *
 * @param seconds How long.
 * @param signal What ends it.
 */
export function sleep(seconds: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true || !(seconds > 0)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, seconds * 1000);
    signal?.addEventListener("abort", done, { once: true });
  });
}
