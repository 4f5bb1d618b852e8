/** Which rows of a table a reader asks for, in which order. */

/** What the form asks for. */
export interface RowQuery {
  /** Text that the name must contain, whatever its case; empty for all. */
  readonly text: string;
  /** `all`, `with` an energy, or `without` one. */
  readonly energy: "all" | "with" | "without";
  /** Least energy in joules; 0 for all. */
  readonly leastJ: number;
  /** Only rows that touch this span; null for all. */
  readonly span: { readonly fromS: number; readonly toS: number } | null;
}

/** Columns that the query looks at. */
export interface RowColumns {
  readonly names: readonly (string | null)[];
  readonly startS: Float64Array;
  readonly endS: Float64Array;
  readonly energyJ: Float64Array;
}

/** Rows in the order of a key, the largest first or the smallest; rows without the key are last. */
export function orderRows(key: Float64Array, largestFirst: boolean): Uint32Array<ArrayBuffer> {
  const order = Uint32Array.from(key, (_, i) => i);
  const sign = largestFirst ? -1 : 1;
  let isOrdered = true;
  for (let i = 1; i < key.length && isOrdered; i++) isOrdered = sign * (key[i]! - key[i - 1]!) >= 0;
  if (isOrdered) return order;
  const rank = key.map((value) => Number.isNaN(value) ? Infinity : sign * value);
  return order.sort((a, b) => rank[a]! < rank[b]! ? -1 : rank[a]! > rank[b]! ? 1 : a - b);
}

/** The rows of an order that the query asks for. */
export function pickRows(
  order: Uint32Array<ArrayBuffer>,
  columns: RowColumns,
  query: RowQuery,
): Uint32Array<ArrayBuffer> {
  const { names, startS, endS, energyJ } = columns;
  const text = query.text.toLowerCase();
  const { span } = query;
  return order.filter((row) => {
    const energy = energyJ[row]!;
    if (query.energy === "with" && Number.isNaN(energy)) return false;
    if (query.energy === "without" && !Number.isNaN(energy)) return false;
    if (query.leastJ > 0 && !(energy >= query.leastJ)) return false;
    if (span !== null) {
      const end = Number.isNaN(endS[row]!) ? startS[row]! : endS[row]!;
      if (!(startS[row]! <= span.toS && end >= span.fromS)) return false;
    }
    return text === "" || (names[row] ?? "").toLowerCase().includes(text);
  });
}
