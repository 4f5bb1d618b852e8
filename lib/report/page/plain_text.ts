/** Texts from files, made harmless to look at. */

/** A text for Plotly, which reads a little HTML and TeX: names from logs must stay text, and short. */
export function plotText(text: string, longest: number): string {
  const chars = [...plainText(text)];
  const cut = chars.length > longest ? chars.slice(0, longest - 1).join("") + "…" : chars.join("");
  return cut.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll("\n", " ").replaceAll("$", "\uff04");
}

/**
 * A text without what could change how its surroundings look: control characters and marks of
 * direction are replaced, tabs and line ends are kept.
 */
export function plainText(text: string): string {
  return text.toWellFormed().replace(
    // deno-lint-ignore no-control-regex
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    "\ufffd",
  );
}
