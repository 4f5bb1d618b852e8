import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHash } from "node:crypto";
import { listRunFiles } from "../../lib/measurement/run_files.ts";
import { mirrorTest } from "../mirror.ts";
import { runCommand } from "../scripts/run_command.ts";

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const power = at("datasets/example/power.csv");
const requests = at("datasets/example/requests.json");
const files = ["--power", power, "--requests", requests, "--zone", "-07:00"];

async function withFolder(body: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "joulebook-report-"));
  try {
    await body(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** The numbers at the top of a page by their names. */
function numbersOf(path: string): Map<string, string> {
  const page = readFileSync(path, "utf8");
  return new Map(
    [...page.matchAll(/<dt>([^<]+)<\/dt><dd class="value">([^<]+)<\/dd>/g)]
      .map(([, label, text]) => [label!, text!]),
  );
}

Deno.test("report writes a page of an attribution, with the files' checksums", () =>
  withFolder(async (dir) => {
    const out = join(dir, "a.html");
    const { status, out: said, err } = await runCommand(
      "report",
      ...files,
      "--origin",
      "generated",
      "--out",
      out,
      "--json",
    );
    assert.deepEqual([status, err], [0, []]);
    const { path, bytes } = JSON.parse(said);
    assert.deepEqual([path, bytes], [out, readFileSync(out).length]);
    const page = readFileSync(out, "utf8");
    for (const file of [power, requests]) {
      const sha256 = createHash("sha256").update(readFileSync(file)).digest("hex");
      assert.ok(page.includes(sha256), `the checksum of ${file}`);
    }
  }));

Deno.test("a page of the document of attribute --json has the same numbers", () =>
  withFolder(async (dir) => {
    const [direct, document, page] = ["a.html", "a.json", "b.html"].map((name) => join(dir, name));
    await runCommand("report", ...files, "--out", direct!);
    const { out } = await runCommand("attribute", ...files, "--json");
    writeFileSync(document!, out);
    const { status, err } = await runCommand("report", document!, "--out", page!);
    assert.deepEqual([status, err], [0, []]);
    const [a, b] = [numbersOf(direct!), numbersOf(page!)];
    for (
      const label of [
        "Energy of a request",
        "Energy per output token",
        "Prefill energy per input token",
        "Share: prefill",
        "Share: decode",
        "TTFT, median",
        "TPOT, median",
        "Conservation",
      ]
    ) assert.equal(b.get(label), a.get(label), label);
    assert.ok(a.size >= 12);
    // Only the trace tells how long it was.
    assert.equal(b.get("Mean power"), "–");
  }));

Deno.test("report reads a run folder and leaves it as it is", () =>
  withFolder(async (dir) => {
    const [run, out] = [join(dir, "run"), join(dir, "new/run.html")];
    await runCommand("measure", "--import", ...files, "--out", run);
    const before = listRunFiles(run).map((path) => [path, readFileSync(join(run, path), "utf8")]);
    const { status, err } = await runCommand("report", run, "--out", out);
    assert.deepEqual([status, err], [0, []]);
    const after = listRunFiles(run).map((path) => [path, readFileSync(join(run, path), "utf8")]);
    assert.deepEqual(after, before);
    const page = readFileSync(out, "utf8");
    assert.match(page, /Cells of the run/);
    assert.match(page, /requests\.jsonl/);
    const direct = join(dir, "a.html");
    await runCommand("report", ...files, "--out", direct);
    const label = "Energy of the whole trace";
    assert.equal(numbersOf(out).get(label), numbersOf(direct).get(label));
  }));

Deno.test("the page of a run says all that lint says of the folder, and no object is a cell", () =>
  withFolder(async (dir) => {
    const [run, out] = [at("datasets/smollm2_cpu/run"), join(dir, "a.html")];
    const { status, err } = await runCommand("report", run, "--out", out);
    assert.deepEqual([status, err], [0, []]);
    const page = readFileSync(out, "utf8");
    const { findings } = JSON.parse((await runCommand("lint", run, "--json")).out);
    assert.ok(findings.length > 0);
    const shown = [...page.matchAll(/<div class="finding \w+">.*?<code>([^<]+)<\/code>/g)];
    assert.deepEqual(
      shown.map(([, rule]) => rule),
      findings.map(({ rule }: { rule: string }) => rule),
    );
    assert.doesNotMatch(page, /coreShare/);
    // Some waited: their energy is drawn from when they were worked on.
    assert.match(page, /"from":"workFromS","inFlightFrom":"startS"/);
    assert.match(page, /<title>Energy of SmolLM2-135M on a processor/);
  }));

Deno.test("the interval of all requests' energy is no wider than those of the phases together", () =>
  withFolder(async (dir) => {
    const [run, out] = [at("datasets/smollm2_cpu/run"), join(dir, "a.html")];
    await runCommand("report", run, "--out", out);
    const { prefill, decode, requests } = JSON.parse(
      (await runCommand("attribute", run, "--json")).out,
    );
    const half = (prefill.highJ - prefill.lowJ + decode.highJ - decode.lowJ) / 2 / requests.length;
    const [, value, width] = /^([\d.]+) ± ([\d.]+) J$/.exec(
      numbersOf(out).get("Energy of a request")!,
    )!;
    const meanJ = (prefill.energyJ + decode.energyJ) / requests.length;
    assert.ok(Math.abs(Number(value) - meanJ) < 0.1, value);
    assert.ok(Math.abs(Number(width) - half) < 0.1, `${width} for ${half}`);
  }));

Deno.test("windows are reported on with their reference", () =>
  withFolder(async (dir) => {
    const [trace, phases, out] = ["t.csv", "w.csv", "a.html"].map((name) => join(dir, name));
    const rows = Array.from(
      { length: 100 },
      (_, i) => `${1_772_000_000 + i / 10},${200 + i % 7}\n`,
    );
    writeFileSync(trace!, `time,watts\n${rows.join("")}`);
    writeFileSync(
      phases!,
      "name,start,end\nload,1772000001,1772000003\nrun,1772000004,1772000008\n",
    );
    const { status, err } = await runCommand(
      "report",
      "--power",
      trace!,
      "--columns",
      "time=time,value=watts,unit=W,timeFormat=s",
      "--windows",
      phases!,
      "--out",
      out!,
    );
    assert.deepEqual([status, err], [0, []]);
    assert.equal(numbersOf(out!).get("Windows with an energy"), "2 of 2");
    assert.match(readFileSync(out!, "utf8"), /coloured by the windows that were open/);
  }));

mirrorTest(
  "the phases of a published run add up to what its own meter says",
  (mirror) =>
    withFolder(async (dir) => {
      const folder = join(mirror, "traces/phase_gold/grantwilkins/swing_a100_llama2-7b");
      const out = join(dir, "a.html");
      const { status, err } = await runCommand(
        "report",
        "--power",
        join(folder, "nvidia-smi.csv"),
        "--windows",
        join(folder, "phases.csv"),
        "--zone",
        "America/Chicago",
        "--origin",
        "published",
        "--out",
        out,
      );
      assert.deepEqual([status, err], [0, []]);
      const numbers = numbersOf(out);
      assert.equal(numbers.get("Windows with an energy"), "64 of 65");
      const off = parseFloat(numbers.get("Sum against the reference")!);
      assert.ok(Math.abs(off) < 0.5, `${off} %`);
    }),
);

Deno.test("report refuses what it cannot use, and writes nothing then", () =>
  withFolder(async (dir) => {
    const out = join(dir, "a.html");
    const document = join(dir, "a.json");
    writeFileSync(document, '{"method": "serial", "requests": []}');
    for (
      const [expected, ...args] of [
        [2, ...files, "--out", join(dir, "requests.json")],
        [2, ...files, "--origin", "guessed"],
        [2, document, "--zone", "UTC"],
        [2, document, document],
        [2],
        [1, join(dir, "no-such-run")],
        [1, dir],
        [1, document],
        [1, requests],
        [1, ...files, "--out", join(requests, "a.html")],
        [1, "--power", power, "--requests", requests],
      ] as [number, ...string[]][]
    ) {
      const given = args.includes("--out") ? args : [...args, "--out", out];
      const { status, err } = await runCommand("report", ...given);
      assert.equal(status, expected, args.join(" "));
      assert.match(err[0]!, /^joulebook report: /);
      assert.doesNotMatch(err.join("\n"), /this is a bug/);
      assert.equal(existsSync(out), false);
    }
  }));
