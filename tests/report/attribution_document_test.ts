import assert from "node:assert/strict";
import { parseAttribution } from "../../lib/report/mod.ts";

const facts = {
  method: "equal-share",
  devices: ["gpu0"],
  offsetS: 0,
  offsetWidthS: 0,
  overlap: 1,
  totalJ: 100,
  idleJ: 10,
  unattributedJ: 0,
  conservationError: 0,
  dropped: [],
  notes: [],
};

Deno.test("a null of a document is NaN in a column, and its reason is kept", () => {
  const document = JSON.stringify({
    ...facts,
    prefill: { energyJ: 5, lowJ: null, highJ: null },
    requests: [
      {
        name: "a",
        startS: 1,
        firstTokenS: 2,
        endS: 3,
        energyJ: 90,
        lowJ: 80,
        highJ: 95,
        reason: null,
      },
      { name: "b", startS: 2, endS: null, energyJ: null, reason: "no-times" },
    ],
  });
  const { facts: { prefill }, requests, windows } = parseAttribution(document, "a.json");
  assert.deepEqual(prefill, { energyJ: 5, lowJ: NaN, highJ: NaN });
  assert.equal(windows, null);
  assert.deepEqual([...requests!.energies.energyJ], [90, NaN]);
  assert.deepEqual([...requests!.log.endS], [3, NaN]);
  assert.deepEqual(requests!.energies.reasons, [null, "no-times"]);
  assert.deepEqual(requests!.log.ids, ["a", "b"]);
});

Deno.test("what is no attribution is refused with the place and what to do", () => {
  for (
    const [change, message] of [
      ["{", /this is not JSON/],
      ["[]", /method cannot be used/],
      [{ totalJ: "much" }, /totalJ cannot be used; expected a number/],
      [{ totalJ: undefined }, /totalJ cannot be used; expected this field to be given/],
      [{ requests: undefined }, /neither requests nor windows/],
      [{ requests: [3] }, /requests\[0\] cannot be used; expected an object, found "3"/],
      [
        { requests: [{ energyJ: "x" }] },
        /requests\[0\]\.\w+ cannot be used; expected a number or null/,
      ],
      [{ requests: [{ name: {} }] }, /requests\[0\]\.name cannot be used; expected a text or null/],
      [{ warnings: [{}] }, /warnings\[0\]\.message cannot be used/],
    ] as const
  ) {
    const text = typeof change === "string"
      ? change
      : JSON.stringify({ ...facts, requests: [], ...change });
    assert.throws(
      () => parseAttribution(text, "a.json"),
      (error: Error) =>
        error.name === "InputError" && message.test(error.message) &&
        /attribute --json/.test(error.message),
      `${text} ${message}`,
    );
  }
});
