/** Action layers by the names used in configurations. */

import type { ActionLayer } from "./action_layer.ts";
import type { PolicyConfig } from "./config_types.ts";
import type { Setup } from "./evaluate.ts";
import { flowLayer } from "./flow_layers.ts";
import type { OutlookKind } from "./outlook.ts";
import { shadowLayer } from "./shadow_layer.ts";

/** A name of a layer. */
export type LayerName = NonNullable<PolicyConfig["layer"]>;

/** The layer of a name. */
export function layerOf(setup: Setup, name: LayerName): ActionLayer {
  switch (name) {
    case "raw":
      return flowLayer(setup.model, false);
    case "repaired":
      return flowLayer(setup.model, true);
    case "shadow-mean-price":
      return shadowLayer(setup.model, "mean-price");
    case "shadow-hindsight":
      return shadowLayer(setup.model, "hindsight");
    case "shadow-adaptive":
      return shadowLayer(setup.model, "adaptive");
    case "shadow-price-chain":
      return shadowLayer(setup.model, "price-chain");
    case "shadow-day-ahead":
      return shadowLayer(setup.model, "day-ahead");
  }
}

/** Reference values that a layer of a name works with. */
export function outlookOf(name: LayerName): OutlookKind {
  return name === "raw" || name === "repaired"
    ? "mean-price"
    : name.slice("shadow-".length) as OutlookKind;
}
