import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfigDocument } from "../../lib/yaml_document.ts";
import { filesUnder } from "../../scripts/files_under.ts";
import { main } from "../../scripts/joulebook.ts";
import { loadModel } from "../../scripts/load_model.ts";

/** Runs a command whose output fails with an error that no command foresees. */
function runWith(error: unknown, lines: string[]): Promise<number> {
  return main(["inspect", "--formats"], {
    out() {
      throw error;
    },
    err: (line) => void lines.push(line),
    interactive: false,
  });
}

Deno.test("what no command foresaw is one line that says whose fault it is", async () => {
  const lines: string[] = [];
  assert.equal(await runWith(new TypeError("x is not y\nmore"), lines), 1);
  assert.deepEqual(lines, [
    "joulebook inspect: this is a bug in joulebook: TypeError: x is not y " +
    "(set JOULEBOOK_DEBUG=1 for the stack)",
  ]);
});

Deno.test("with JOULEBOOK_DEBUG it is thrown on, with its stack", async () => {
  Deno.env.set("JOULEBOOK_DEBUG", "1");
  try {
    await assert.rejects(runWith(new TypeError("x is not y"), []), TypeError);
  } finally {
    Deno.env.delete("JOULEBOOK_DEBUG");
  }
});

Deno.test("a reader of the output that has gone is no bug", async () => {
  await assert.rejects(runWith(new Deno.errors.BrokenPipe(), []), Deno.errors.BrokenPipe);
});

Deno.test("folders without a model and links in a circle are told as such", () => {
  const folder = mkdtempSync(join(tmpdir(), "joulebook-net-"));
  try {
    assert.throws(() => loadModel(folder), { code: "not-found", message: /no config\.json/ });
    const loop = join(folder, "loop");
    symlinkSync(loop, loop);
    assert.throws(() => filesUnder(loop), { code: "unreadable", message: /in a circle/ });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

Deno.test("YAML whose aliases multiply or whose nesting has no end is refused", () => {
  const rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
  for (let i = 1; i < 9; i++) {
    rows.push(`a${i}: &a${i} [${Array(9).fill(`*a${i - 1}`).join(", ")}]`);
  }
  assert.throws(() => parseConfigDocument(rows.join("\n"), "x.yaml"), {
    code: "malformed",
    message: /aliases/,
  });
  const deep = `a: ${"[".repeat(20_000)}${"]".repeat(20_000)}`;
  assert.throws(() => parseConfigDocument(deep, "x.yaml"), {
    code: "malformed",
    message: /nested too deep/,
  });
});
