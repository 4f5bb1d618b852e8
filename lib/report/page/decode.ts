/** Reads stored columns back, in the page. */

import type { Column, StoredColumn } from "./data.ts";

/** The column as it was stored. */
export async function decodeColumn(column: StoredColumn, rows: number): Promise<Column> {
  const bytes = await inflate(column.data);
  if (column.type === "text") return JSON.parse(new TextDecoder().decode(bytes));
  return column.type === "float"
    ? joinPlanes(bytes)
    : readDifferences(bytes, column.decimals, rows);
}

/** Base64 of raw deflate to bytes. */
export async function inflate(base64: string): Promise<Uint8Array> {
  const packed = bytesOfBase64(base64);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Base64 to bytes, by the platform where it can. */
export function bytesOfBase64(base64: string): Uint8Array<ArrayBuffer> {
  // Browsers of before 2025 lack it.
  const fromBase64: typeof Uint8Array.fromBase64 | undefined = Uint8Array.fromBase64;
  if (fromBase64 !== undefined) return Uint8Array.fromBase64(base64);
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** Eight planes of bytes to floats. */
export function joinPlanes(planes: Uint8Array): Float64Array {
  const rows = planes.length / 8;
  const bytes = new Uint8Array(planes.length);
  for (let plane = 0; plane < 8; plane++) {
    for (let i = 0, from = plane * rows; i < rows; i++) bytes[8 * i + plane] = planes[from + i]!;
  }
  return new Float64Array(bytes.buffer);
}

/** Variable-length differences to numbers; 0 stands for a missing one. */
export function readDifferences(bytes: Uint8Array, decimals: number, rows: number): Float64Array {
  const values = new Float64Array(rows);
  const scale = 10 ** decimals;
  let at = 0;
  let whole = 0;
  for (let i = 0; i < rows; i++) {
    let code = 0;
    let size = 1;
    let byte: number;
    do {
      byte = bytes[at++]!;
      code += (byte & 127) * size;
      size *= 128;
    } while (byte > 127);
    if (code === 0) {
      values[i] = NaN;
      continue;
    }
    const zigzag = code - 1;
    whole += zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    values[i] = whole / scale;
  }
  return values;
}
