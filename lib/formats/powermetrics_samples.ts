import type { Device } from "../power/device.ts";
import type { Collector } from "./collect.ts";

/** What powermetrics calls its powers. */
const devices: Readonly<Record<string, Device>> = {
  CPU: { kind: "cpu", id: "cpu", partOf: "soc" },
  GPU: { kind: "gpu", id: "gpu", partOf: "soc" },
  ANE: { kind: "rail", id: "ane", partOf: "soc" },
  DRAM: { kind: "dram", id: "dram", partOf: "soc" },
  Package: { kind: "soc", id: "soc" },
  Combined: { kind: "soc", id: "soc" },
};

/**
 * Samples of powermetrics on the epoch clock. Their lengths are exact and their dates are whole
 * seconds, so that times run on by the lengths from the first date, and start anew at a date that
 * lies more than two seconds off: the machine slept, or the recording was stopped between.
 */
export class PowermetricsSamples {
  readonly #into: Collector;
  #timeS = NaN;
  #durationS = NaN;

  /** Samples into a collector. */
  constructor(into: Collector) {
    this.#into = into;
  }

  /**
   * Begins a sample.
   *
   * @param endS Date of its end, in seconds since the epoch; NaN when it has none.
   * @param durationS Its length.
   * @param line Line of the input.
   */
  begin(endS: number, durationS: number, line: number): void {
    this.#durationS = durationS;
    const next = this.#timeS + durationS;
    if (Number.isNaN(this.#timeS)) this.#timeS = endS;
    else if (Math.abs(endS - next) > 2) {
      if (endS < next) this.#into.losses.add("date-goes-back", line);
      else this.#timeS = endS;
    } else this.#timeS = next;
    if (this.#timeS < next) this.#timeS = next;
  }

  /** Adds a power of the present sample, in watts, by powermetrics' name for it. */
  power(name: string, watts: number, line: number): void {
    this.#into.column({
      device: devices[name]!,
      clock: "epoch",
      quantity: "interval",
      column: `${name} Power`,
    }).push(this.#timeS, watts * this.#durationS, line, this.#durationS);
  }

  /** Says what the times rest on. */
  finish(): void {
    this.#into.notes.push(
      "Samples are placed by their lengths from the first date, which is to the second: times may be " +
        "late by up to 1 s, lengths and energies are exact.",
    );
  }
}
