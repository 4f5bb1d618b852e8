import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { commandList } from "../../scripts/command_list.ts";
import { runCommand } from "./run_command.ts";

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const power = at("datasets/example/power.csv");
const requests = at("datasets/example/requests.json");

Deno.test("without a command the overview is shown, and it is wrong usage", async () => {
  const { status, out } = await runCommand();
  assert.equal(status, 2);
  for (const { name } of commandList) assert.match(out, new RegExp(`^  ${name} `, "m"));
});

Deno.test("every command loads under its own name and explains itself", async () => {
  for (const { name, load } of commandList) {
    assert.equal((await load()).name, name);
    const { status, out } = await runCommand(name, "--help");
    assert.equal(status, 0);
    assert.match(out, new RegExp(`^joulebook ${name}`));
  }
});

Deno.test("an unknown command is wrong usage and names its neighbour", async () => {
  const { status, err } = await runCommand("atribute");
  assert.equal(status, 2);
  assert.match(err.join("\n"), /there is no command "atribute"/);
});

Deno.test("wrong options are wrong usage, said in one line", async () => {
  for (
    const args of [
      ["inspect"],
      ["inspect", "--no-such-option", "x"],
      ["inspect", "--columns", "time", "x"],
      ["attribute"],
      ["attribute", "--power", power],
      ["attribute", "--power", power, "--requests", requests, "--windows", requests],
      ["attribute", "--power", power, "--requests", requests, "--offset", "soon"],
      ["attribute", "--power", power, "--requests", requests, "--method", "guess"],
      ["mlperf"],
      ["mlperf", ".", "--scenario", "Batch"],
    ]
  ) {
    const { status, err } = await runCommand(...args);
    assert.equal(status, 2, args.join(" "));
    assert.match(err[0]!, /^joulebook \w+: /);
  }
});

Deno.test("inspect prints one JSON document with the keys of the contract", async () => {
  const { status, out, err } = await runCommand("inspect", power, "--json");
  assert.deepEqual([status, err], [0, []]);
  const file = JSON.parse(out).files[0];
  for (
    const key of [
      "path",
      "format",
      "kind",
      "devices",
      "samples",
      "requests",
      "startS",
      "endS",
      "clock",
      "meanW",
      "energyJ",
      "dropped",
      "issues",
    ]
  ) assert.ok(key in file, key);
  assert.deepEqual([file.format, file.kind, file.clock], ["nvidia-smi-query", "power", "local"]);
});

Deno.test("a file that cannot be read fails the check and leaves the others summed up", async () => {
  const { status, out } = await runCommand("inspect", "no/such.csv", power, "--json");
  assert.equal(status, 1);
  const { files } = JSON.parse(out);
  assert.equal(files[0].format, null);
  assert.match(files[0].issues[0], /no\/such.csv: there is no such file/);
  assert.ok(files[1].samples > 100);
});

Deno.test("attribute needs the zone of a local trace, and says which one fits", async () => {
  const { status, err } = await runCommand("attribute", "--power", power, "--requests", requests);
  assert.equal(status, 1);
  assert.match(err[0]!, /does not say its zone.*--zone -07:00 would bring 100 % inside/);
});

Deno.test("attribute conserves energy and prints the keys of the contract", async () => {
  const { status, out } = await runCommand(
    "attribute",
    "--power",
    power,
    "--requests",
    requests,
    "--zone",
    "-07:00",
    "--json",
  );
  assert.equal(status, 0);
  const result = JSON.parse(out);
  for (
    const key of [
      "method",
      "offsetS",
      "offsetWidthS",
      "totalJ",
      "idleJ",
      "unattributedJ",
      "prefillJ",
      "decodeJ",
      "conservationError",
      "requests",
    ]
  ) assert.ok(key in result, key);
  assert.ok(result.conservationError <= 1e-9);
  const sum = result.requests.reduce(
    (total: number, r: { energyJ: number }) => total + r.energyJ,
    0,
  );
  assert.ok(
    Math.abs((sum + result.idleJ + result.unattributedJ) / result.totalJ - 1) <= 1e-9,
  );
});

Deno.test("the human table names phases, tokens, error bars and the conservation line", async () => {
  const { out } = await runCommand(
    "attribute",
    "--power",
    power,
    "--requests",
    requests,
    "--zone",
    "-07:00",
  );
  for (
    const text of [
      /^prefill .*\[.*, .*\].*input/m,
      /^decode .*\[.*, .*\].*output/m,
      /^idle/m,
      /^conservation/m,
    ]
  ) assert.match(out, text);
});

Deno.test("the offset of the example is found without being told its zone", async () => {
  const { status, out } = await runCommand(
    "attribute",
    "--power",
    power,
    "--requests",
    requests,
    "--offset",
    "auto",
    "--json",
  );
  assert.equal(status, 0);
  const { offsetS, offsetWidthS } = JSON.parse(out);
  assert.ok(Math.abs(offsetS - 7 * 3600) < 0.3, `${offsetS}`);
  assert.ok(offsetWidthS < 0.2);
});

Deno.test("every method conserves energy, and equal shares call idle what no request covers", async () => {
  const names = ["equal-share", "dynamic-equal-share", "output-tokens", "tokens-1:4", "regression"];
  for (const method of names) {
    const { status, out } = await runCommand(
      "attribute",
      ...[
        "--power",
        power,
        "--requests",
        requests,
        "--zone",
        "-07:00",
        "--method",
        method,
        "--json",
      ],
    );
    assert.equal(status, 0, method);
    assert.ok(JSON.parse(out).conservationError <= 1e-9, method);
  }
});

Deno.test("options that have no use are refused instead of ignored", async () => {
  const base = ["attribute", "--power", power, "--requests", requests, "--zone", "-07:00"];
  for (
    const args of [
      [...base, "--method", "equal-share", "--idle", "tokens"],
      [...base, "--offset="],
      ["attribute", "--power", power, "--windows", requests, "--method", "regression"],
    ]
  ) {
    const { status, err } = await runCommand(...args);
    assert.equal(status, 2, args.join(" "));
    assert.match(err[0]!, /^joulebook attribute: --/);
  }
});

Deno.test("methods that divide all power and those above idle have different names", async () => {
  const named = async (method: string): Promise<[string, string]> => {
    const { out } = await runCommand(
      "attribute",
      ...[
        "--power",
        power,
        "--requests",
        requests,
        "--zone",
        "-07:00",
        "--method",
        method,
        "--json",
      ],
    );
    const { method: name, idleRule } = JSON.parse(out);
    return [name, idleRule];
  };
  assert.deepEqual(await named("equal-share"), ["equal-share", "in-requests"]);
  assert.deepEqual(await named("dynamic-equal-share"), ["dynamic-equal-share", "unassigned"]);
});

Deno.test("a folder without a file is no sound folder", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { status, err } = await runCommand("lint", folder);
    assert.equal(status, 1);
    assert.match(err[0]!, /there is no file in it/);
  } finally {
    await Deno.remove(folder);
  }
});
