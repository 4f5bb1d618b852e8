// deno-lint-ignore no-control-regex
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/**
 * A plain value with what XML forbids in its texts replaced: control characters and halves of
 * surrogate pairs, as a log may bring them. Columns of numbers are shared, not copied.
 */
export function cleanTexts<T>(value: T): T {
  if (typeof value === "string") return value.toWellFormed().replace(forbidden, "\ufffd") as T;
  if (Array.isArray(value)) {
    return (typeof value[0] === "number" ? value : value.map(cleanTexts)) as T;
  }
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, cleanTexts(v)])) as T;
}
