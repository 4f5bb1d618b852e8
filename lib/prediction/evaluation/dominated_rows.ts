/** Rows whose time the hardware cannot explain, since a lesser device was faster. */

import type { LeaderboardRow } from "./ml_energy_rows.ts";

/**
 * Finds configurations (model, task, devices) that something other than the hardware holds back, such
 * as an engine that launches every kernel from the host. A row is dominated when devices with no more
 * memory bandwidth and no higher peak in all made a step of at least as many sequences of the same
 * model and task in less time. A configuration is held back when at least half of its rows that could
 * be compared are dominated.
 *
 * @param rows Rows of one device.
 * @param others Rows of other devices.
 * @return The rows of the configurations that are held back.
 */
export function heldBack(
  rows: readonly LeaderboardRow[],
  others: readonly LeaderboardRow[],
): Set<LeaderboardRow> {
  const total = ({ devices, target }: LeaderboardRow) => ({
    bandwidth: devices * target.memoryBytesPerS,
    peak: devices * target.tensorFlops.bf16,
  });
  const out = new Set<LeaderboardRow>();
  for (const group of Map.groupBy(rows, (r) => `${r.model} ${r.task} ${r.devices}`).values()) {
    let compared = 0, dominated = 0;
    for (const row of group) {
      const own = total(row);
      const lesser = others.filter((other) => {
        const { bandwidth, peak } = total(other);
        return other.model === row.model && other.task === row.task && other.batch >= row.batch &&
          bandwidth <= own.bandwidth && peak <= own.peak;
      });
      if (lesser.length === 0) continue;
      compared++;
      if (lesser.some(({ timeS }) => timeS < row.timeS)) dominated++;
    }
    if (compared > 0 && 2 * dominated >= compared) { for (const row of group) out.add(row); }
  }
  return out;
}
