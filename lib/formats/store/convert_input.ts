import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { hashFile } from "../../datasets/hash_file.ts";
import { InputError } from "../../errors.ts";
import type { Loss } from "../../losses.ts";
import { Collector, type SeriesColumn, type SeriesSink } from "../collect.ts";
import type { ReadOptions } from "../format.ts";
import { formatOf, readInto } from "../read_into.ts";
import { conflictsOf, SourceIndex } from "./conflicts.ts";
import { isStore } from "./layout.ts";
import { manifestPath, readSources, type StoreSource } from "./manifest.ts";
import { storeOf } from "./open_store.ts";
import { StoreWriter } from "./store_writer.ts";

/** Options of {@linkcode convertInputs}. */
export interface ConvertOptions extends ReadOptions {
  /** Host of the devices of inputs that do not say theirs. */
  readonly host?: string;
  /** Name of the server of request logs that do not say theirs. */
  readonly replica?: string;
  /** Name of the model of request logs that do not say theirs. */
  readonly model?: string;
  /** Whether sources of the store that the input is a newer state of are replaced; else it is refused. */
  readonly replace?: boolean;
  /** Whether an input that cannot be read is passed over; by default none is. */
  passOver?(path: string, error: InputError): boolean;
}

/** What became of an input. */
export interface Conversion {
  /** `converted`, or `present` when the store had it already. */
  readonly status: "converted" | "present";
  /** What it brought to the store. */
  readonly source: StoreSource;
  /** Paths of sources that it replaced. */
  readonly replaced: readonly string[];
}

/**
 * Converts inputs into a store of partitioned Parquet, one after another. Power readings go through
 * memory a row group at a time; request logs, windows and results are in memory as a whole. Nothing of
 * an input is in the store until all of it is; one that is there already is left alone.
 *
 * @param inputs Paths: files of any readable format, or other stores.
 * @param dir The store; made when it is not there.
 * @param options How to read the inputs, and what they do not say of themselves.
 * @return What became of each, as soon as it is done.
 * @throws {InputError} As {@linkcode readInput} does; `refused` when the store holds readings of the
 *   same devices from the same time, or another state of the same request log; `unreadable` when the
 *   store cannot be written.
 */
export async function* convertInputs(
  inputs: readonly string[],
  dir: string,
  options: ConvertOptions = {},
): AsyncGenerator<Conversion> {
  const index = new SourceIndex(isStore(dir) ? readSources(dir) : []);
  for (const input of inputs) {
    try {
      yield await convertInput(input, dir, index, options);
    } catch (error) {
      if (!(error instanceof InputError && options.passOver?.(input, error))) throw error;
    }
  }
}

async function convertInput(
  input: string,
  dir: string,
  index: SourceIndex,
  { host, replica, model, replace = false, passOver: _passOver, ...readOptions }: ConvertOptions,
): Promise<Conversion> {
  const format = await formatOf(input, readOptions);
  const id = await idOf(input, { ...readOptions, format, host, replica, model });
  const present = index.get(id);
  if (present !== undefined) return { status: "present", source: present, replaced: [] };
  const writer = new StoreWriter(dir, { id, path: input, format });
  try {
    const into = new Collector({ sink: sinkOf(writer, { path: input, format }, host) });
    await readInto(input, into, { ...readOptions, format });
    for (const log of into.requests) {
      writer.addRequests({
        ...log,
        ...(replica !== undefined && log.replicas.length === 0 && { replicas: [replica] }),
        ...(model !== undefined && log.model === undefined && { model }),
      });
    }
    for (const windows of into.windows) writer.addWindows(windows);
    for (const table of into.results) writer.addResults(table);
    const source = writer.finish(into.losses.list(), into.notes);
    const near = index.near(source);
    const conflicts = conflictsOf(source, near);
    if (conflicts.length > 0 && !replace) throw refusal(input, conflicts);
    const old = conflicts.map((conflict) => conflict.source);
    // Looked at before anything is moved: what cannot be opened together is not put together.
    storeOf(dir, [...near.filter((one) => !old.includes(one)), source]);
    for (const one of old) {
      removeSource(dir, one);
      index.remove(one);
    }
    writer.commit(source);
    index.add(source);
    return { status: "converted", source, replaced: old.map(({ path }) => path) };
  } catch (error) {
    writer.abort();
    throw error;
  }
}

/** What tells an input from others: its content, and how it was read. */
async function idOf(input: string, options: object): Promise<string> {
  const hash = createHash("sha256");
  if (isStore(input)) {
    for (const { id } of readSources(input)) hash.update(id);
  } else {
    hash.update((await hashFile(input))?.sha256 ?? "");
  }
  hash.update(JSON.stringify(options));
  return hash.digest("hex").slice(0, 16);
}

function sinkOf(
  writer: StoreWriter,
  source: { readonly path: string; readonly format: string },
  host: string | undefined,
): SeriesSink {
  const pushes = new Map<SeriesColumn, ReturnType<StoreWriter["beginSeries"]>>();
  return {
    begin(column) {
      const { device, clock, quantity, reading, averagingS, basis, column: name } = column.spec;
      const facts = {
        device: host === undefined || device.host !== undefined ? device : { ...device, host },
        clock,
        quantity,
        ...(quantity === "power" && { reading: reading ?? "unspecified" as const }),
        averagingS: averagingS ?? null,
        source: {
          ...source,
          column: name,
          sourceClock: clock,
          ...(basis !== undefined && { basis }),
        },
      };
      pushes.set(
        column,
        writer.beginSeries(facts, {
          losses: (): readonly Loss[] => column.losses.list(),
          resetS: () => column.resetS,
        }),
      );
    },
    take(column, columns, length) {
      pushes.get(column)!(columns, length);
    },
  };
}

/** Takes a source out of a store: first what says that it is there, then its files. */
function removeSource(dir: string, { id, parts }: StoreSource): void {
  rmSync(manifestPath(dir, id));
  for (const { files } of parts) {
    for (const { path } of files) rmSync(join(dir, path), { force: true });
  }
}

function refusal(
  input: string,
  conflicts: readonly { readonly source: StoreSource; readonly what: string }[],
): InputError {
  const [first] = conflicts;
  return new InputError({
    code: "refused",
    path: input,
    problem: `the folder holds ${first!.what} already, from ${first!.source.path}`,
    advice:
      "give --replace when this is a newer state of it; when these are other devices, name their " +
      "hosts with --host",
  });
}
