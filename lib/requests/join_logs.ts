import { InputError } from "../errors.ts";
import { type RequestLog, requestLog, type TokenTimes } from "./log.ts";

/**
 * Several request logs as one, in the order in which the requests were sent: what many clients or
 * days recorded of one service.
 *
 * @param logs The logs, at least one.
 * @return One log; a single one as it is. Columns that only some have are NaN for the others; names of
 *   requests and token times are kept when all have them.
 * @throws {RangeError} When there is no log.
 * @throws {InputError} `refused` when they are on different clocks.
 *
 * @example
 * ```ts
 * import { joinLogs, requestLog } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const log = joinLogs([
 *   requestLog({ submitS: Float64Array.of(3), replicas: ["b"], ids: ["z"] }),
 *   requestLog({ submitS: Float64Array.of(1, 2), replicas: ["a"], ids: ["x", "y"] }),
 * ]);
 * assert.deepEqual([...log.submitS], [1, 2, 3]);
 * assert.deepEqual(log.ids, ["x", "y", "z"]);
 * assert.deepEqual(log.replicas.map((name) => name), ["b", "a"]);
 * ```
 */
export function joinLogs(logs: readonly RequestLog[]): RequestLog {
  const [first] = logs;
  if (first === undefined) throw new RangeError("there is no log to join");
  if (logs.length === 1) return first;
  const other = logs.find(({ clock }) => clock !== first.clock);
  if (other !== undefined) {
    throw new InputError({
      code: "refused",
      problem: "the request logs are on different clocks",
      found: `${first.source.path}: ${first.clock}; ${other.source.path}: ${other.clock}`,
      advice: "attribute one at a time",
    });
  }
  const rows = logs.flatMap((log, which) =>
    Array.from(log.submitS, (submitS, row) => ({ which, row, submitS }))
  );
  // A moment that is not known comes last; equal ones keep their order.
  rows.sort((a, b) =>
    Number(Number.isNaN(a.submitS)) - Number(Number.isNaN(b.submitS)) ||
    (a.submitS - b.submitS || 0)
  );
  const column = (of: (log: RequestLog) => Float64Array | null): Float64Array => {
    const columns = logs.map(of);
    return Float64Array.from(rows, ({ which, row }) => columns[which]?.[row] ?? NaN);
  };
  const replicas = [...new Set(logs.flatMap((log) => log.replicas))];
  const replicaOf = (log: RequestLog, row: number): number =>
    Math.max(0, replicas.indexOf(log.replicas[log.replica?.[row] ?? 0] ?? ""));
  const same = <T>(of: (log: RequestLog) => T): T | null =>
    logs.every((log) => of(log) === of(first)) ? of(first) : null;
  const { model } = first;
  const derived = logs.find(({ endOrigin }) => endOrigin.kind === "derived");
  return requestLog({
    clock: first.clock,
    submitS: column((log) => log.submitS),
    firstTokenS: column((log) => log.firstTokenS),
    endS: column((log) => log.endS),
    inputTokens: column((log) => log.inputTokens),
    outputTokens: column((log) => log.outputTokens),
    cachedTokens: logs.some((log) => log.cachedTokens !== null)
      ? column((log) => log.cachedTokens)
      : null,
    success: Uint8Array.from(rows, ({ which, row }) => logs[which]!.success[row]!),
    tokenTimes: logs.every((log) => log.tokenTimes !== null) ? joinTokens(logs, rows) : null,
    replica: replicas.length > 1
      ? Uint16Array.from(rows, ({ which, row }) => replicaOf(logs[which]!, row))
      : null,
    replicas,
    ...(model !== undefined && logs.every((log) => log.model === model) && { model }),
    ids: logs.every(({ ids }) => ids !== null)
      ? rows.map(({ which, row }) => logs[which]!.ids![row]!)
      : null,
    tokenCount: same((log) => log.tokenCount) ?? "unspecified",
    endOrigin: (derived ?? first).endOrigin,
    source: {
      path: same((log) => log.source.path) ?? `${first.source.path} and ${logs.length - 1} more`,
      format: same((log) => log.source.format) ?? "several",
    },
    dropped: logs.flatMap(({ dropped }) => dropped),
  });
}

function joinTokens(
  logs: readonly RequestLog[],
  rows: readonly { readonly which: number; readonly row: number }[],
): TokenTimes {
  const offsets = new Uint32Array(rows.length + 1);
  const pieces = rows.map(({ which, row }) => {
    const tokens = logs[which]!.tokenTimes!;
    return tokens.timeS.subarray(tokens.offsets[row], tokens.offsets[row + 1]);
  });
  pieces.forEach((piece, i) => offsets[i + 1] = offsets[i]! + piece.length);
  const timeS = new Float64Array(offsets[rows.length]!);
  pieces.forEach((piece, i) => timeS.set(piece, offsets[i]));
  return { offsets, timeS };
}
