import type { Collector, SeriesSpec } from "./collect.ts";

/**
 * Readings of a format whose rows carry no time. With an interval from the caller they are series on
 * the elapsed clock, the first poll at 0; without one they are a table of results, since nothing
 * says how far apart they lie.
 */
export class PollLog {
  readonly #into: Collector;
  readonly #intervalS: number | undefined;
  readonly #polls = new Map<string, number>();
  readonly #poll: number[] = [];
  readonly #device: string[] = [];
  readonly #column: string[] = [];
  readonly #powerW: (number | null)[] = [];
  readonly #energyJ: (number | null)[] = [];

  /**
   * An empty log.
   *
   * @param into Where the readings go.
   * @param intervalS Seconds between polls, where the caller knows.
   */
  constructor(into: Collector, intervalS: number | undefined) {
    this.#into = into;
    this.#intervalS = intervalS;
  }

  /**
   * Adds a reading.
   *
   * @param spec Its series, but for the clock.
   * @param value Watts or joules.
   * @param line Line of the input.
   * @param options `poll`: its number from 0, by default one more than the last of the same series;
   *   `joules`: whether the value of an interval is an energy, not its mean power.
   */
  add(
    spec: Omit<SeriesSpec, "clock">,
    value: number,
    line: number,
    options: { readonly poll?: number; readonly joules?: boolean } = {},
  ): void {
    const { poll, joules = false } = options;
    const key = `${spec.device.host ?? ""}\0${spec.device.id}\0${spec.column}`;
    const at = poll ?? (this.#polls.get(key) ?? -1) + 1;
    this.#polls.set(key, at);
    if (this.#intervalS !== undefined) {
      const column = this.#into.column({ ...spec, clock: "elapsed" });
      const isInterval = spec.quantity === "interval";
      column.push(
        (at + (isInterval ? 1 : 0)) * this.#intervalS,
        isInterval && !joules ? value * this.#intervalS : value,
        line,
        this.#intervalS,
      );
      return;
    }
    this.#poll.push(at);
    this.#device.push(spec.device.id);
    this.#column.push(spec.column);
    const isEnergy = joules || spec.quantity === "counter";
    this.#powerW.push(isEnergy ? null : value);
    this.#energyJ.push(isEnergy ? value : null);
  }

  /** Writes the table, where there is one, and says what would make a series of it. */
  finish(advice: string): void {
    if (this.#intervalS !== undefined) {
      this.#into.notes.push(
        `Rows carry no time: they are ${this.#intervalS} s apart, as the caller says.`,
      );
      return;
    }
    if (this.#poll.length === 0) return;
    const hasEnergy = this.#energyJ.some((value) => value !== null);
    this.#into.results.push({
      name: "polls without a time",
      columns: {
        poll: this.#poll,
        device: this.#device,
        column: this.#column,
        powerW: this.#powerW,
        ...(hasEnergy && { energyJ: this.#energyJ }),
      },
      units: { powerW: "W", ...(hasEnergy && { energyJ: "J" }) },
    });
    this.#into.notes.push(`Rows carry no time, so that they are no series: ${advice}.`);
  }
}
