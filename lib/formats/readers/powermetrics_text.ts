import { InputError } from "../../errors.ts";
import type { Format } from "../format.ts";
import { forEachLine } from "../lines.ts";
import { PowermetricsSamples } from "../powermetrics_samples.ts";
import { secondsOfDate } from "../scan.ts";
import { monthNumber } from "../time_cell.ts";

const opening =
  /^\*\*\* Sampled system activity \(\w{3} (\w{3}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4}) ([+-])(\d\d)(\d\d)\) \(([\d.]+)ms elapsed\) \*\*\*/;
const power = /^(CPU|GPU|ANE|DRAM|Package|Combined) Power(?: \([^)]*\))?: *([\d.]+) *(mW|W)\s*$/;
const intel = /^Intel energy model derived package power \([^)]*\): *([\d.]+) *(mW|W)\s*$/;

/**
 * What macOS powermetrics prints: samples with their length and the date, to the second, of their
 * end. Powers of the clusters are parts of the CPU's and are passed over.
 */
export const format: Format = {
  id: "powermetrics-text",
  title: "macOS powermetrics text",
  kinds: ["power"],
  writtenBy: "powermetrics -s cpu_power,gpu_power",
  detect: ({ text }) => text.includes("*** Sampled system activity (") ? 3 : 0,
  async read(source, into) {
    const samples = new PowermetricsSamples(into);
    let sample = 0;
    let powers = 0;
    let begun = false;
    await forEachLine(source, (text, line, terminated) => {
      const match = opening.exec(text);
      if (match !== null) {
        sample++;
        begun = true;
        const [hour, minute, second] = [Number(match[3]), Number(match[4]), Number(match[5])];
        const localS = secondsOfDate(Number(match[6]), monthNumber(match[1]!), Number(match[2])) +
          hour * 3600 +
          minute * 60 + second;
        const offsetS = (Number(match[8]) * 60 + Number(match[9])) * 60;
        samples.begin(
          match[7] === "-" ? localS + offsetS : localS - offsetS,
          Number(match[10]) / 1000,
          line,
        );
        return;
      }
      if (text.startsWith("*** Sampled system activity")) {
        begun = false;
        into.losses.add(terminated ? "malformed-row" : "truncated-row", line, text);
        return;
      }
      const found = power.exec(text);
      const whole = intel.exec(text);
      const [name, value, unit] = found !== null
        ? [found[1]!, found[2]!, found[3]!]
        : whole !== null
        ? ["Package", whole[1]!, whole[2]!]
        : [];
      if (name === undefined) {
        if (!terminated && text !== "") into.losses.add("truncated-row", line, text);
        return;
      }
      powers++;
      if (begun) samples.power(name, Number(value) * (unit === "mW" ? 1e-3 : 1), line);
      else into.losses.add("before-first-sample", line, text);
    });
    if (sample === 0 || powers === 0) {
      throw new InputError({
        code: "refused",
        path: source.path,
        problem: sample === 0 ? "no sample is whole" : "the samples hold no power",
        expected: "lines such as CPU Power: 947 mW",
        advice: "record with powermetrics -s cpu_power,gpu_power,ane_power",
      });
    }
    samples.finish();
  },
};
