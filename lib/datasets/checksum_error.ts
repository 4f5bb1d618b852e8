import { InputError } from "../errors.ts";
import type { Digest } from "./registry.ts";

/**
 * The refusal of bytes that are not the registered ones. A wrong size says more to a person than
 * two hashes, so it goes first.
 */
export function checksumError(
  path: string,
  accepted: readonly Digest[],
  found: Digest,
): InputError {
  const wrongSize = accepted.every(({ bytes }) => bytes !== found.bytes);
  const show = ({ bytes, sha256 }: Digest) => wrongSize ? `${bytes} bytes` : `sha256 ${sha256}`;
  return new InputError({
    code: "checksum",
    path,
    problem: `the bytes are not the registered ones (${wrongSize ? "size" : "SHA-256"} differs)`,
    expected: accepted.map(show).join(" or "),
    found: show(found),
    advice: "delete the copy and pull it again; if it stays, the origin or the mirror has changed",
  });
}
