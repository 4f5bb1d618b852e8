import type { Device } from "./device.ts";

/** What tells devices of several hosts apart. */
export type DeviceName = Pick<Device, "id" | "host">;

/**
 * The names of devices: their ids, with the host before them where they sit in several.
 *
 * @param devices Devices, in any order.
 * @return `id` or `host/id` of each.
 *
 * @example
 * ```ts
 * import { deviceNames } from "@joulebook/joulebook/power";
 * import assert from "node:assert/strict";
 *
 * const [a, b] = [{ id: "gpu0", host: "node1" }, { id: "gpu0", host: "node2" }];
 * assert.deepEqual(deviceNames([a, b]), ["node1/gpu0", "node2/gpu0"]);
 * assert.deepEqual(deviceNames([a]), ["gpu0"]);
 * ```
 */
export function deviceNames(devices: readonly DeviceName[]): string[] {
  const several = new Set(devices.map(({ host }) => host)).size > 1;
  return devices.map((device) => several ? fullName(device) : device.id);
}

/** Whether a name is a device's: its id, or that after its host. */
export function isDevice(device: DeviceName, name: string): boolean {
  return name === device.id || name === fullName(device);
}

function fullName({ host, id }: DeviceName): string {
  return host === undefined ? id : `${host}/${id}`;
}
