import { InputError } from "../../errors.ts";
import { cellNumber, forEachRow } from "../delimited.ts";
import type { Format } from "../format.ts";
import { forEachBlock } from "../lines.ts";
import type { SeriesColumn } from "../collect.ts";
import { parseNumber } from "../scan.ts";

const row = /^\s*-?\d+(\.\d+)?([eE][+-]?\d+)?(\s*,\s*-?\d+(\.\d+)?([eE][+-]?\d+)?)*\s*,?\s*$/;

/**
 * Samples of an analogue-to-digital converter: numbers without a header, one column a channel. They
 * say neither when they were taken nor what they mean, so that a rate and a scale must be given.
 */
export const format: Format = {
  id: "adc",
  title: "raw converter samples (need an interval and a scale)",
  kinds: ["power"],
  writtenBy: "data acquisition cards, INA219 loggers",
  detect({ lines, complete, binary }) {
    const rows = (complete ? lines : lines.slice(0, -1)).filter((line) => line.trim() !== "");
    return !binary && rows.length >= 8 && rows.every((line) => row.test(line)) ? 1 : 0;
  },
  async read(source, into, { intervalS, wattsPerUnit }) {
    if (intervalS === undefined || wattsPerUnit === undefined) {
      throw new InputError({
        code: "refused",
        path: source.path,
        problem: "these are bare converter samples: the file says neither their rate nor their " +
          "scale, so that no energy follows from them",
        expected: "seconds between samples and watts for one unit of each channel",
        advice: "give --interval and --watts-per-unit if you know how they were recorded",
      });
    }
    if (!(intervalS > 0)) {
      throw new InputError({
        code: "bad-option",
        problem: "the interval must be a positive number of seconds",
        found: String(intervalS),
      });
    }
    let width = 0;
    await forEachRow(source, ",", ({ cells }) => {
      width = cells.at(-1) === "" ? cells.length - 1 : cells.length;
      return cells.some((cell) => !Number.isNaN(cellNumber(cell))) ? false : undefined;
    });
    const scales = typeof wattsPerUnit === "number"
      ? Array.from({ length: width }, () => wattsPerUnit)
      : wattsPerUnit;
    if (scales.length !== width) {
      throw new InputError({
        code: "bad-option",
        path: source.path,
        problem: `there are ${width} channels and ${scales.length} scales`,
        expected: "one scale for all, or one for each channel",
      });
    }
    const channels = scales.map((scale, i): SeriesColumn =>
      into.column({
        device: { kind: "rail", id: `ch${i + 1}` },
        clock: "elapsed",
        quantity: "power",
        reading: "instant",
        column: `column ${i + 1} x ${scale} W`,
      })
    );
    let sample = 0;
    await forEachBlock(source, ({ bytes, start, end, firstLine, unterminated }) => {
      let line = firstLine;
      for (let from = start; from < end; line++) {
        const feed = bytes.indexOf(10, from);
        const stop = feed === -1 || feed >= end ? end : feed;
        let at = from;
        // A last line without its end may be cut within a number.
        const cut = stop === end && unterminated;
        for (let channel = 0; channel < width; channel++) {
          const comma = bytes.indexOf(44, at);
          const to = comma === -1 || comma > stop ? stop : comma;
          const value = parseNumber(bytes, at, to) * scales[channel]!;
          const isLast = cut && to === stop;
          if (isLast || value !== value) {
            if (stop > from + 1 || isLast) {
              channels[channel]!.losses.add(isLast ? "truncated-row" : "not-a-number", line);
            }
          } else {
            channels[channel]!.push(sample * intervalS, value, line);
          }
          at = to + 1;
        }
        sample++;
        from = stop + 1;
      }
      return line - firstLine;
    });
    into.notes.push(
      `Times and watts follow from the ${intervalS} s and ${
        scales.join(", ")
      } W that the caller gave.`,
    );
  },
};
