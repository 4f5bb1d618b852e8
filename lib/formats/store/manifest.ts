import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { InputError } from "../../errors.ts";
import type { Loss } from "../../losses.ts";
import { type Part, partSchema } from "../flat_parts.ts";
import { manifestFolder } from "./layout.ts";

/** One Parquet file of a store. */
export interface StoreFile {
  /** Path below the store's folder. */
  readonly path: string;
  /** Day of its rows; null for a clock without days, and for what has none. */
  readonly day: string | null;
  /** Rows. */
  readonly rows: number;
  /** First time, for requests the first `submitS`; null when it is not known. */
  readonly startS: number | null;
  /** Last time, for requests the last `endS`; null when one of them is not known. */
  readonly endS: number | null;
  /** For a series, the median step between readings of its first row group; null with fewer than two. */
  readonly stepS?: number | null;
  /** For requests, the server that answered; null where the log has a single one. */
  readonly replica?: string | null;
  /** Size in bytes. */
  readonly bytes: number;
  /** SHA-256 of the content, in hex. */
  readonly sha256: string;
}

/** A series, log, set of windows or table of a source, with the files that hold it. */
export type StorePart = Part & {
  /** Its files, in order of time. */
  readonly files: readonly StoreFile[];
};

/** What one source brought into a store. */
export interface StoreSource {
  /** What tells it from other sources: from its content and how it was read. */
  readonly id: string;
  /** Its path, as it was named. */
  readonly path: string;
  /** Its format. */
  readonly format: string;
  /** Losses that belong to no one series or log. */
  readonly dropped: readonly Loss[];
  /** What its reader settled or noticed. */
  readonly notes: readonly string[];
  /** What it held. */
  readonly parts: readonly StorePart[];
}

const file = v.looseObject({
  path: v.pipe(v.string(), v.regex(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))/)),
  day: v.nullable(v.string()),
  rows: v.number(),
  startS: v.nullable(v.number()),
  endS: v.nullable(v.number()),
  bytes: v.number(),
  sha256: v.string(),
});

const schema = v.looseObject({
  version: v.literal(1),
  id: v.string(),
  path: v.string(),
  format: v.string(),
  dropped: v.array(v.looseObject({ reason: v.string(), count: v.number() })),
  notes: v.array(v.string()),
  parts: v.array(v.intersect([partSchema, v.looseObject({ files: v.array(file) })])),
});

/** Path of what a store says of a source. */
export function manifestPath(dir: string, id: string): string {
  return join(dir, manifestFolder, `${id}.json`);
}

/**
 * What the sources of a store brought, in the order of their ids.
 *
 * @param dir The store.
 * @return The sources.
 * @throws {InputError} `not-found` when it is no store, `malformed` when it is damaged.
 */
export function readSources(dir: string): StoreSource[] {
  let names: string[];
  try {
    names = readdirSync(join(dir, manifestFolder));
  } catch (cause) {
    throw new InputError({
      code: "not-found",
      path: dir,
      problem: "this is no folder that joulebook convert wrote",
      expected: `a folder ${manifestFolder} in it`,
      advice: "make one with joulebook convert IN... DIR/",
      cause,
    });
  }
  return names.filter((name) => /^[^.].*\.json$/.test(name)).sort().map((name) =>
    readSource(join(dir, manifestFolder, name))
  );
}

function readSource(path: string): StoreSource {
  try {
    return v.parse(schema, JSON.parse(readFileSync(path, "utf8"))) as unknown as StoreSource;
  } catch (cause) {
    throw new InputError({
      code: "malformed",
      path,
      problem: "what the folder says of this source is damaged",
      advice: "delete this file, and convert the source again",
      cause,
    });
  }
}

/**
 * Says in a store what a source brought, at once: a reader sees all of it or nothing.
 *
 * @param dir The store.
 * @param source What it brought; its files must be there.
 */
export function writeSource(dir: string, source: StoreSource): void {
  const path = manifestPath(dir, source.id);
  const { id, ...rest } = source;
  mkdirSync(join(dir, manifestFolder), { recursive: true });
  const partial = join(dir, manifestFolder, `.${id}.json.tmp`);
  writeFileSync(partial, `${JSON.stringify({ version: 1, id, ...rest })}\n`);
  renameSync(partial, path);
}
