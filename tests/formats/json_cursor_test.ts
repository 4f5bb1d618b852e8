import assert from "node:assert/strict";
import fc from "fast-check";
import { InputError } from "../../lib/errors.ts";
import { longDecimal } from "../../lib/formats/decimal.ts";
import { JsonCursor } from "../../lib/formats/json_cursor.ts";
import { secondsOfNanoseconds } from "../../lib/formats/scan.ts";
import { NumberList } from "../../lib/formats/number_list.ts";
import { type ByteSource, sourceOf } from "../../lib/formats/source.ts";

/** A source that gives a few bytes at a time, so that every token meets the window's end. */
function inPieces(text: string, pieces: readonly number[]): ByteSource {
  const whole = sourceOf(text, "pieces.json");
  return {
    ...whole,
    open() {
      const input = whole.open();
      let turn = 0;
      return {
        read: (into) => input.read(into.subarray(0, pieces[turn++ % pieces.length])),
        close: () => input.close(),
      };
    },
  };
}

async function valueOf(source: ByteSource): Promise<unknown> {
  const cursor = await JsonCursor.open(source);
  try {
    const value = cursor.value();
    assert.equal(cursor.kind(), "end");
    return value;
  } finally {
    cursor.close();
  }
}

const pieces = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

Deno.test("a cursor reads what JSON.parse reads, however the bytes arrive", async () => {
  await fc.assert(fc.asyncProperty(fc.json(), pieces, async (text, sizes) => {
    // JSON.parse keeps the sign of a zero, and so does the cursor.
    assert.deepEqual(await valueOf(inPieces(text, sizes)), JSON.parse(text));
    const spaced = JSON.stringify(JSON.parse(text), null, 2);
    assert.deepEqual(await valueOf(inPieces(spaced, sizes)), JSON.parse(text));
  }));
});

Deno.test("a cursor skips any value and stands behind it", async () => {
  await fc.assert(fc.asyncProperty(fc.json(), pieces, async (text, sizes) => {
    const cursor = await JsonCursor.open(inPieces(`{"skipped":${text} , "next": 7}`, sizes));
    cursor.beginObject();
    assert.equal(cursor.key(), "skipped");
    cursor.skip();
    assert.equal(cursor.key(), "next");
    assert.equal(cursor.number(), 7);
    assert.equal(cursor.key(), null);
    cursor.close();
  }));
});

Deno.test("numbers are those of Number(), to the last bit", async () => {
  const decimal = fc.tuple(
    fc.bigInt({ min: 0n, max: 10n ** 24n }),
    fc.integer({ min: 0, max: 24 }),
    fc.boolean(),
  ).map(([digits, point, negative]) => {
    const text = digits.toString().padStart(point + 1, "0");
    return (negative ? "-" : "") + text.slice(0, text.length - point) +
      (point === 0 ? "" : `.${text.slice(text.length - point)}`);
  });
  const shortest = fc.double({ noNaN: true, noDefaultInfinity: true }).map(String);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(decimal, shortest)), async (texts) => {
      const cursor = await JsonCursor.open(sourceOf(`[${texts.join(", ")}]`));
      const list = new NumberList();
      cursor.numbers(list);
      assert.deepEqual([...list.view()], texts.map(Number));
    }),
    { numRuns: 500 },
  );
});

Deno.test("a long decimal near the middle of two doubles is left to more digits", () => {
  // 2^53 + 1 lies exactly between two doubles.
  assert.ok(Number.isNaN(longDecimal(900719925474099, 3, 1, 0)));
  assert.equal(longDecimal(178441566436847, 28, 2, 7), 1784415664.3684728);
});

Deno.test("numbers that Python writes outside JSON are read", async () => {
  const cursor = await JsonCursor.open(sourceOf("[NaN, Infinity, -Infinity, null, 1e-3, -0.0]"));
  const list = new NumberList();
  cursor.numbers(list);
  assert.deepEqual([...list.view()], [NaN, Infinity, -Infinity, NaN, 1e-3, -0]);
});

Deno.test("nanoseconds beyond 2^53 are split before they are rounded", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.bigInt({ min: 0n, max: 10n ** 21n }), { maxLength: 9 }),
    pieces,
    async (counts, sizes) => {
      const cursor = await JsonCursor.open(inPieces(`[${counts.join(" , ")}]`, sizes));
      cursor.beginArray();
      const seconds: number[] = [];
      while (cursor.more()) seconds.push(cursor.nanoseconds());
      assert.deepEqual(seconds, counts.map((count) => secondsOfNanoseconds(String(count))));
    },
  ));
  const cursor = await JsonCursor.open(sourceOf("[null, 1.5]"));
  cursor.beginArray();
  cursor.more();
  assert.ok(Number.isNaN(cursor.nanoseconds()));
  cursor.more();
  assert.throws(() => cursor.nanoseconds(), /this is not a whole number/);
});

Deno.test("keys are read as they stand, whichever came before them", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ maxLength: 60 }), { maxLength: 400 }), async (keys) => {
      const text = keys.map((key) => `{${JSON.stringify(key)}: 1}`).join("\n");
      const cursor = await JsonCursor.open(sourceOf(text));
      const seen: (string | null)[] = [];
      while (cursor.kind() !== "end") {
        cursor.beginObject();
        seen.push(cursor.key());
        cursor.skip();
        cursor.key();
      }
      assert.deepEqual(seen, keys);
    }),
    { numRuns: 30 },
  );
});

Deno.test("several documents follow one another", async () => {
  const cursor = await JsonCursor.open(sourceOf('\uFEFF{"a":1}\n{"a":2}\r\n'));
  const seen: unknown[] = [];
  while (cursor.kind() !== "end") seen.push(cursor.value());
  assert.deepEqual(seen, [{ a: 1 }, { a: 2 }]);
});

Deno.test("a fault is reported with its line and column", async () => {
  const cases: [string, string, number, number][] = [
    ['{\n "a": [1, 2,\n  oops]}', "this is not a number", 3, 3],
    ['{"a": [1 2]}', "two values are not parted", 1, 10],
    ['{"a": [1,]}', "a comma with nothing behind it", 1, 10],
    ['{"a" 1}', "a key has no value", 1, 6],
    ["{a: 1}", "this is not a key", 1, 2],
    ['{"a": [1', "the JSON ends too early", 1, 9],
    ['{"a": [1}}', "two values are not parted", 1, 9],
  ];
  for (const [text, problem, line, column] of cases) {
    const cursor = await JsonCursor.open(sourceOf(text, "x.json"));
    assert.throws(() => {
      cursor.beginObject();
      while (cursor.key() !== null) cursor.numbers(new NumberList());
    }, (error) => {
      assert.ok(error instanceof InputError);
      assert.deepEqual([error.problem, error.location], [problem, {
        path: "x.json",
        line,
        column,
      }]);
      return true;
    });
  }
});

Deno.test("values nested deeper than a stack are refused, not overflown", async () => {
  const deep = "[".repeat(100_000);
  for (const how of ["skip", "value"] as const) {
    const cursor = await JsonCursor.open(sourceOf(deep));
    assert.throws(() => cursor[how](), /more than 512 deep/);
  }
});

Deno.test("any mutilation of a document gives a value or an InputError", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.json(),
      fc.nat(),
      fc.nat(),
      fc.string({ maxLength: 3 }),
      pieces,
      async (text, from, length, insert, sizes) => {
        const cut = from % (text.length + 1);
        const mutilated = text.slice(0, cut) + insert + text.slice(cut + length % 5);
        for (const how of ["skip", "value"] as const) {
          const cursor = await JsonCursor.open(inPieces(mutilated, sizes));
          try {
            cursor[how]();
          } catch (error) {
            assert.ok(error instanceof InputError, String(error));
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});
