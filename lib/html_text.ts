/**
 * A text as HTML, fit for an element and for a quoted attribute.
 *
 * @param text Any text.
 * @return The text with what HTML reads as markup escaped.
 */
export function escapeHtml(text: string): string {
  return text.replace(
    /[&<>"']/g,
    (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[c]!,
  );
}
