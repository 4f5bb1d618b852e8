import type { Clock } from "../../clock.ts";
import { InputError } from "../../errors.ts";

/** Clocks of different kinds are joined only by what the caller gives. */
export function refuseOtherClock(
  path: string,
  trace: Clock,
  other: Clock,
  offsetS: number | undefined,
): void {
  if (trace === other || offsetS !== undefined) return;
  throw new InputError({
    code: "refused",
    path,
    problem: `the trace is on a clock of kind "${trace}", the requests or windows on one of kind ` +
      `"${other}"`,
    advice: "give --offset, the seconds to add to the trace's times to reach the other clock",
  });
}
