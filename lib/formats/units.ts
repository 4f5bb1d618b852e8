/** Joules or watts in one of a unit, as the sources spell it. */
export interface EnergyUnit {
  /** Whether it measures power, not energy. */
  readonly power: boolean;
  /** Watts or joules in one of it. */
  readonly scale: number;
}

const scales: Readonly<Record<string, EnergyUnit>> = {
  W: { power: true, scale: 1 },
  kW: { power: true, scale: 1e3 },
  mW: { power: true, scale: 1e-3 },
  uW: { power: true, scale: 1e-6 },
  J: { power: false, scale: 1 },
  kJ: { power: false, scale: 1e3 },
  mJ: { power: false, scale: 1e-3 },
  uJ: { power: false, scale: 1e-6 },
  nJ: { power: false, scale: 1e-9 },
  Wh: { power: false, scale: 3600 },
  mWh: { power: false, scale: 3.6 },
  kWh: { power: false, scale: 3.6e6 },
};

/**
 * A unit of power or energy by its symbol or its English name: `W`, `Watts`, `mWatt`, `uJ`,
 * `microjoules`, `Joules`. A leading m is milli in any spelling but `MW` and `MJ`, which are not
 * taken: no log of one machine needs them, and half of those who write them mean milli.
 *
 * @param text The unit.
 * @return What it measures; null when it is not such a unit.
 */
export function energyUnit(text: string): EnergyUnit | null {
  const spelled = text.trim().replace("\u00b5", "u").replace("\u03bc", "u");
  const match = /^(milli|micro|nano|kilo|[munk]?)(W|J|watts?|joules?|Wh|watt[- ]?hours?)$/i.exec(
    spelled,
  );
  if (match === null || /^M[WJ]/.test(spelled)) return null;
  const prefix = { milli: "m", micro: "u", nano: "n", kilo: "k" }[match[1]!.toLowerCase()] ??
    match[1]!.toLowerCase();
  const base = match[2]!.toLowerCase();
  const unit = base.startsWith("j") ? "J" : /^wh$|hour/.test(base) ? "Wh" : "W";
  return scales[`${prefix}${unit}`] ?? null;
}

/**
 * Why a cell holds no number.
 *
 * @param text The cell.
 * @return The reason for the count of losses.
 */
export function sentinelReason(text: string): string {
  const plain = text.trim().replace(/^["[<]+|["\]>]+$/g, "").trim();
  if (plain === "" || /^(n\/?a|-+|nan|none|null|invalid|unknown)$/i.test(plain)) {
    return "not-available";
  }
  if (/not[ _-]?supported|deprecated/i.test(plain)) return "not-supported";
  if (/not[ _-]?counted/i.test(plain)) return "not-counted";
  if (/error|lost|denied/i.test(plain)) return "device-error";
  return "not-a-number";
}
