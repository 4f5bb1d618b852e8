/** Tables as compact text for a page. */

import { deflateRawSync } from "node:zlib";
import type { Column, StoredColumn, StoredTable } from "./page/data.ts";

/** A table before it is stored: columns of one length by name. */
export interface PageTable {
  /** Its name in the page. */
  readonly id: string;
  /** Name of its download. */
  readonly file: string;
  /** Columns of one length. */
  readonly columns: Readonly<Record<string, Column>>;
}

/** Stores a table; every number comes back exactly. */
export function encodeTable({ id, file, columns }: PageTable): StoredTable {
  const entries = Object.entries(columns);
  return {
    id,
    file,
    rows: entries[0]?.[1].length ?? 0,
    columns: entries.map(([name, column]) => encodeColumn(name, column)),
  };
}

/** Stores a column in the smallest way that gives every number back exactly. */
export function encodeColumn(name: string, column: Column): StoredColumn {
  if (!(column instanceof Float64Array)) {
    const text = new TextEncoder().encode(JSON.stringify(column));
    return { name, type: "text", decimals: 0, data: pack(text) };
  }
  const decimals = decimalsOf(column);
  return decimals === null
    ? { name, type: "float", decimals: 0, data: pack(splitPlanes(column)) }
    : { name, type: "decimal", decimals, data: pack(writeDifferences(column, decimals)) };
}

function pack(bytes: Uint8Array): string {
  return deflateRawSync(bytes, { level: 6 }).toString("base64");
}

/** Decimals with which all numbers are whole multiples of a power of ten; null when there is none. */
function decimalsOf(column: Float64Array): number | null {
  let decimals = 0;
  for (let i = 0; i < column.length; i++) {
    const value = column[i]!;
    if (Number.isNaN(value)) continue;
    while (!isDecimal(value, decimals)) {
      if (++decimals > 9) return null;
    }
  }
  return column.every((value) => Number.isNaN(value) || isDecimal(value, decimals))
    ? decimals
    : null;
}

function isDecimal(value: number, decimals: number): boolean {
  const scale = 10 ** decimals;
  const whole = Math.round(value * scale);
  // Differences of two such numbers, doubled, must still be whole.
  return Math.abs(whole) < 2 ** 51 && whole / scale === value && !Object.is(value, -0);
}

function writeDifferences(column: Float64Array, decimals: number): Uint8Array {
  const bytes = new Uint8Array(column.length * 8 + 8);
  const scale = 10 ** decimals;
  let at = 0;
  let last = 0;
  for (const value of column) {
    let code = 0;
    if (!Number.isNaN(value)) {
      const whole = Math.round(value * scale);
      const step = whole - last;
      code = (step >= 0 ? 2 * step : -2 * step - 1) + 1;
      last = whole;
    }
    while (code > 127) {
      bytes[at++] = 128 + code % 128;
      code = Math.floor(code / 128);
    }
    bytes[at++] = code;
  }
  return bytes.subarray(0, at);
}

/** All first bytes, then all second ones and so on: like bytes stand together and deflate better. */
function splitPlanes(column: Float64Array): Uint8Array {
  const rows = column.length;
  const bytes = new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
  const planes = new Uint8Array(bytes.length);
  for (let plane = 0; plane < 8; plane++) {
    for (let i = 0; i < rows; i++) planes[plane * rows + i] = bytes[8 * i + plane]!;
  }
  return planes;
}
