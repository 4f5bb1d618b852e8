import { InputError } from "../../errors.ts";
import type { Format } from "../format.ts";
import { forEachLine } from "../lines.ts";
import { PowermetricsSamples } from "../powermetrics_samples.ts";
import { isoTime } from "../wall_clock.ts";

const names: Readonly<Record<string, string>> = {
  cpu_power: "CPU",
  gpu_power: "GPU",
  ane_power: "ANE",
  dram_power: "DRAM",
  package_power: "Package",
  combined_power: "Combined",
};

/**
 * `powermetrics -f plist`: XML property lists with a NUL byte between them. Powers are in mW; where
 * a build also gives `cpu_energy`, which is in mJ, the two must agree over `elapsed_ns`, and powers
 * a thousand times smaller are read as watts.
 */
export const format: Format = {
  id: "powermetrics-plist",
  title: "macOS powermetrics plist",
  kinds: ["power"],
  writtenBy: "powermetrics -f plist",
  detect: ({ text }) => text.includes("<plist") && text.includes("<key>elapsed_ns</key>") ? 3 : 0,
  async read(source, into) {
    const samples = new PowermetricsSamples(into);
    let lines: string[] = [];
    let first = 0;
    let powers = 0;
    let inWatts = 0;
    const sample = (text: string, line: number): void => {
      const value = (key: string): number =>
        Number(
          new RegExp(`<key>${key}</key>\\s*<(?:integer|real)>([\\d.eE+-]+)<`).exec(text)?.[1] ??
            NaN,
        );
      const elapsedS = value("elapsed_ns") / 1e9;
      if (!(elapsedS > 0)) {
        into.losses.add("no-elapsed-time", line);
        return;
      }
      const date = /<key>timestamp<\/key>\s*<date>([^<]+)</.exec(text)?.[1];
      samples.begin(isoTime(date ?? "")?.timeS ?? NaN, elapsedS, line);
      const energyW = value("cpu_energy") / 1000 / elapsedS;
      const stated = value("cpu_power");
      const isWatts = energyW > 0 && stated > 0 && Math.abs(stated / energyW - 1) < 0.2;
      if (isWatts) inWatts++;
      for (const [key, name] of Object.entries(names)) {
        const milliwatts = value(key);
        if (Number.isNaN(milliwatts)) continue;
        powers++;
        samples.power(name, isWatts ? milliwatts : milliwatts / 1000, line);
      }
    };
    await forEachLine(source, (text, line) => {
      const begins = text.includes("<?xml") || text.includes("\0");
      if (begins) {
        if (lines.some((part) => part.includes("<plist"))) {
          into.losses.add("truncated-document", first);
        }
        lines = [];
        first = line;
      }
      lines.push(text);
      if (text.includes("</plist>")) {
        sample(lines.join("\n"), first);
        lines = [];
      }
    });
    if (lines.some((part) => part.includes("<plist"))) into.losses.add("truncated-document", first);
    if (powers === 0) {
      throw new InputError({
        code: "refused",
        path: source.path,
        problem: "no sample is whole and holds a power",
        expected: "processor.cpu_power and others",
        advice: "record with powermetrics -s cpu_power,gpu_power -f plist",
      });
    }
    if (inWatts > 0) {
      into.notes.push(
        `In ${inWatts} samples the powers agree with the energies only as watts, not mW.`,
      );
    }
    samples.finish();
  },
};
