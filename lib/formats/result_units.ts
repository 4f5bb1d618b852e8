import { longestHeader } from "./header_names.ts";

/**
 * The unit that a column's name says, as `energy_per_token_joules`, `avg_power_w`, `TTFT Medio (s)`
 * or `mean_ttft_ms` do. Nothing is concluded from what a name merely suggests.
 *
 * @param column The name.
 * @return The unit; undefined when the name says none.
 */
export function unitOfName(column: string): string | undefined {
  if (column.length > longestHeader) return undefined;
  const bracketed = /[([]([^)\]]+)[)\]]\s*$/.exec(column.trim());
  if (bracketed !== null) return bracketUnit(bracketed[1]!.trim());
  // Mega and milli differ by their case alone, and many who write the one mean the other.
  if (/(^|_)M(J|W|Wh)(_|$)/.test(column)) return undefined;
  const name = column.trim().toLowerCase().replace(/[\s.-]+/g, "_");
  // Not `_token_s`: that ends `first_token_s`, a time.
  if (/(^|_)(tok_s|(tok|token)s?_per_s(ec|econd)?)$/.test(name)) return "tok/s";
  if (/_per_s(ec(ond)?)?$/.test(name)) return undefined;
  const suffix = /_([a-z]+)$/.exec(name)?.[1] ?? "";
  const unit = suffixes[suffix];
  if (unit === undefined) {
    const inner = /(?:^|_)(mj|j|joules)_per_([a-z0-9_]+)$/.exec(name);
    return inner === null ? undefined : `${inner[1] === "mj" ? "mJ" : "J"}/${per(inner[2]!)}`;
  }
  if (!/J$|Wh$/.test(unit)) return unit;
  const of = /_per_([a-z0-9_]+?)_[a-z]+$/.exec(name);
  return of === null ? unit : `${unit}/${per(of[1]!)}`;
}

const suffixes: Readonly<Record<string, string>> = {
  j: "J",
  joule: "J",
  joules: "J",
  mj: "mJ",
  wh: "Wh",
  kwh: "kWh",
  w: "W",
  watt: "W",
  watts: "W",
  s: "s",
  sec: "s",
  secs: "s",
  seconds: "s",
  ms: "ms",
  us: "us",
  ns: "ns",
  mb: "MB",
  gb: "GB",
  mib: "MiB",
  gib: "GiB",
  bytes: "B",
  pct: "%",
  percent: "%",
  mhz: "MHz",
};

/** What stands behind `per`, as the units of results spell it. */
function per(name: string): string {
  return name.replace(/^tok(ens?)?(_.*)?$/, "token").replace(/^1k_tokens?$/, "1k tokens")
    .replace(/^prompts?$/, "prompt").replace(/^requests?$/, "request");
}

const bracketUnits: ReadonlySet<string> = new Set([
  ...["J", "mJ", "kJ", "uJ", "Wh", "kWh", "W", "mW", "kW", "s", "ms", "us", "ns", "min", "h"],
  ...["kg", "g", "%", "MB", "GB", "MiB", "GiB", "B", "tok/s", "req/s", "J*s", "s/token"],
]);

function bracketUnit(text: string): string | undefined {
  if (bracketUnits.has(text)) return text;
  const perToken = /^(m?J)\s*\/\s*tok(en)?s?(?:\s+gen)?$/i.exec(text);
  if (perToken !== null) return `${perToken[1]}/token`;
  const plain = text.toLowerCase();
  if (/^(toks?|tokens?)\s*\/\s*s(ec)?$/.test(plain)) return "tok/s";
  if (/^(seconds?|sec)$/.test(plain)) return "s";
  if (/^joules?$/.test(plain)) return "J";
  if (/^watts?$/.test(plain)) return "W";
  return undefined;
}
