import { InputError } from "../../errors.ts";
import { hashFile } from "../../datasets/hash_file.ts";
import type { Clock } from "../../clock.ts";
import { readRequests } from "../../formats/read_requests.ts";
import {
  isStore,
  openStore,
  readStoredRequests,
  type Store,
  type StoreFile,
} from "../../formats/store/mod.ts";
import { pickRequests } from "../../requests/pick.ts";
import type { Loss } from "../../losses.ts";
import type { RequestLog } from "../../requests/log.ts";

/** A piece of a log: when, and its content. */
export type LogFile = Pick<StoreFile, "startS" | "endS" | "sha256">;

/** Requests from which those of a span of time can be read. */
export interface RequestsSource {
  /** What their times count from. */
  readonly clock: Clock;
  /** Names of the servers; empty when the log does not tell them apart. */
  readonly replicas: readonly string[];
  /** Requests in all. */
  readonly rows: number;
  /** What their reader left out, and why. */
  readonly dropped: readonly Loss[];
  /** Files that hold the requests of a replica (null: all). */
  filesOf(replica: string | null): readonly LogFile[];
  /** Requests that are in flight at some moment of a span. */
  read(replica: string | null, fromS: number, toS: number): Promise<RequestLog | null>;
}

/**
 * Opens requests: those of a store are read piece by piece, any other log is read whole.
 *
 * @param path A store, or a request log.
 * @param format Format of the log, when detection should not decide.
 * @return The requests.
 * @throws {InputError} `refused` when there are none.
 */
export async function openRequests(path: string, format?: string): Promise<RequestsSource> {
  return isStore(path) ? ofStore(openStore(path)) : await ofFile(path, format);
}

function ofStore(store: Store): RequestsSource {
  const clocks = [...new Set(store.requests.map(({ facts }) => facts.clock))];
  if (clocks.length !== 1) throw holdsNone(store.dir, clocks.length);
  return {
    clock: clocks[0]!,
    rows: store.requests.reduce(
      (sum, { files }) => sum + files.reduce((rows, file) => rows + file.rows, 0),
      0,
    ),
    dropped: store.requests.flatMap(({ facts }) => facts.dropped),
    replicas: [
      ...new Set(store.requests.flatMap(({ files }) => files.flatMap((f) => f.replica ?? []))),
    ],
    filesOf: (replica) =>
      store.requests.flatMap(({ files }) =>
        files.filter((file) => replica === null || file.replica === replica)
      ),
    read: (replica, fromS, toS) =>
      readStoredRequests(store, { fromS, toS, ...(replica !== null && { replica }) }),
  };
}

async function ofFile(path: string, format?: string): Promise<RequestsSource> {
  const { log } = await readRequests(path, format ?? null);
  // A request that is read with two stretches must be known again.
  const named = { ...log, ids: log.ids ?? Array.from(log.submitS, (_, i) => String(i)) };
  const digest = await hashFile(path);
  const whole = { startS: log.submitS[0] ?? null, endS: null, sha256: digest?.sha256 ?? "" };
  let startS = Infinity;
  let endS = -Infinity;
  for (let i = 0; i < log.submitS.length; i++) {
    if (log.submitS[i]! < startS) startS = log.submitS[i]!;
    for (const t of [log.submitS[i]!, log.endS[i]!]) if (t > endS) endS = t;
  }
  const files = startS <= endS ? [{ ...whole, startS, endS }] : [];
  return {
    clock: log.clock,
    rows: log.submitS.length,
    dropped: log.dropped,
    replicas: log.replica === null ? [] : log.replicas,
    filesOf: () => files,
    read: (replica, fromS, toS) => {
      const r = replica === null ? -1 : log.replicas.indexOf(replica);
      const rows = [...log.submitS.keys()].filter((i) =>
        (r < 0 || log.replica![i] === r) && log.submitS[i]! < toS && !(log.endS[i]! < fromS)
      );
      return Promise.resolve(rows.length === 0 ? null : pickRequests(named, rows));
    },
  };
}

function holdsNone(path: string, clocks: number): InputError {
  return new InputError({
    code: "refused",
    path,
    problem: clocks === 0
      ? "there are no requests in it"
      : "its request logs are on different clocks",
    advice: `see what it holds with joulebook inspect ${path}`,
  });
}
