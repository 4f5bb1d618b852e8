import { Collector } from "../../formats/collect.ts";
import type { Format } from "../../formats/format.ts";
import { sourceOf } from "../../formats/source.ts";
import { InputError } from "../../errors.ts";
import { valuesOf } from "../../power/series.ts";
import { onHost, type SamplerContext } from "./sampler.ts";

/**
 * Turns pieces of a tool's output into readings by the rules of the reader of its files: what a
 * reader refuses or counts as lost is no reading here either.
 */
export class BlockReader {
  readonly #format: Format;
  readonly #context: SamplerContext;
  /** Joules so far, for tools that give energies of intervals. */
  readonly #totalJ = new Map<string, number>();

  /** Readings go to the context's sink. */
  constructor(format: Format, context: SamplerContext) {
    this.#format = format;
    this.#context = context;
  }

  /**
   * Takes one piece, with the header that it needs.
   *
   * @param text The piece.
   * @param stampS When it was read, in seconds since the epoch.
   * @param keep Which devices are wanted; by default all.
   * @return How many series it spoke of, readings that were not to be had included.
   */
  async take(
    text: string,
    stampS: number,
    keep: (device: { readonly id: string; readonly uuid?: string }) => boolean = () => true,
  ): Promise<number> {
    const { sink } = this.#context;
    const into = new Collector();
    try {
      await this.#format.read(sourceOf(text, this.#context.settings.name), into, {
        intervalS: this.#context.settings.periodS,
      });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return 0;
    }
    let spoken = 0;
    for (const column of into.columns()) {
      const series = column.series("", this.#format.id);
      if (!keep(series.device)) continue;
      const id = `${series.device.id}:${series.source.column}`.replace(/[,\s]+/g, "_");
      sink.series({
        id,
        device: onHost(this.#context, series.device),
        quantity: series.quantity === "power" ? "power" : "counter",
        ...(series.quantity === "power" && { reading: series.reading }),
        ...(series.averagingS !== null && { averagingS: series.averagingS }),
        column: series.source.column,
        basis: "measured",
      });
      spoken++;
      const value = valuesOf(series).at(-1);
      if (value === undefined) {
        sink.missing(id, stampS, series.dropped[0]?.reason ?? "not-available");
        continue;
      }
      if (series.quantity !== "interval") {
        sink.reading(id, stampS, value);
        continue;
      }
      const totalJ = (this.#totalJ.get(id) ?? 0) + value;
      this.#totalJ.set(id, totalJ);
      sink.reading(id, stampS, totalJ);
    }
    return spoken;
  }

  /**
   * The tool was started again. What was used while it was away it did not count: its running energy
   * begins again, which whoever reads the file takes for a gap.
   */
  startAgain(): void {
    this.#totalJ.clear();
  }
}
