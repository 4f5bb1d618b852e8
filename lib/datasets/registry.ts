import * as v from "valibot";
import { InputError } from "../errors.ts";
import { pathFault } from "./path_fault.ts";
import shipped from "../../datasets/registry.json" with { type: "json" };

/**
 * How a registered file relates to the published one.
 *
 * - `verbatim`: the published bytes; it can be fetched and verified
 * - `excerpt`: a part of the published file, cut out as it stands
 * - `transcribed`: copied by reading, whole or in part, with no proof that every byte is the published one
 * - `derived`: made from the published file by filtering or computing
 * - `unpinned`: taken from the repository at a commit that was not recorded, some compressed on the way
 *
 * Only a `verbatim` file can be fetched from its origin; the others exist in a mirror alone.
 */
export type Origin = "verbatim" | "excerpt" | "transcribed" | "derived" | "unpinned";

/** What identifies the bytes of a file. */
export interface Digest {
  /** Size in bytes. */
  readonly bytes: number;
  /** SHA-256, 64 lower-case hexadecimal digits. */
  readonly sha256: string;
}

/** One file of the {@linkcode Registry}. */
export interface DatasetFile extends Digest {
  /** Path inside a data folder (mirror or cache), with `/` between its parts. */
  readonly path: string;
  /** Format family: the second part of the path, such as `nvidia_smi` or `mlperf_power`. */
  readonly family: string;
  /** Repository of origin, `owner/name`. */
  readonly repository: string;
  /** Commit of origin, 40 hexadecimal digits; null when it is `unpinned`. */
  readonly commit: string | null;
  /** Path of the published file in its repository; when it is `unpinned`, as far as known. */
  readonly sourcePath: string;
  /** Which part or selection of the published file this is; empty for the whole of it. */
  readonly selection: string;
  /** Where the published file is served; the repository's page when it is `unpinned`. */
  readonly url: string;
  /** Whether this file is the published one or was made from it. */
  readonly origin: Origin;
  /** SPDX identifier of the licence, or `none stated`. */
  readonly licence: string;
  /** What the licence lets one do with a copy. */
  readonly redistribution: string;
  /** What to cite. */
  readonly citation: string;
  /** What is particular about the file; may be empty. */
  readonly note: string;
  /**
   * The mirror's own version, where it had to differ from the published one (`note` says why);
   * null where the mirror holds the registered bytes.
   */
  readonly mirrorCopy: Digest | null;
}

/** The published files that Joulebook knows. */
export interface Registry {
  /** Every file, sorted by path. */
  readonly files: readonly DatasetFile[];
}

const text = v.pipe(v.string(), v.nonEmpty("some text"));
const bytes = v.pipe(
  v.number(),
  v.check((n) => Number.isSafeInteger(n) && n >= 0, "a whole number of bytes"),
);
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits"));
const digest = v.strictObject({ bytes, sha256 });
const relativePath = v.pipe(
  v.string(),
  v.check((path) => pathFault(path) === null, "a relative path that stays in its folder"),
);

const registrySchema = v.strictObject({
  files: v.array(v.strictObject({
    path: relativePath,
    family: text,
    repository: v.pipe(v.string(), v.regex(/^[\w-][\w.-]*\/[\w-][\w.-]*$/, "owner/name")),
    commit: v.nullable(v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/, "40 hexadecimal digits"))),
    sourcePath: relativePath,
    selection: v.string(),
    url: v.pipe(
      v.string(),
      v.check(
        (url) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol),
        "a web address",
      ),
    ),
    bytes,
    sha256,
    origin: v.picklist(["verbatim", "excerpt", "transcribed", "derived", "unpinned"]),
    licence: text,
    redistribution: text,
    citation: text,
    note: v.string(),
    mirrorCopy: v.nullable(digest),
  })),
});

let loaded: Registry | undefined;

/**
 * The registry that comes with Joulebook. It holds where each published file is and what its bytes
 * must be, not the files themselves.
 *
 * @return The registry; the same object every time.
 *
 * @example
 * ```ts
 * import { loadRegistry } from "@joulebook/joulebook/datasets";
 * import assert from "node:assert/strict";
 *
 * const { files } = loadRegistry();
 * assert.ok(files.every((file) => file.commit === null || file.url.includes(file.commit)));
 * ```
 */
export function loadRegistry(): Registry {
  return loaded ??= parseRegistry(shipped, "datasets/registry.json");
}

/**
 * Checks a registry that was read from elsewhere: its fields, and that no path leaves its folder or
 * stands there twice.
 *
 * @param value The parsed JSON.
 * @param path Name of its file, for messages.
 * @return The registry. Throws an `InputError` (`malformed`) that names the first faulty field.
 *
 * @example
 * ```ts
 * import { parseRegistry } from "@joulebook/joulebook/datasets";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseRegistry({ files: [] }, "empty.json").files, []);
 * assert.throws(() => parseRegistry({ files: [{ path: "../secret" }] }, "bad.json"), /stays in its folder/);
 * ```
 */
export function parseRegistry(value: unknown, path: string): Registry {
  const parsed = v.safeParse(registrySchema, value, { abortEarly: true });
  if (!parsed.success) {
    const issue = parsed.issues[0];
    throw new InputError({
      code: "malformed",
      path,
      problem: `the registry's field ${v.getDotPath(issue) ?? "(whole document)"} is wrong`,
      expected: issue.kind === "validation" ? issue.message : issue.expected,
      found: issue.kind === "validation" ? String(issue.input) : issue.received,
      advice: "build it again with scripts/build_registry.ts",
    });
  }
  const seen = new Set<string>();
  for (const file of parsed.output.files) {
    if (seen.has(file.path)) {
      throw new InputError({
        code: "malformed",
        path,
        problem: "the registry names the same path twice",
        found: file.path,
      });
    }
    seen.add(file.path);
  }
  return parsed.output;
}
