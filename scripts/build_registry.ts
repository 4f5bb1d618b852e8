/**
 * Builds datasets/registry.json from a SOURCES.tsv and the data that lies beside it, and from
 * datasets/scheduling/sources.tsv, whose files lie in the same data folder.
 *
 *     deno run -A scripts/build_registry.ts DATA_DIR/SOURCES.tsv
 *
 * SOURCES.tsv is tab-separated with quoted fields where needed and these columns:
 *
 *     file     path in the data folder
 *     repo     owner/name of the repository it was published in
 *     path     path there; " (...)" behind it says which part or selection of that file this is
 *     commit   commit it was taken from
 *     licence  SPDX identifier, or words that say that none was found
 *     bytes    size of the file (of the published one, where the note says that the copy was rewritten)
 *     sha256   its SHA-256, likewise
 *     note     free text; "transcribed" and "the sha256 is that of the published file" have a meaning
 *
 * The other table has no commits, since none was recorded, and `terms` that say what the licence allows
 * where its identifier does not. The sizes and hashes there are those of the mirror.
 *
 * Citations come from datasets/citations.json, which says for each where it was read; a repository
 * that is not there is cited by its name and commit. The same input gives the same bytes.
 */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { fromCSV } from "arquero";
import {
  type DatasetFile,
  type Digest,
  hashFile,
  type Origin,
  parseRegistry,
  sourceUrl,
} from "../lib/datasets/mod.ts";

/** What datasets/citations.json says of a repository; `basis` is where that was read. */
interface Citation {
  readonly authors?: string;
  readonly title: string;
  readonly venue?: string;
  readonly year?: number;
  readonly doi?: string;
  readonly basis: string;
}

/** One row of SOURCES.tsv. */
interface SourceRow {
  readonly file: string;
  readonly repo: string;
  readonly path: string;
  /** Missing in the table of files whose commit was not recorded. */
  readonly commit?: string;
  readonly licence: string;
  /** What the licence allows, where its identifier does not say. */
  readonly terms?: string | null;
  readonly bytes: string;
  readonly sha256: string;
  readonly note: string | null;
}

const rewritten = "the sha256 is that of the published file";

/**
 * The text of registry.json.
 *
 * @param sources Path of the SOURCES.tsv; the files that it names lie beside it.
 * @return The JSON, ending in a newline. Throws when a file is missing or is not what its row says.
 */
export async function buildRegistry(sources: string): Promise<string> {
  const citations: Record<string, Citation> = JSON.parse(
    await Deno.readTextFile(new URL("../datasets/citations.json", import.meta.url)),
  );
  const files: DatasetFile[] = [];
  for (const path of [sources, new URL("../datasets/scheduling/sources.tsv", import.meta.url)]) {
    const table = fromCSV(await Deno.readTextFile(path), { delimiter: "\t", autoType: false });
    for (const row of table.objects() as SourceRow[]) {
      files.push(await entryOf(row, dirname(sources), citations[row.repo]));
    }
  }
  files.sort((a, b) => a.path < b.path ? -1 : 1);
  return JSON.stringify(parseRegistry({ files }, "registry.json"), null, 2) + "\n";
}

async function entryOf(
  row: SourceRow,
  dataDir: string,
  citation: Citation | undefined,
): Promise<DatasetFile> {
  const [sourcePath, selection] = splitSelection(row.path);
  const note = row.note ?? "";
  const published: Digest = { bytes: Number(row.bytes), sha256: row.sha256 };
  return {
    path: row.file,
    family: row.file.split("/")[1] ?? "",
    repository: row.repo,
    commit: row.commit ?? null,
    sourcePath,
    selection,
    url: row.commit === undefined
      ? `https://github.com/${row.repo}`
      : sourceUrl(row.repo, row.commit, sourcePath),
    ...published,
    origin: row.commit === undefined ? "unpinned" : originOf(selection, note),
    ...termsOf(row.licence),
    ...(row.terms && { redistribution: row.terms }),
    citation: citationOf(row, citation),
    note,
    mirrorCopy: await mirrorCopyOf(join(dataDir, row.file), published, note),
  };
}

function splitSelection(path: string): [string, string] {
  const at = path.indexOf(" (");
  return at < 0 || !path.endsWith(")") ? [path, ""] : [path.slice(0, at), path.slice(at + 2, -1)];
}

function originOf(selection: string, note: string): Origin {
  if (/\btranscribed\b/.test(note)) return "transcribed";
  if (selection === "") return "verbatim";
  return selection.startsWith("section ") ? "excerpt" : "derived";
}

/** The licence, and what it lets one do with a copy. */
function termsOf(licence: string): Pick<DatasetFile, "licence" | "redistribution"> {
  if (/^(none stated|no LICENSE)/.test(licence)) {
    return {
      licence: "none stated",
      redistribution:
        `not granted, fetch it from its origin for your own use; found there: ${licence}`,
    };
  }
  return {
    licence,
    redistribution: /^CC-BY-\d/.test(licence)
      ? "allowed with attribution"
      : "allowed with the licence text and its notices",
  };
}

function citationOf(row: SourceRow, citation: Citation | undefined): string {
  const where = `https://github.com/${row.repo} at ${
    row.commit === undefined ? "a commit that was not recorded" : `commit ${row.commit}`
  }`;
  if (citation === undefined) return where;
  const { authors, title, venue, year, doi } = citation;
  const place = [venue, year].filter((part) => part !== undefined).join(", ");
  return [authors, title, place, doi && `doi:${doi}`, where].filter(Boolean).join(". ");
}

async function mirrorCopyOf(path: string, published: Digest, note: string): Promise<Digest | null> {
  const found = await hashFile(path);
  if (found === null) throw new Error(`${path} is missing`);
  const same = found.bytes === published.bytes && found.sha256 === published.sha256;
  if (same === note.includes(rewritten)) {
    throw new Error(
      same
        ? `${path} has the published bytes, but its note says that it was rewritten`
        : `${path} is not what its row says: ${published.bytes} bytes, ${published.sha256} ` +
          `expected, ${found.bytes} bytes, ${found.sha256} found`,
    );
  }
  return same ? null : found;
}

if (import.meta.main) {
  const sources = Deno.args[0];
  if (sources === undefined) throw new Error("usage: build_registry.ts DATA_DIR/SOURCES.tsv");
  const target = fileURLToPath(new URL("../datasets/registry.json", import.meta.url));
  await Deno.writeTextFile(target, await buildRegistry(sources));
}
