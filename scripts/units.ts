/** Numbers as people read them, for the tables of the command line. */

/** A number to some significant digits, without an exponent; an en dash when there is none. */
export function digits(value: number | null, significant = 4): string {
  if (value === null || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const decimals = Math.max(0, significant - 1 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(decimals, 12));
}

/** A count with its noun: `1 sample`, `2 samples`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** A span of seconds: `12.3 s`, `4 min 05 s`, `2 h 13 min`. */
export function duration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return "–";
  if (seconds < 120) return `${digits(seconds, 3)} s`;
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number): string => String(n).padStart(2, "0");
  return h > 0 ? `${h} h ${two(m)} min` : `${m} min ${two(s)} s`;
}

/** A moment of a clock: a date where it has one, else seconds. */
export function moment(timeS: number | null, clock: string | null): string {
  if (timeS === null || !Number.isFinite(timeS)) return "–";
  if (clock !== "epoch" && clock !== "local") return `${digits(timeS, 6)} s`;
  // Beyond what a date can hold, or a year of more than four digits: a wrong unit, most likely.
  if (Math.abs(timeS) > 2.5e11) return `${digits(timeS, 6)} s`;
  const text = new Date(timeS * 1000).toISOString().replace("T", " ").slice(0, 19);
  return clock === "epoch" ? `${text} UTC` : `${text} local`;
}

/** How well the parts add up to the whole: `exactly`, or `to 1e-16`. */
export function closes(relativeError: number): string {
  return relativeError === 0 ? "exactly" : `to ${relativeError.toExponential(0)}`;
}

/** Losses in words: `3 not-available, 1 truncated-row`; `none` when there are none. */
export function lossText(losses: readonly { reason: string; count: number }[]): string {
  const byReason = new Map<string, number>();
  for (const { reason, count } of losses) {
    byReason.set(reason, (byReason.get(reason) ?? 0) + count);
  }
  return byReason.size === 0
    ? "none"
    : [...byReason].map(([reason, count]) => `${count} ${reason}`).join(", ");
}
