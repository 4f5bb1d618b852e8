import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { nowS } from "../clock.ts";
import { pollSensor } from "./poll.ts";
import { NotHere, onHost, type Sampler, textOption } from "./sampler.ts";

/** Power sensors of boards and supplies, by Linux's hwmon files. */
export const hwmon: Sampler = {
  sensor: {
    basis: "measured",
    says:
      "power*_input is the power at that moment, power*_average a mean over a time that the driver " +
      "sets. What a sensor covers is what its label says: rails, unless it names a processor.",
  },
  async start(context) {
    if (context.host !== null) throw new NotHere("hwmon is read on this machine only");
    const root = textOption(context, "root", "/sys/class/hwmon");
    const found: { readonly path: string; readonly id: string }[] = [];
    let chips: string[];
    try {
      chips = readdirSync(root).sort();
    } catch {
      throw new NotHere(`there is no ${root}`);
    }
    for (const chip of chips) {
      const files = readdirSync(join(root, chip));
      for (const file of files) {
        const match = /^power(\d+)_(input|average)$/.exec(file);
        if (match === null) continue;
        // Where a sensor shows both, the power at the moment is taken.
        if (match[2] === "average" && files.includes(`power${match[1]}_input`)) continue;
        const text = (name: string): string =>
          files.includes(name) ? readFileSync(join(root, chip, name), "utf8").trim() : "";
        const label = text(`power${match[1]}_label`);
        const id = `${chip}_${text("name") || "chip"}_${label || `power${match[1]}`}`
          .replace(/[^\w.-]+/g, "_");
        found.push({ path: join(root, chip, file), id });
        context.sink.series({
          id,
          device: onHost(context, { kind: "rail" as const, id, name: label || text("name") }),
          quantity: "power",
          reading: match[2] === "input" ? "instant" : "average",
          column: file,
          basis: "measured",
        });
      }
    }
    if (found.length === 0) throw new NotHere(`${root} has no power sensor`);
    return await pollSensor(context, () => found.map(({ id }) => id), () => {
      for (const { path, id } of found) {
        const text = readFileSync(path, "utf8").trim();
        context.sink.reading(id, nowS(), text === "" ? NaN : Number(text) / 1e6);
      }
    });
  },
};
