import type { ResultTable } from "../formats/format.ts";
import type { RequestLog } from "../requests/log.ts";
import type { RequestEnergies } from "./equal_share.ts";

/**
 * Requests with their energies as a table of results, to be kept beside the data: a store that holds
 * it has the SQL view `joules_by_model`.
 *
 * @param log The requests; those without a name are named by their row.
 * @param energies Their energies, from any method.
 * @return The table, named `attribution`; a value that is missing is null.
 *
 * @example
 * ```ts
 * import { attributeEqualShare, attributionTable } from "@joulebook/joulebook/attribution";
 * import { createIntegrator, sampledPower } from "@joulebook/joulebook/power";
 * import { requestLog } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const timeS = Float64Array.from({ length: 11 }, (_, i) => i);
 * const power = createIntegrator(sampledPower({ timeS, powerW: timeS.map(() => 100) }));
 * const log = requestLog({ submitS: Float64Array.of(1), endS: Float64Array.of(5), ids: ["a"] });
 * const { columns } = attributionTable(log, attributeEqualShare(power, log).requests);
 * assert.deepEqual([columns["request"], columns["energyJ"]], [["a"], [400]]);
 * ```
 */
export function attributionTable(log: RequestLog, energies: RequestEnergies): ResultTable {
  const numbers = (column: Float64Array): (number | null)[] =>
    Array.from(column, (value) => Number.isNaN(value) ? null : value);
  return {
    name: "attribution",
    columns: {
      request: Array.from(log.submitS, (_, i) => log.ids?.[i] ?? String(i)),
      startS: numbers(log.submitS),
      endS: numbers(log.endS),
      energyJ: numbers(energies.energyJ),
      lowJ: numbers(energies.lowJ),
      highJ: numbers(energies.highJ),
      prefillJ: numbers(energies.prefillJ),
      decodeJ: numbers(energies.decodeJ),
      reason: [...energies.reasons],
    },
    units: Object.fromEntries(
      [
        ["startS", "s"],
        ["endS", "s"],
        ...["energyJ", "lowJ", "highJ", "prefillJ", "decodeJ"].map((name) => [name, "J"]),
      ],
    ),
  };
}
