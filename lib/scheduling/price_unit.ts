/** The unit that the header of a price column names. */

import { InputError } from "../errors.ts";

const perEnergy = /(US\$|[A-Z]{3}|[$€£¥])\s*(?:\/|per )\s*(kWh|MWh)/i;

/**
 * The factor from the numbers of a price column to US dollars a MWh.
 *
 * A header that names no unit is taken for US dollars a MWh.
 *
 * @param header The header, such as `Price (USD/MWh)`.
 * @param usdPerUnit US dollars a MWh of one unit of the column, where the configuration says so.
 * @param path Name of the file, for messages.
 * @return The factor.
 * @throws InputError (`refused`) when the header names another currency and no factor is given.
 */
export function priceFactor(header: string, usdPerUnit: number | undefined, path: string): number {
  if (usdPerUnit !== undefined) return usdPerUnit;
  const match = perEnergy.exec(header);
  if (match === null) return 1;
  const [, currency, energy] = match;
  if (!/^(usd|us\$|\$)$/i.test(currency!)) {
    throw new InputError({
      code: "refused",
      path,
      line: 1,
      problem: `the prices are in ${currency}`,
      expected: "US dollars a MWh, or usdPerUnit beside the path",
      found: header,
      advice: "give usdPerUnit, what one unit of the column is in US dollars a MWh",
    });
  }
  return energy!.toLowerCase() === "kwh" ? 1000 : 1;
}
