/** What carries serving power from the fitted device to another one. */

import { findHardware } from "../hardware/find.ts";
import type { Hardware } from "../hardware/hardware.ts";
import { type PredictorCoefficients, shippedCoefficients } from "./coefficients.ts";
import { coefficientsFor } from "./predict_network.ts";
import type { PowerBridge } from "./serving/fit.ts";

/**
 * The bridge from the device on which serving was fitted to another one.
 *
 * @param fitted Id of the fitted device.
 * @param hardware The other device.
 * @param coefficients Where the energy coefficients come from. Default: the shipped ones.
 * @return The bridge, or undefined for the fitted device itself.
 */
export function powerBridge(
  fitted: string,
  hardware: Hardware,
  coefficients: PredictorCoefficients = shippedCoefficients(),
): PowerBridge | undefined {
  if (fitted === hardware.id) return undefined;
  const from = findHardware(fitted);
  const { target, power } = coefficientsFor(from, coefficients);
  return {
    from: { target, power, linkBytesPerS: from.link?.bytesPerS ?? NaN },
    to: coefficientsFor(hardware, coefficients),
  };
}
