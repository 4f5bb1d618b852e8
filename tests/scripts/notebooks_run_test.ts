import assert from "node:assert/strict";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { main } from "../../scripts/run_notebooks.ts";

const fixtures = fileURLToPath(new URL("../fixtures/notebooks/", import.meta.url));

interface Outcome {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  readonly dir: string;
  cells(name: string): { outputs: Record<string, unknown>[]; execution_count: number | null }[];
}

/** Runs the command on copies of fixtures, in a folder beside them so that imports resolve. */
async function run(
  names: readonly string[],
  args: readonly string[] = [],
  body: (outcome: Outcome) => void | Promise<void> = () => {},
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  const dir = join(fixtures, `../copy-${crypto.randomUUID()}.tmp`);
  mkdirSync(dir);
  try {
    for (const name of names) cpSync(join(fixtures, `${name}.ipynb`), join(dir, `${name}.ipynb`));
    await body(await again(dir, args, signal));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function again(
  dir: string,
  args: readonly string[],
  signal: AbortSignal = new AbortController().signal,
): Promise<Outcome> {
  let [out, err] = ["", ""];
  const io = {
    out: (text: string) => void (out += text),
    err: (line: string) => void (err += line + "\n"),
    interactive: false,
  };
  const status = await main([dir, ...args], io, signal);
  const cells = (name: string) =>
    JSON.parse(readFileSync(join(dir, `${name}.ipynb`), "utf8")).cells
      .filter((cell: { cell_type: string }) => cell.cell_type === "code");
  return { status, out, err, dir, cells };
}

Deno.test("a notebook is written with its outputs, then checks clean until an output changes", () =>
  run(["ok", "late_outputs"], [], async ({ status, out, cells, dir }) => {
    assert.equal(status, 0, out);
    const [imports, sum, full] = cells("ok");
    assert.deepEqual(imports?.outputs, []);
    assert.deepEqual(sum?.outputs, [
      { name: "stdout", output_type: "stream", text: ["sum 6\n"] },
      {
        data: { "text/plain": ["3"] },
        execution_count: 2,
        metadata: {},
        output_type: "execute_result",
      },
    ]);
    assert.equal(full?.execution_count, 3);

    // 200 lines, a result that overtakes them, and prints after the wait, from a microtask and
    // from a timer that fires when the last cell is done: none may be lost or change its cell.
    const [first, second, last] = cells("late_outputs");
    assert.equal((first?.outputs[0]?.["text"] as string[]).length, 200);
    assert.equal(first?.outputs[1]?.["output_type"], "execute_result");
    assert.match(JSON.stringify(second?.outputs), /after the wait.*from a microtask/);
    assert.match(JSON.stringify(last?.outputs), /after the last cell/);

    const check = await again(dir, ["--check"]);
    assert.equal(check.status, 0, check.err);

    // A changed output fails the check, is shown, and is not written.
    rmSync(join(dir, "late_outputs.ipynb"));
    const path = join(dir, "ok.ipynb");
    const edited = readFileSync(path, "utf8").replace("sum 6", "sum 7");
    writeFileSync(path, edited);
    const changed = await again(dir, ["--check"]);
    assert.equal(changed.status, 1);
    assert.match(
      changed.err,
      /ok\.ipynb, cell \[2\]: stdout, line 1: stored "sum 7", now "sum 6"/,
    );
    assert.equal(readFileSync(path, "utf8"), edited);
  }));

Deno.test("fast mode sets JOULEBOOK_FAST, compares only verdicts and writes nothing", () =>
  run(["ignored_and_verdict"], [], async ({ status, dir, cells }) => {
    assert.equal(status, 0);
    assert.match(JSON.stringify(cells("ignored_and_verdict")[1]), /all data/);
    const path = join(dir, "ignored_and_verdict.ipynb");
    const before = readFileSync(path, "utf8");
    assert.equal((await again(dir, ["--fast", "--check"])).status, 0);

    const edited = before.replace('\\"reproduced within 1 %\\""', '\\"contradicted\\""');
    writeFileSync(path, edited);
    assert.equal((await again(dir, ["--fast"])).status, 0);
    assert.equal(readFileSync(path, "utf8"), edited);
    const { status: changed, err } = await again(dir, ["--fast", "--check"]);
    assert.equal(changed, 1);
    assert.match(err, /cell \[3\].*contradicted.*reproduced within 1 %/);
  }));

Deno.test("a verdict that changes fails a check, one that needs the mirror passes without it", () =>
  run(["verdict_table", "ok"], ["--mirror", "some/mirror"], async ({ status, dir, err }) => {
    assert.equal(status, 0, err);
    const read = (name: string) => readFileSync(join(dir, `${name}.ipynb`), "utf8");
    const dataOf = (name: string) => JSON.parse(read(name)).metadata.joulebook.data;
    assert.equal(dataOf("verdict_table"), "mirror");
    assert.equal(dataOf("ok"), "bundled", "a notebook that does not ask has no mirror");

    const checkWithout = () => again(dir, ["--check", "--fast", "--mirror", "none"]);
    const clean = await checkWithout();
    assert.equal(clean.status, 0, clean.err);
    assert.match(clean.out, /^ok \(outputs made with mirror data.*; 1 verdict not checked here\)/m);
    const path = join(dir, "verdict_table.ipynb");
    const edited = read("verdict_table").replace(
      '"verdict": "reproduced"',
      '"verdict": "undecided"',
    );
    writeFileSync(path, edited);
    const changed = await checkWithout();
    assert.equal(changed.status, 1);
    assert.match(changed.err, /cell \[2\]: verdict of "a fact": stored undecided, now reproduced/);
  }));

Deno.test("a failing cell is named by notebook, cell, line and source; later cells show nothing", () =>
  run(["failing_cell"], [], ({ status, err, out, cells }) => {
    assert.equal(status, 1);
    assert.match(out, /FAILED.*failing_cell\.ipynb[\s\S]*1 notebook, 1 failed/);
    assert.match(
      err,
      /cell \[2\], line 16: RangeError: negative power\n +> check\(\{ powerW: -1 \}\);/,
    );
    const [first, second, third] = cells("failing_cell");
    assert.equal(first?.outputs.length, 1);
    assert.equal(second?.outputs[0]?.["ename"], "RangeError");
    assert.deepEqual([third?.outputs, third?.execution_count], [[], null]);
  }));

Deno.test("type errors, misspelt imports and redeclarations stop a notebook before it runs", () =>
  run(
    ["type_error", "misspelt_import", "redeclared", "syntax_error"],
    [],
    ({ status, err, cells }) => {
      assert.equal(status, 1);
      assert.match(err, /type_error\.ipynb, cell \[2\], line 2: Type 'number'.*\n +> const label/);
      assert.match(err, /misspelt_import\.ipynb, cell \[1\], line 1:.*createRandon/);
      assert.match(
        err,
        /redeclared\.ipynb, cell \[2\], line 1: energyJ is declared more than once/,
      );
      assert.match(err, /syntax_error\.ipynb, cell \[2\], line 1: SyntaxError/);
      assert.equal(cells("type_error")[0]?.execution_count, null);
    },
  ));

Deno.test("a cell that computes or waits for ever times out by name, after what it printed", () =>
  run(["hanging_cell", "waiting_cell"], ["--timeout", "2"], ({ status, err, cells }) => {
    assert.equal(status, 1);
    assert.match(err, /hanging_cell\.ipynb, cell \[2\]: not done after 2 s\n +> while \(true\)/);
    assert.match(err, /waiting_cell\.ipynb, cell \[1\]: not done after 2 s/);
    assert.match(JSON.stringify(cells("hanging_cell")[0]?.outputs), /before/);
    assert.equal(cells("hanging_cell")[1]?.outputs[0]?.["ename"], "CellTimeout");
  }));

Deno.test("a kernel that ends, a promise nobody awaits and a local path are failures", () =>
  run(["kernel_exit", "floating_rejection", "local_path"], [], ({ status, err }) => {
    assert.equal(status, 1);
    assert.match(err, /kernel_exit\.ipynb, cell \[2\]: the kernel ended \(exit status 3\)/);
    assert.match(err, /floating_rejection\.ipynb, cell \[1\].*nobody looks.*nothing awaits/);
    assert.match(err, /local_path\.ipynb, cell \[1\]: an output names .*a path of this machine/);
  }));

Deno.test("a tagged cell may fail, and one bundle keeps all its media types", () =>
  run(["expected_error", "display_bundle"], [], ({ status, err, cells }) => {
    assert.equal(status, 0, err);
    assert.equal(cells("expected_error")[0]?.outputs[0]?.["ename"], "TypeError");
    assert.equal(cells("expected_error")[1]?.outputs.length, 1);
    const [bundle] = cells("display_bundle")[0]!.outputs;
    assert.deepEqual(Object.keys(bundle!["data"] as Record<string, unknown>), [
      "application/vnd.plotly.v1+json",
      "image/png",
      "text/plain",
    ]);
  }));

Deno.test("an interrupted run ends its kernel, writes nothing and says so", async () => {
  const interrupt = new AbortController();
  setTimeout(() => interrupt.abort(), 1500);
  await run(["waiting_cell"], [], ({ status, err, dir }) => {
    assert.equal(status, 130);
    assert.match(err, /interrupted in .*waiting_cell\.ipynb; nothing of it was written/);
    assert.equal(
      readFileSync(join(dir, "waiting_cell.ipynb"), "utf8"),
      readFileSync(join(fixtures, "waiting_cell.ipynb"), "utf8"),
    );
    assert.deepEqual(readdirSync(dir), ["waiting_cell.ipynb"]);
  }, interrupt.signal);
});

Deno.test("no notebooks is said and is no failure", () =>
  run([], [], ({ status, out }) => {
    assert.equal(status, 0);
    assert.match(out, /^no notebooks in /);
  }));

Deno.test("bad usage ends with 2 and the usage text", async () => {
  for (
    const [args, pattern] of [
      [["--tiemout", "3"], /--tiemout/],
      [["--jobs", "0"], /--jobs 0: not a count of notebooks/],
      [["--timeout", "soon"], /--timeout soon: not a time in seconds/],
      [["nowhere.ipynb"], /nowhere\.ipynb: no such notebook or folder/],
    ] as const
  ) {
    let err = "";
    const io = { out: () => {}, err: (line: string) => void (err += line), interactive: false };
    assert.equal(await main([...args], io, new AbortController().signal), 2);
    assert.match(err, pattern);
    assert.match(err, /deno task notebooks \[PATH/);
  }
});
