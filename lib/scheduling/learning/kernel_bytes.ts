/** Assembles the SIMD matrix product: blocks of 4 (then 1) rows by 8 columns kept in registers. */

const i32 = 0x7f;
const v128 = 0x7b;

function unsigned(value: number): number[] {
  const out: number[] = [];
  do {
    const low = value & 0x7f;
    value >>>= 7;
    out.push(value === 0 ? low : low | 0x80);
  } while (value !== 0);
  return out;
}

function signed(value: number): number[] {
  const out: number[] = [];
  for (;;) {
    const low = value & 0x7f;
    value >>= 7;
    if ((value === 0 && (low & 0x40) === 0) || (value === -1 && (low & 0x40) !== 0)) {
      out.push(low);
      return out;
    }
    out.push(low | 0x80);
  }
}

const get = (local: number): number[] => [0x20, ...unsigned(local)];
const set = (local: number): number[] => [0x21, ...unsigned(local)];
const constant = (value: number): number[] => [0x41, ...signed(value)];
const add = [0x6a];
const multiply = [0x6c];
const simd = (code: number): number[] => [0xfd, ...unsigned(code)];
const load = (offset: number): number[] => [...simd(0), 0, ...unsigned(offset)];
const loadSplat = [...simd(9), 0, 0];
const store = (offset: number): number[] => [...simd(11), 0, ...unsigned(offset)];
const zero = [...simd(12), ...new Array<number>(16).fill(0)];
const addFloats = simd(0xe4);
const multiplyFloats = simd(0xe6);
const loop = (body: number[]): number[] => [0x03, 0x40, ...body, 0x0b];
const when = (body: number[], otherwise: number[] = []): number[] =>
  otherwise.length === 0
    ? [0x04, 0x40, ...body, 0x0b]
    : [0x04, 0x40, ...body, 0x05, ...otherwise, 0x0b];
const repeatIf = [0x0d, 0]; // branch to the innermost loop when the top of the stack is not 0
const lessOrEqual = [0x4c];
const less = [0x48];
const increase = (
  local: number,
  by: number[],
): number[] => [...get(local), ...by, ...add, ...set(local)];

// Parameters, then locals.
const [a, aRow, aColumn, b, c, m, n, k, accumulate] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const [i, j, count, pb, pc, width] = [9, 10, 11, 12, 13, 14];
const pa = 15; // four pointers
const sums = 19; // eight registers
const [left, right, factor] = [27, 28, 29];

/** One block of `rows` rows at row i, over all columns. */
function block(rows: number): number[] {
  const body: number[] = [];
  // pc = c + (i n + j) 4, pb = b + 4 j, pa[r] = a + (i + r) aRow
  body.push(...get(i!), ...get(n!), ...multiply, ...get(j!), ...add, ...constant(4), ...multiply);
  body.push(...get(c!), ...add, ...set(pc!));
  body.push(...get(j!), ...constant(4), ...multiply, ...get(b!), ...add, ...set(pb!));
  body.push(...get(i!), ...get(aRow!), ...multiply, ...get(a!), ...add, ...set(pa));
  for (let r = 1; r < rows; r++) {
    body.push(...get(pa + r - 1), ...get(aRow!), ...add, ...set(pa + r));
  }
  const keep: number[] = [];
  const clear: number[] = [];
  keep.push(...get(pc!), ...set(count!));
  for (let r = 0; r < rows; r++) {
    keep.push(...get(count!), ...load(0), ...set(sums + 2 * r));
    keep.push(...get(count!), ...load(16), ...set(sums + 2 * r + 1));
    keep.push(...increase(count!, get(width!)));
    clear.push(...zero, ...set(sums + 2 * r), ...zero, ...set(sums + 2 * r + 1));
  }
  body.push(...get(accumulate!), ...when(keep, clear));
  const inner: number[] = [];
  inner.push(...get(pb!), ...load(0), ...set(left!), ...get(pb!), ...load(16), ...set(right!));
  for (let r = 0; r < rows; r++) {
    inner.push(...get(pa + r), ...loadSplat, ...set(factor!));
    for (const [side, at] of [[left!, 2 * r], [right!, 2 * r + 1]] as const) {
      inner.push(...get(sums + at), ...get(factor!), ...get(side), ...multiplyFloats);
      inner.push(...addFloats, ...set(sums + at));
    }
    inner.push(...increase(pa + r, get(aColumn!)));
  }
  inner.push(...increase(pb!, get(width!)), ...increase(count!, constant(-1)));
  inner.push(...constant(0), ...get(count!), ...less, ...repeatIf);
  body.push(...get(k!), ...set(count!), ...loop(inner));
  for (let r = 0; r < rows; r++) {
    body.push(...get(pc!), ...get(sums + 2 * r), ...store(0));
    body.push(...get(pc!), ...get(sums + 2 * r + 1), ...store(16));
    body.push(...increase(pc!, get(width!)));
  }
  body.push(...increase(j!, constant(8)), ...get(j!), ...get(n!), ...less, ...repeatIf);
  return [...constant(0), ...set(j!), ...loop(body)];
}

function section(id: number, content: number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function text(value: string): number[] {
  return [value.length, ...Array.from(value, (ch) => ch.charCodeAt(0))];
}

/** The module: imports env.memory, exports product (see MatrixProduct; m, n and k at least 1). */
export function matrixKernelBytes(): Uint8Array<ArrayBuffer> {
  const fours = loop([
    ...get(i!),
    ...constant(4),
    ...add,
    ...get(m!),
    ...lessOrEqual,
    ...when([...block(4), ...increase(i!, constant(4)), 0x0c, 1]),
  ]);
  const ones = loop([
    ...get(i!),
    ...get(m!),
    ...less,
    ...when([...block(1), ...increase(i!, constant(1)), 0x0c, 1]),
  ]);
  const code = [
    ...[3, 10, i32, 11, v128, 0, v128],
    ...get(n!),
    ...constant(4),
    ...multiply,
    ...set(width!),
    ...fours,
    ...ones,
    0x0b,
  ];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 9, ...new Array<number>(9).fill(i32), 0]),
    ...section(2, [1, ...text("env"), ...text("memory"), 2, 0, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text("product"), 0, 0]),
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ]);
}
