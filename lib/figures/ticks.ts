/** A mark on an axis. */
export interface Tick {
  /** Where. */
  readonly at: number;
  /** What it says. */
  readonly label: string;
}

/** Ends and ticks of an axis. */
export interface Scale {
  /** Lower and upper end. */
  readonly domain: readonly [number, number];
  /** Ticks within. */
  readonly ticks: readonly Tick[];
}

/** What is known of a linear axis; by default nothing. */
export interface LinearOptions {
  /** Whether the ends are given and stay. */
  readonly fixed?: boolean;
  /** Whether the ends stay unless a tick is close. */
  readonly tight?: boolean;
  /** Whether all values are whole numbers: ticks are then whole too. */
  readonly whole?: boolean;
}

/**
 * A linear axis in steps of 1, 2 or 5 times a power of ten.
 *
 * @param low Least value.
 * @param high Greatest value.
 * @param count About how many ticks.
 * @param options What is known of its ends and values.
 */
export function linearScale(
  low: number,
  high: number,
  count: number,
  options: LinearOptions = {},
): Scale {
  const { fixed = false, tight = false, whole = false } = options;
  // A single value has no range: show its neighbourhood.
  if (low === high) return linearScale(...around(low), count, { whole });
  const step = Math.max(whole ? 1 : 0, niceStep((high - low) / count));
  // Part of a step that an end may move to reach a tick.
  const near = fixed ? 1e-9 : tight ? 0.15 : 1;
  const from = Math.ceil(low / step - near + 1e-9);
  const to = Math.floor(high / step + near - 1e-9);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const values: number[] = [];
  for (let i = from; i <= to; i++) values.push(Number((i * step).toFixed(Math.min(100, decimals))));
  const domain: [number, number] = fixed
    ? [low, high]
    : [Math.min(low, values[0] ?? low), Math.max(high, values.at(-1) ?? high)];
  const greatest = Math.max(...values.map(Math.abs));
  return {
    domain,
    ticks: values.map((at) => ({ at, label: tickLabel(at, greatest, step) })),
  };
}

/**
 * A logarithmic axis: powers of ten, and 2 and 5 times them where there are few.
 *
 * @param low Least value, positive.
 * @param high Greatest value.
 * @param fixed Whether the ends are given and stay.
 */
export function logScale(low: number, high: number, fixed = false): Scale {
  if (low === high) return logScale(low / 2, high * 2);
  const decades = Math.log10(high / low);
  const factors = decades < 3 ? [1, 2, 5] : [1];
  const stride = Math.max(1, Math.round(decades / 7));
  const candidates: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    if (power % stride !== 0) continue;
    for (const factor of factors) candidates.push(Number(`${factor}e${power}`));
  }
  const from = fixed ? low : candidates.findLast((value) => value <= low * 1.000001) ?? low;
  const to = fixed ? high : candidates.find((value) => value >= high * 0.999999) ?? high;
  return {
    domain: [from, to],
    ticks: candidates.filter((at) => at >= from && at <= to)
      .map((at) => ({ at, label: tickLabel(at, at, at) })),
  };
}

function around(value: number): [number, number] {
  const reach = value === 0 ? 1 : Math.abs(value) * 0.1;
  return [value - reach, value + reach];
}

function niceStep(raw: number): number {
  const power = Math.floor(Math.log10(raw));
  const lead = raw / 10 ** power;
  const factor = lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10;
  return Number(`${factor}e${power}`);
}

const suffixes = [[1e12, "T"], [1e9, "G"], [1e6, "M"]] as const;

/** All labels of an axis have the same decimals and the same suffix. */
function tickLabel(value: number, greatest: number, step: number): string {
  const [unit, suffix] = suffixes.find(([unit]) => greatest >= unit) ?? [1, ""];
  if (value === 0) return "0";
  if (greatest < 1e-4) return exponential(value);
  const decimals = Math.max(0, -Math.floor(Math.log10(step / unit) + 1e-9));
  const [whole, fraction] = (Math.abs(value) / unit).toFixed(decimals).split(".");
  const grouped = whole!.replace(/\B(?=(\d{3})+$)/g, ",");
  return (value < 0 ? "−" : "") + grouped + (fraction === undefined ? "" : `.${fraction}`) + suffix;
}

function exponential(value: number): string {
  const [mantissa, power] = value.toExponential(1).split("e");
  return `${mantissa!.replace(/\.0$/, "")}e${power!.replace("-", "−").replace("+", "")}`
    .replace(/^-/, "−");
}
