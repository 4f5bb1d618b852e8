import { join } from "node:path";
import {
  attributeStore,
  type AttributeStoreOptions,
  type StoreAttribution,
  type TaskRun,
} from "../../lib/tasks/mod.ts";
import type { MergedRequest } from "../../lib/attribution/partitioned/mod.ts";
import { requestLog } from "../../lib/requests/log.ts";
import { type CommandIo, printJson } from "../command.ts";
import { LineFile } from "../line_file.ts";
import { saveAttribution } from "./save.ts";
import { textTable } from "../text_table.ts";
import { closes, digits, lossText } from "../units.ts";

/** What to do with an attribution of a store. */
export interface ByStore extends Omit<AttributeStoreOptions, "onRequest"> {
  /** File for the requests, as JSON Lines; null when they are not wanted. */
  readonly out: string | null;
  /** Store that their energies are written into; null when they are not. */
  readonly save: string | null;
  /** Whether to print JSON. */
  readonly json: boolean;
}

/** Energy of a store by server and phase, printed; requests are written to a file. */
export async function attributeByStore(
  io: CommandIo,
  run: TaskRun,
  { out, save, json, ...options }: ByStore,
): Promise<void> {
  const file = out === null ? null : new LineFile(out);
  const kept: MergedRequest[] = [];
  let result: StoreAttribution;
  try {
    result = await attributeStore(run, {
      ...options,
      onRequest: (request) => {
        file?.add(request);
        if (save !== null) kept.push(request);
      },
    });
  } catch (error) {
    file?.discard();
    throw error;
  }
  file?.close();
  if (save !== null) saveRequests(save, options.requests, kept);
  if (json) {
    printJson(io, {
      ...result,
      prefillJ: result.prefill.energyJ,
      decodeJ: result.decode.energyJ,
      idleRule: "unassigned",
    });
  } else print(io, result, out, run.peakBytes);
}

function saveRequests(dir: string, path: string, requests: readonly MergedRequest[]): void {
  const column = (of: (request: MergedRequest) => number): Float64Array =>
    Float64Array.from(requests, of);
  const log = requestLog({
    submitS: column(({ submitS }) => submitS),
    endS: column(({ endS }) => endS),
    ids: requests.map(({ id }) => id),
  });
  saveAttribution(dir, path, log, {
    prefillJ: column(({ prefillJ }) => prefillJ),
    decodeJ: column(({ decodeJ }) => decodeJ),
    energyJ: column(({ energyJ }) => energyJ),
    lowJ: column(({ lowJ }) => lowJ),
    highJ: column(({ highJ }) => highJ),
    reasons: requests.map(({ reason }) => reason),
  });
}

/** Where the requests of a run go when no file is named. */
export function requestsPath(run: string): string {
  return join(run, "requests.jsonl");
}

function print(
  io: CommandIo,
  result: StoreAttribution,
  out: string | null,
  peakBytes: number,
): void {
  const share = (energyJ: number): string => `${(100 * energyJ / result.totalJ).toFixed(1)} %`;
  const count = Object.entries(result.uncovered).map(([reason, n]) => `${n} ${reason}`);
  const lines: [string, string][] = [
    [
      "power",
      `${result.servers.length} servers, ${result.readings} readings over ` +
      `${digits(result.measuredS / 3600)} server hours`,
    ],
    [
      "requests",
      `${result.requests}, ${result.attributed} attributed` +
      (count.length === 0 ? "" : `; without energy: ${count.join(", ")}`),
    ],
    ["dropped", lossText(result.dropped)],
    ["method", `${result.method}: ${result.sharing}; idle energy unassigned`],
    ...result.kinds.map(({ kind, fit }): [string, string] => [
      "fit",
      fit === null
        ? `${kind}: costs are given`
        : `${kind}: explains ${
          (100 * fit.r2).toFixed(1)
        } % of the variance of ${fit.blocks} blocks`,
    ]),
    ...result.warnings.map(({ warning, stretches }): [string, string] => [
      "WARNING",
      `${warning.code} in ${stretches} stretches, the worst: ${warning.message}`,
    ]),
    ...(peakBytes === 0 ? [] : [
      ["memory", `${(peakBytes / 1e6).toFixed(0)} MB at most, of a process that ran tasks`] as [
        string,
        string,
      ],
    ]),
    ...(out === null ? [] : [["written", out] as [string, string]]),
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  io.out(lines.map(([name, text]) => `${name.padEnd(width)}  ${text}\n`).join(""));
  const range = ({ energyJ, lowJ, highJ }: StoreAttribution["prefill"]): string =>
    Number.isFinite(lowJ)
      ? `${digits(energyJ)} [${digits(lowJ, 3)}, ${digits(highJ, 3)}]`
      : digits(energyJ);
  const rows = [
    ["prefill", range(result.prefill), share(result.prefill.energyJ)],
    ["decode", range(result.decode), share(result.decode.energyJ)],
    ["idle", digits(result.idleJ), share(result.idleJ)],
    ["unattributed", digits(result.unattributedJ), share(result.unattributedJ)],
    ["measured", digits(result.totalJ), share(result.totalJ)],
  ];
  io.out("\n" + textTable(["phase", "energy J, 90 %", "share"], rows, { ruleBefore: [4] }));
  io.out(
    "\n" + textTable(
      ["server", "devices", "requests", "prefill J", "decode J", "idle J", "unattributed J", "J"],
      result.servers.slice(0, 20).map((server) => [
        server.server,
        String(server.devices.length),
        String(server.attributed),
        digits(server.prefill.energyJ),
        digits(server.decode.energyJ),
        digits(server.idleJ),
        digits(server.unattributedJ),
        digits(server.totalJ),
      ]),
    ),
  );
  if (result.servers.length > 20) io.out(`and ${result.servers.length - 20} servers more\n`);
  io.out(
    `\nconservation  prefill + decode + idle + unattributed = measured, ` +
      `${closes(result.conservationError)}\n`,
  );
}
