/**
 * Why a registry's path must not be joined to a folder, or null when it may. A registry is data
 * from elsewhere: a path that climbs out of the folder, or that another operating system reads as
 * absolute or as a device, would let it write anywhere.
 *
 * @internal
 */
export function pathFault(path: string): string | null {
  if (path === "") return "it is empty";
  if (path.includes("\\")) return "it holds a backslash";
  // deno-lint-ignore no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(path)) return "it holds a control character";
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path)) return "it is absolute";
  const odd = path.split("/").find((part) => part === "" || part === "." || part === "..");
  if (odd !== undefined) return `it has the part "${odd}"`;
  return null;
}
