import { createHash } from "node:crypto";

/**
 * JSON for a data block of a page. What would end the block, a line of an old parser,
 * or turn the reading direction of the source is escaped.
 *
 * @param value Any value of plain data.
 * @return JSON that reads back as the same value.
 */
export function jsonForHtml(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A program for an inline script element: nothing in it ends the element. */
export function scriptForHtml(program: string): string {
  // HTML counts every line end as a line feed, and the policy's checksum is taken after that.
  return program.replaceAll("\r\n", "\n").replaceAll("\r", "\n")
    .replace(/<\/(script)/gi, "<\\/$1")
    .replaceAll("<!--", "\\x3c!--");
}

/**
 * A policy under which only the given programs run and nothing can be loaded from anywhere or sent to
 * anywhere.
 *
 * @param programs The inline programs, exactly as they stand in the page.
 * @return The content of a `Content-Security-Policy` element.
 */
export function contentPolicy(programs: readonly string[]): string {
  const hashes = programs.map((program) =>
    `'sha256-${createHash("sha256").update(program).digest("base64")}'`
  );
  return [
    "default-src 'none'",
    `script-src ${hashes.join(" ")}`,
    // Plotly styles its elements; styles can load nothing under this policy.
    "style-src 'unsafe-inline'",
    "img-src data: blob:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}
