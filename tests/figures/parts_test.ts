import assert from "node:assert/strict";
import fc from "fast-check";
import { joinSpans, peakIndices, pointIndices } from "../../lib/figures/decimate.ts";
import { luminance, paletteOf } from "../../lib/figures/palette.ts";
import { textWidth, wrapText } from "../../lib/figures/text_width.ts";
import { linearScale, logScale } from "../../lib/figures/ticks.ts";

const values = fc.array(
  fc.oneof(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), fc.constant(NaN)),
  {
    maxLength: 600,
  },
);

Deno.test("decimation keeps order, ends, least, greatest, and stays within its bound", () => {
  fc.assert(fc.property(values, fc.integer({ min: 1, max: 20 }), (series, buckets) => {
    const kept = peakIndices(series, buckets);
    assert.ok(kept.every((i, k) => k === 0 || i > kept[k - 1]!));
    assert.ok(kept.length <= Math.max(buckets * 5, buckets * 4));
    const finite = series.filter((v) => !Number.isNaN(v));
    const shown = kept.map((i) => series[i]!).filter((v) => !Number.isNaN(v));
    if (finite.length === 0) return;
    assert.equal(shown[0], finite[0]);
    assert.equal(shown.at(-1), finite.at(-1));
    assert.equal(Math.max(...shown), Math.max(...finite));
    assert.equal(Math.min(...shown), Math.min(...finite));
    assert.equal(shown.length < kept.length, finite.length < series.length);
  }));
});

Deno.test("a short series is kept whole", () => {
  assert.deepEqual(peakIndices([3, 1, 2], 1), [0, 1, 2]);
  assert.deepEqual(pointIndices(3, () => 0, 3), [0, 1, 2]);
});

Deno.test("of points in one cell the first is kept, and one without a place is not", () => {
  assert.deepEqual(pointIndices(5, (i) => [7, 7, NaN, 8, 7][i]!, 2), [0, 3]);
});

Deno.test("joined spans cover what the spans cover, apart by more than the reach", () => {
  const span = fc.tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 20 }));
  fc.assert(fc.property(fc.array(span), (spans) => {
    const from = spans.map(([start]) => start);
    const to = spans.map(([start, length]) => start + length);
    const joined = joinSpans(from, to, 0.5);
    for (let t = 0.25; t < 130; t += 0.5) {
      const covered = (s: { from: number[]; to: number[] }) =>
        s.from.some((start, i) => start <= t && t <= s.to[i]!);
      assert.equal(covered(joined), covered({ from, to }), `at ${t}`);
    }
    assert.ok(joined.from.every((start, i) => i === 0 || start - joined.to[i - 1]! > 0.5));
  }));
});

const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 });

Deno.test("a linear axis holds its data between round, evenly spaced ticks", () => {
  fc.assert(fc.property(finite, finite, fc.integer({ min: 2, max: 10 }), (a, b, count) => {
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    fc.pre(high - low > 1e-6 * Math.max(1, Math.abs(high), Math.abs(low)));
    const { domain, ticks } = linearScale(low, high, count);
    assert.ok(domain[0] <= low && domain[1] >= high);
    assert.ok(ticks.length >= 2 && ticks.length <= 2 * count + 3, `${ticks.length} ticks`);
    assert.equal(new Set(ticks.map(({ label }) => label)).size, ticks.length);
    assert.ok(ticks.every(({ at }) => at >= domain[0] && at <= domain[1]));
  }));
});

Deno.test("tick labels of an axis have the same decimals, real minus signs and one suffix", () => {
  const labels = (low: number, high: number) =>
    linearScale(low, high, 4).ticks.map(({ label }) => label);
  assert.deepEqual(labels(-1, 1), ["−1.0", "−0.5", "0", "0.5", "1.0"]);
  assert.deepEqual(labels(0, 4e6), ["0", "1M", "2M", "3M", "4M"]);
  assert.deepEqual(labels(0, 4000), ["0", "1,000", "2,000", "3,000", "4,000"]);
  assert.deepEqual(labels(0, 4e-5), ["0", "1e−5", "2e−5", "3e−5", "4e−5"]);
});

Deno.test("an axis of counts has no ticks between whole numbers", () => {
  assert.deepEqual(linearScale(0, 3, 5, { whole: true }).ticks.map(({ at }) => at), [0, 1, 2, 3]);
  assert.deepEqual(linearScale(2, 2, 5, { whole: true }).ticks.map(({ at }) => at), [1, 2, 3]);
});

Deno.test("a single value has an axis, given ends stay, a tight axis reaches for a near tick", () => {
  const alone = linearScale(5, 5, 4).domain;
  assert.ok(alone[0] < 5 && alone[1] > 5);
  assert.deepEqual(linearScale(0.3, 9.7, 5, { fixed: true }).domain, [0.3, 9.7]);
  assert.deepEqual(linearScale(0, 119.998, 10, { tight: true }).domain, [0, 120]);
  assert.deepEqual(linearScale(0, 114, 10, { tight: true }).domain, [0, 114]);
});

Deno.test("a logarithmic axis has powers of ten, and 2 and 5 where they are few", () => {
  assert.deepEqual(logScale(1, 100).ticks.map(({ label }) => label), [
    "1",
    "2",
    "5",
    "10",
    "20",
    "50",
    "100",
  ]);
  assert.deepEqual(logScale(0.01, 2000).ticks.map(({ at }) => at), [
    0.01,
    0.1,
    1,
    10,
    100,
    1e3,
    1e4,
  ]);
  fc.assert(
    fc.property(
      fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
      fc.double({ min: 1.01, max: 1e12, noNaN: true }),
      (low, factor) => {
        const { domain, ticks } = logScale(low, low * factor);
        assert.ok(domain[0] <= low * 1.00001 && domain[1] >= low * factor * 0.99999);
        assert.ok(ticks.length >= 1 && ticks.length <= 14);
      },
    ),
  );
});

Deno.test("wrapped lines fit, and hold every word that fits a line", () => {
  fc.assert(fc.property(fc.array(fc.string({ maxLength: 12 })), (words) => {
    const text = words.join(" ");
    const lines = wrapText(text, 11, 150);
    assert.ok(lines.every((line) => textWidth(line, 11) <= 150));
    const expected = text.split(/\s+/).filter((word) => word !== "" && textWidth(word, 11) <= 150);
    const shown = lines.join(" ").split(" ");
    assert.ok(expected.every((word) => shown.includes(word)));
  }));
});

/** CIE lightness of a colour, 0 to 100. */
function lightness(colour: string): number {
  const y = luminance(colour);
  return y > 216 / 24389 ? 116 * Math.cbrt(y) - 16 : y * 24389 / 27;
}

for (const look of ["light", "dark"] as const) {
  Deno.test(`any two series colours of the ${look} look stay apart in grey`, () => {
    const { series, paper } = paletteOf(look);
    const greys = [...series, paper].map(lightness).sort((a, b) => a - b);
    greys.forEach((grey, i) => assert.ok(i === 0 || grey - greys[i - 1]! >= 7));
  });

  Deno.test(`text and data of the ${look} look can be told from the paper`, () => {
    const { series, paper, ink, faint } = paletteOf(look);
    const contrast = (colour: string) => {
      const [a, b] = [luminance(colour), luminance(paper)].sort((x, y) => y - x);
      return (a! + 0.05) / (b! + 0.05);
    };
    assert.ok(contrast(ink) >= 12 && contrast(faint) >= 4.5);
    // The first three colours, which most figures use, reach WCAG's 3:1 for graphics.
    assert.ok(series.slice(0, 3).every((colour) => contrast(colour) >= 3));
  });

  Deno.test(`lightness of the ${look} heat map moves one way`, () => {
    const greys = paletteOf(look).heat.map(lightness);
    const steps = greys.slice(1).map((grey, i) => Math.sign(grey - greys[i]!));
    assert.equal(new Set(steps).size, 1);
  });
}
