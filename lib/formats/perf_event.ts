import type { Device } from "../power/device.ts";
import { raplDevice } from "./rapl_domain.ts";

/**
 * The device of a perf energy event such as `power/energy-pkg/`.
 *
 * @param event The event.
 * @param group What was counted: `S0` is a socket, empty is the whole machine.
 * @return The device.
 */
export function perfDevice(event: string, group = ""): Device {
  const domain = /energy-(\w+)/.exec(event)?.[1] ?? "";
  const socket = /^S(\d+)/.exec(group)?.[1] ?? (group === "" ? undefined : group.toLowerCase());
  return raplDevice(domain, socket) ??
    { kind: "rail", id: group === "" ? event : `${event} ${group}` };
}

/**
 * A number as perf prints it for people: with the separators of its locale.
 *
 * @param text The number: `3330.97`, `3,330.97`, `3.330,97` or `3 330,97`.
 * @param decimals How many digits perf prints after the decimal separator.
 * @return The number; NaN when the text does not end in that many decimals.
 */
export function perfNumber(text: string, decimals: number): number {
  const match = new RegExp(
    `^(\\d{1,3}(?:[.,'\\s\u202f\u00a0]?\\d{3})*|\\d+)[.,](\\d{${decimals}})$`,
  )
    .exec(text.trim());
  return match === null ? NaN : Number(`${match[1]!.replace(/\D/g, "")}.${match[2]}`);
}
