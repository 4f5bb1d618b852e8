import assert from "node:assert/strict";
import { InputError } from "../../lib/errors.ts";
import { CellOutputs, type Output } from "../../scripts/notebooks/cell_outputs.ts";
import { firstDifference } from "../../scripts/notebooks/compare_outputs.ts";
import { type Message, request } from "../../scripts/notebooks/jupyter_messages.ts";
import { formatNotebook, parseNotebook } from "../../scripts/notebooks/notebook_file.ts";

const message = (type: string, content: Record<string, unknown>): Message =>
  request("session", type, content);

const display = (id: string, text: string) => ({
  data: { "text/plain": text },
  metadata: {},
  transient: { display_id: id },
});

Deno.test("a notebook that nbformat wrote is written back byte for byte", () => {
  // As nbformat 5.10 writes it: sorted keys, one space, text in lines, JSON media types whole.
  const text = `{
 "cells": [
  {
   "cell_type": "code",
   "execution_count": 1,
   "id": "a",
   "metadata": {},
   "outputs": [
    {
     "data": {
      "application/json": {
       "b": "one\\ntwo",
       "a": 1
      },
      "image/png": "AAAA",
      "text/plain": [
       "line 1\\n",
       "line 2 ± µ"
      ]
     },
     "execution_count": 1,
     "metadata": {},
     "output_type": "execute_result"
    },
    {
     "name": "stdout",
     "output_type": "stream",
     "text": [
      "printed\\n"
     ]
    }
   ],
   "source": []
  }
 ],
 "metadata": {},
 "nbformat": 4,
 "nbformat_minor": 5
}
`.replace('"b": "one\\ntwo",\n       "a": 1', '"a": 1,\n       "b": "one\\ntwo"');
  assert.equal(formatNotebook(parseNotebook("n.ipynb", text)), text);
});

Deno.test("a cell without an id gets one from its place, and unknown fields stay", () => {
  const text = JSON.stringify({
    nbformat: 4,
    nbformat_minor: 4,
    metadata: { authors: ["A"] },
    cells: [{ cell_type: "markdown", metadata: {}, source: "# x", attachments: { "a.png": {} } }],
  });
  const written = JSON.parse(formatNotebook(parseNotebook("n.ipynb", text)));
  assert.equal(written.cells[0].id, "cell-01");
  assert.deepEqual(written.cells[0].attachments, { "a.png": {} });
  assert.deepEqual(written.metadata, { authors: ["A"] });
  assert.equal(written.nbformat_minor, 5);
});

Deno.test("what is no notebook for the Deno kernel is refused by name", () => {
  const refused = (text: string, pattern: RegExp) =>
    assert.throws(() => parseNotebook("n.ipynb", text), (error) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, pattern);
      assert.equal(error.location.path, "n.ipynb");
      return true;
    });
  refused("not json", /not JSON/);
  refused("[]", /nbformat 4/);
  refused('{"nbformat": 3, "cells": []}', /found "nbformat 3"/);
  refused('{"nbformat": 4, "cells": [{"cell_type": "song"}]}', /cell 1 is of no known kind/);
  refused(
    '{"nbformat": 4, "cells": [], "metadata": {"kernelspec": {"name": "python3"}}}',
    /another kernel.*python3/,
  );
});

Deno.test("prints of one stream join, and a result that overtook them comes last", () => {
  const outputs = new CellOutputs();
  outputs.add(message("execute_result", { data: { "text/plain": "3" }, execution_count: 1 }));
  outputs.add(message("stream", { name: "stdout", text: "a\n" }));
  outputs.add(message("stream", { name: "stdout", text: "b\n" }));
  outputs.add(message("stream", { name: "stderr", text: "c\n" }));
  assert.deepEqual(outputs.list().map((o) => o.output_type), [
    "stream",
    "stream",
    "execute_result",
  ]);
  assert.deepEqual(outputs.list()[0], { output_type: "stream", name: "stdout", text: "a\nb\n" });
});

Deno.test("prints that a result had parted are one output again", () => {
  const outputs = new CellOutputs();
  outputs.add(message("stream", { name: "stdout", text: "a\n" }));
  outputs.add(message("execute_result", { data: {}, execution_count: 1 }));
  outputs.add(message("stream", { name: "stdout", text: "b\n" }));
  assert.equal(outputs.list().length, 2);
  assert.deepEqual(outputs.list()[0], { output_type: "stream", name: "stdout", text: "a\nb\n" });
});

Deno.test("an update changes the display it names, in whichever cell that stands", () => {
  const [first, second] = [new CellOutputs(), new CellOutputs()];
  first.add(message("display_data", display("p", "0 %")));
  second.add(message("update_display_data", display("p", "100 %")), [first, second]);
  assert.deepEqual(first.list(), [
    { output_type: "display_data", data: { "text/plain": "100 %" }, metadata: {} },
  ]);
  assert.deepEqual(second.list(), []);
});

Deno.test("clearing takes outputs away now, or when the next one comes", () => {
  const outputs = new CellOutputs();
  outputs.addText("stdout", "a");
  outputs.add(message("clear_output", { wait: true }));
  assert.equal(outputs.list().length, 1);
  outputs.addText("stdout", "b");
  assert.deepEqual(outputs.list(), [{ output_type: "stream", name: "stdout", text: "b" }]);
  outputs.add(message("clear_output", { wait: false }));
  assert.deepEqual(outputs.list(), []);
});

const shows = (data: Record<string, unknown>): Output => ({
  output_type: "execute_result",
  data,
  metadata: {},
  execution_count: 1,
});

Deno.test("running numbers and the order of JSON keys do not count as a difference", () => {
  const a = shows({ "application/json": { a: 1, b: [{ c: 2, d: 3 }] } });
  const b = {
    ...shows({ "application/json": { b: [{ d: 3, c: 2 }], a: 1 } }),
    execution_count: 9,
  } as Output;
  assert.equal(firstDifference([a], [b]), null);
});

Deno.test("a difference is named by its place and both values", () => {
  const table = (joules: string) => shows({ "image/png": joules, "text/plain": `J\n${joules}` });
  assert.equal(
    firstDifference([table("26.0")], [table("26.1")]),
    'text/plain, line 2: stored "26.0", now "26.1"',
  );
  assert.equal(
    firstDifference([shows({ "image/png": "AAAA" })], [shows({ "image/png": "AAAB" })]),
    "image/png differs (4 characters stored, 4 now)",
  );
  assert.match(firstDifference([], [table("1")]) ?? "", /one more output/);
  assert.match(firstDifference([table("1")], []) ?? "", /no longer shows/);
});
