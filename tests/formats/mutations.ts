/** Ways in which logs are damaged, for the fuzz tests of the readers. */

import fc from "fast-check";

/** One way to damage a file. */
export type Mutation =
  | { readonly kind: "cut"; readonly at: number }
  | { readonly kind: "double"; readonly from: number; readonly lines: number }
  | { readonly kind: "drop"; readonly from: number; readonly lines: number }
  | { readonly kind: "flip"; readonly at: number; readonly mask: number }
  | { readonly kind: "insert"; readonly at: number; readonly byte: number }
  | { readonly kind: "swap-columns"; readonly a: number; readonly b: number }
  | { readonly kind: "crlf" }
  | { readonly kind: "bom" }
  | { readonly kind: "locale" }
  | { readonly kind: "blank-lines"; readonly every: number };

const share = fc.double({ min: 0, max: 1, noNaN: true, noDefaultInfinity: true });
const count = fc.integer({ min: 1, max: 6 });

/** Damage that keeps every number that it leaves: what is read must be what stood there. */
export const kindMutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant("cut" as const), at: share }),
  fc.record({ kind: fc.constant("double" as const), from: share, lines: count }),
  fc.record({ kind: fc.constant("drop" as const), from: share, lines: count }),
  fc.record({
    kind: fc.constant("swap-columns" as const),
    a: fc.integer({ min: 0, max: 11 }),
    b: fc.integer({ min: 0, max: 11 }),
  }),
  fc.constant({ kind: "crlf" as const }),
  fc.constant({ kind: "bom" as const }),
  fc.constant({ kind: "locale" as const }),
  fc.record({ kind: fc.constant("blank-lines" as const), every: count }),
);

/** Damage of any sort: numbers may change, but nothing may break. */
export const rudeMutation: fc.Arbitrary<Mutation> = fc.oneof(
  kindMutation,
  fc.record({
    kind: fc.constant("flip" as const),
    at: share,
    mask: fc.integer({ min: 1, max: 255 }),
  }),
  fc.record({
    kind: fc.constant("insert" as const),
    at: share,
    byte: fc.integer({ min: 0, max: 255 }),
  }),
);

/** Damages a file. */
export function mutate(bytes: Uint8Array, mutation: Mutation): Uint8Array {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const lines = (): string[] => new TextDecoder().decode(bytes).split("\n");
  switch (mutation.kind) {
    case "cut":
      return bytes.slice(0, Math.floor(mutation.at * bytes.length));
    case "flip": {
      const copy = bytes.slice();
      const at = Math.floor(mutation.at * (copy.length - 1));
      if (at >= 0 && at < copy.length) copy[at]! ^= mutation.mask;
      return copy;
    }
    case "insert": {
      const at = Math.floor(mutation.at * bytes.length);
      const copy = new Uint8Array(bytes.length + 1);
      copy.set(bytes.subarray(0, at));
      copy[at] = mutation.byte;
      copy.set(bytes.subarray(at), at + 1);
      return copy;
    }
    case "double": {
      const all = lines();
      const from = Math.floor(mutation.from * all.length);
      const part = all.slice(from, from + mutation.lines);
      return encode([...all.slice(0, from), ...part, ...all.slice(from)].join("\n"));
    }
    case "drop": {
      const all = lines();
      const from = Math.floor(mutation.from * all.length);
      return encode([...all.slice(0, from), ...all.slice(from + mutation.lines)].join("\n"));
    }
    case "crlf":
      return encode(lines().map((line) => line.replace(/\r$/, "")).join("\r\n"));
    case "bom":
      return encode("\uFEFF" + new TextDecoder().decode(bytes));
    case "locale":
      // Decimal commas, and semicolons where commas separated.
      return encode(
        lines().map((line) => line.replace(/,/g, ";").replace(/(\d)\.(\d)/g, "$1,$2")).join("\n"),
      );
    case "blank-lines":
      return encode(
        lines().map((line, i) => i % mutation.every === 0 ? `${line}\n` : line).join("\n"),
      );
    case "swap-columns": {
      // Header and rows alike, as tools do whose columns are found by name.
      const text = new TextDecoder().decode(bytes);
      if (text.includes('"')) return bytes;
      return encode(
        lines().map((line) => {
          const cells = line.split(",");
          const { a, b } = mutation;
          if (a < cells.length && b < cells.length) {
            [cells[a], cells[b]] = [cells[b]!, cells[a]!];
          }
          return cells.join(",");
        }).join("\n"),
      );
    }
  }
}
