/** Why something failed: the innermost cause, which is what `fetch` hides behind "fetch failed". */
export function whyOf(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  return inner instanceof Error ? inner.message : String(inner);
}
