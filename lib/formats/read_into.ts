import { InputError } from "../errors.ts";
import type { Collector } from "./collect.ts";
import { detectFormat } from "./detect.ts";
import type { Format, ReadOptions } from "./format.ts";
import { openFile } from "./open.ts";
import { rowsOf } from "./rows_of.ts";
import type { ByteSource } from "./source.ts";
import { isStore, storeFormat } from "./store/layout.ts";

/** What was read. */
export interface InputName {
  /** Path or name of the input. */
  readonly path: string;
  /** Id of its format. */
  readonly format: string;
}

/**
 * Reads an input into a collector, and refuses what holds nothing or runs backwards.
 *
 * @param input A path, or a source.
 * @param into The collector.
 * @param options How to read it.
 * @return What was read.
 * @throws {InputError} With the place, what was expected, what was found and what to do.
 */
export async function readInto(
  input: string | ByteSource,
  into: Collector,
  options: ReadOptions,
): Promise<InputName> {
  const { path, format } = typeof input === "string" && isStore(input)
    ? await readStoreInto(input, into, options)
    : await readSourceInto(typeof input === "string" ? openFile(input) : input, into, options);
  const columns = into.columns();
  for (const column of columns) column.flush();
  // What holds nothing but losses, or a header alone, is as empty as what holds nothing.
  const holds = columns.some(({ stats }) => stats.samples > 0) ||
    into.requests.some((log) => log.submitS.length > 0) ||
    into.windows.some(({ names }) => names.length > 0) ||
    into.results.some((table) => rowsOf(table) > 0) ||
    // A log of processes in which none ran says just that.
    into.losses.count("idle-gpu") > 0;
  if (!holds) {
    const lost = [
      ...into.losses.list(),
      ...columns.flatMap(({ losses }) => losses.list()),
      ...into.requests.flatMap(({ dropped }) => dropped),
      ...into.windows.flatMap(({ dropped }) => dropped),
    ];
    const byReason = new Map<string, number>();
    for (const { reason, count } of lost) byReason.set(reason, (byReason.get(reason) ?? 0) + count);
    if (options.fromS !== undefined || options.toS !== undefined) {
      throw new InputError({
        code: "empty",
        path,
        problem: "it holds nothing of the span of time asked for",
        advice: "see with joulebook inspect from when to when it reaches",
      });
    }
    throw new InputError({
      code: "empty",
      path,
      problem: `read as ${format}, it holds no reading`,
      ...(byReason.size > 0 && {
        found: [...byReason].map(([reason, count]) => `${count} x ${reason}`).join(", "),
      }),
      advice: "record it again, or name another format with --format",
    });
  }
  for (const column of columns) {
    const back = column.losses.count("time-goes-back");
    if (back > column.stats.samples) {
      throw new InputError({
        code: "refused",
        path,
        problem: `${back} readings of ${column.spec.device.id} go back in time, ` +
          `${column.stats.samples} go forward`,
        expected: "rows in the order in which they were recorded",
        advice: "sort the rows by time, or split them by device, and read again",
      });
    }
  }
  return { path, format };
}

/**
 * The format that an input would be read as.
 *
 * @param path Path of the input.
 * @param options How to read it.
 * @return Id of the format.
 * @throws {InputError} As {@linkcode detectFormat} does.
 */
export async function formatOf(path: string, options: ReadOptions): Promise<string> {
  return isStore(path) ? storeFormat : (await chosenFormat(openFile(path), options)).id;
}

function chosenFormat(source: ByteSource, options: ReadOptions): Promise<Format> {
  return detectFormat(
    source,
    options.format ?? (options.columns === undefined ? undefined : "table"),
  );
}

async function readSourceInto(
  source: ByteSource,
  into: Collector,
  options: ReadOptions,
): Promise<InputName> {
  if (options.fromS !== undefined || options.toS !== undefined) {
    throw new InputError({
      code: "bad-option",
      path: source.path,
      problem: "a span of time can be chosen only of a folder that joulebook convert wrote",
      advice: "convert it first: joulebook convert IN DIR/",
    });
  }
  const format = await chosenFormat(source, options);
  await format.read(source, into, options);
  return { path: source.path, format: format.id };
}

async function readStoreInto(
  path: string,
  into: Collector,
  options: ReadOptions,
): Promise<InputName> {
  const { adoptStore } = await import("./store/adopt_store.ts");
  await adoptStore(path, into, options);
  return { path, format: storeFormat };
}
