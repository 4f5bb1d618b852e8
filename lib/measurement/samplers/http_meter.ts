import { nowS } from "../clock.ts";
import { energyUnit } from "../../formats/units.ts";
import { fetchText } from "./fetch_text.ts";
import { pollSensor } from "./poll.ts";
import { NotHere, onHost, type Sampler, textOption } from "./sampler.ts";

/** A smart plug or meter that answers with JSON. */
export const httpMeter: Sampler = {
  sensor: {
    basis: "measured",
    says:
      "What the meter shows; plugs renew it every 0.5 to 2 s and often average. Stamped in the " +
      "middle of the request.",
  },
  async start(context) {
    const url = textOption(context, "url", "");
    const path = textOption(context, "path", "");
    const unit = energyUnit(textOption(context, "unit", "W"));
    if (unit === null) {
      throw new NotHere(`${context.settings.options["unit"]} is not a unit of power or energy`);
    }
    const kind = textOption(context, "covers", "wall") as "wall" | "node" | "gpu" | "cpu" | "rail";
    const id = context.settings.name;
    context.sink.series({
      id,
      device: onHost(context, { kind, id }),
      quantity: unit.power ? "power" : "counter",
      column: path,
      basis: "measured",
    });
    return await pollSensor(context, () => [id], async (signal) => {
      const startS = nowS();
      const text = await fetchText(url, signal);
      const stampS = (startS + nowS()) / 2;
      const value = at(JSON.parse(text), path);
      const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
      if (typeof number !== "number" || !Number.isFinite(number)) {
        throw new Error(`${url} has no number at ${path}`);
      }
      context.sink.reading(id, stampS, number * unit.scale);
    });
  },
};

/** The value at keys joined by dots, such as `meters.0.power`. */
function at(value: unknown, path: string): unknown {
  for (const key of path.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
