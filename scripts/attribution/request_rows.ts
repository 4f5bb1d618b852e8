import type { RequestEnergies } from "../../lib/attribution/equal_share.ts";
import type { RequestLog } from "../../lib/requests/log.ts";

/** Requests with their energies as rows, for JSON. */
export function requestRows(log: RequestLog, energies: RequestEnergies): Record<string, unknown>[] {
  return Array.from(log.submitS, (startS, i) => ({
    name: log.ids?.[i] ?? String(i),
    startS,
    firstTokenS: log.firstTokenS[i],
    endS: log.endS[i],
    inputTokens: log.inputTokens[i],
    outputTokens: log.outputTokens[i],
    energyJ: energies.energyJ[i],
    lowJ: energies.lowJ[i],
    highJ: energies.highJ[i],
    prefillJ: energies.prefillJ[i],
    decodeJ: energies.decodeJ[i],
    reason: energies.reasons[i],
  }));
}
