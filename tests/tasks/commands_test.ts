import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { attributeWindows } from "../../lib/attribution/mod.ts";
import { jsonLines } from "../../lib/formats/mod.ts";
import { openStore, readStoredSeries, StoreWriter } from "../../lib/formats/store/mod.ts";
import { createIntegrator, sumIntegrators } from "../../lib/power/mod.ts";
import { windows } from "../../lib/requests/mod.ts";
import {
  attributeStore,
  type AttributeStoreOptions,
  attributeStoreWindows,
  openRun,
  type StoreAttribution,
} from "../../lib/tasks/mod.ts";
import { runCommand } from "../scripts/run_command.ts";
import { commandsOn, scheduleText } from "./every_command.ts";
import { type StoreTruth, writeStore } from "./generated_store.ts";
import { withFolder } from "./temporary.ts";

/** Runs a command line that ends well. */
async function outOf(args: readonly string[]): Promise<string> {
  const { status, out, err } = await runCommand(...args);
  assert.equal(status, 0, `${args.join(" ")}: ${err.join(" ")}`);
  return out;
}

Deno.test("every command gives the same bytes whole, in one process and in two", () =>
  withFolder(async (dir) => {
    const store = join(dir, "store");
    writeStore(store, 2, 60);
    const schedule = join(dir, "tiny.yaml");
    writeFileSync(schedule, scheduleText);
    for (const args of commandsOn(store, schedule)) {
      const run = join(dir, `run-${args[0]}`);
      const two = await outOf([...args, "--jobs", "2", "--run", run]);
      const one = await outOf([...args, "--jobs", "1"]);
      assert.equal(two, one, args[0]);
      // A store is attributed by tasks only.
      if (args[0] !== "attribute") assert.equal(await outOf(args), one, args[0]);
      assert.equal(await outOf([args[0]!, "--run", run]), one, `${args[0]}, resumed by its folder`);
    }
  }));

/** The whole result with all requests, as text. */
async function attributed(
  dir: string,
  cut?: (weights: readonly number[]) => number[],
  options: Partial<AttributeStoreOptions> = {},
): Promise<{ text: string; result: StoreAttribution; ids: string[] }> {
  const run = openRun({ command: "attribute", jobs: 1, ...(cut && { cut }) });
  const lines: string[] = [];
  const ids: string[] = [];
  try {
    const result = await attributeStore(run, {
      power: dir,
      requests: dir,
      onRequest: (request) => {
        lines.push(JSON.stringify(request));
        ids.push(request.id);
      },
      ...options,
    });
    return { text: JSON.stringify(result) + lines.join("\n"), result, ids };
  } finally {
    run.close();
  }
}

/** What must hold of every attribution of the store. */
function check(truth: StoreTruth, { result, ids }: Awaited<ReturnType<typeof attributed>>): void {
  assert.ok(result.conservationError < 1e-9);
  assert.ok(Math.abs(result.totalJ / truth.totalJ - 1) < 1e-9, "a joule is lost or counted twice");
  assert.equal(ids.length, truth.requests);
  assert.equal(new Set(ids).size, truth.requests, "a request is counted twice");
  assert.equal(result.attributed, truth.requests);
  for (const server of result.servers) assert.ok(server.conservationError < 1e-9);
}

Deno.test("attribute gives the same bytes for every cut into tasks", () =>
  withFolder(async (dir) => {
    const truth = writeStore(dir, 2, 120);
    // Stretches of twenty seconds, so that there is something to cut.
    const whole = await attributed(dir, () => [0], { stretchS: 20 });
    check(truth, whole);
    assert.ok(whole.result.servers.every(({ stretches }) => stretches >= 7));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }), async (cuts) => {
        const cut = (weights: readonly number[]): number[] =>
          [...weights.keys()].filter((i) => i === 0 || cuts[i]!);
        assert.equal((await attributed(dir, cut, { stretchS: 20 })).text, whole.text);
      }),
      { numRuns: 2, seed: 4 },
    );
  }));

Deno.test("stretches of any length give the same energies within their intervals, every joule once", () =>
  withFolder(async (dir) => {
    const truth = writeStore(dir, 2, 120);
    const days = await attributed(dir);
    check(truth, days);
    for (const stretchS of [37, 61.5]) {
      const short = await attributed(dir, undefined, { stretchS });
      check(truth, short);
      for (const phase of ["prefill", "decode"] as const) {
        const { energyJ } = short.result[phase];
        const { lowJ, highJ } = days.result[phase];
        assert.ok(
          energyJ > lowJ && energyJ < highJ,
          `${phase} ${energyJ} not in ${lowJ}..${highJ}`,
        );
      }
    }
  }));

Deno.test("a method with its own costs needs no fit; devices of no replica are unattributed", () =>
  withFolder(async (dir) => {
    writeStore(dir, 1, 60);
    const writer = new StoreWriter(dir, { id: "more", path: "more", format: "generated" });
    const timeS = Float64Array.from({ length: 100 }, (_, i) => 20_000 * 86_400 + i);
    writer.addSeries({
      quantity: "power",
      timeS,
      powerW: new Float64Array(100).fill(50),
      device: { kind: "gpu", id: "gpu0", host: "idle", name: "Simulated" },
      clock: "epoch",
      averagingS: null,
      reading: "unspecified",
      source: { path: "more", format: "generated", column: "powerW", sourceClock: "epoch" },
      dropped: [],
    });
    writer.commit();
    const out = JSON.parse(
      await outOf(["attribute", "--power", dir, "--requests", dir, "--json", "--jobs", "1"]
        .concat("--method", "output-tokens")),
    );
    assert.equal(out.method, "output-tokens");
    assert.equal(out.prefillJ, 0);
    assert.ok(out.decodeJ > 0 && out.conservationError < 1e-9);
    const idle = out.servers.find((server: { server: string }) => server.server === "idle/gpu0");
    assert.deepEqual([idle.totalJ, idle.idleJ, idle.attributed], [99 * 50, 99 * 50, 0]);
  }));

Deno.test("a trace in local time with its zone gives by tasks what it gives whole", () =>
  withFolder(async (dir) => {
    const files = ["power.csv", "requests.json"].map((name) => `datasets/example/${name}`);
    await outOf(["convert", ...files, `${dir}/`]);
    const at = ["attribute", "--power", dir, "--requests", dir, "--jobs", "1", "--json"];
    assert.match((await runCommand(...at)).err.join(), /clock of kind "local".* Try: give --zone/);
    const cut = JSON.parse(await outOf([...at, "--zone", "-07:00"]));
    const whole = JSON.parse(
      await outOf(["attribute", "--power", files[0]!, "--requests", files[1]!, "--zone", "-07:00"]
        .concat("--json")),
    );
    assert.equal(cut.offsetS, 25_200);
    for (const key of ["totalJ", "idleJ", "prefillJ", "decodeJ"]) {
      assert.ok(Math.abs(cut[key] / whole[key] - 1) < 1e-9, `${key} ${cut[key]} ${whole[key]}`);
    }
    assert.deepEqual(cut.dropped, [...whole.dropped]);
  }));

Deno.test("windows over an edge are counted once, and get what one process measures", () =>
  withFolder(async (dir) => {
    const truth = writeStore(dir, 2, 120);
    const midnightS = 20_000 * 86_400;
    const rows = [["over", -20, 25], ["inside", 10, 30.5], ["twice", 12, 20], [
      "outside",
      -900,
      -800,
    ]];
    const path = join(dir, "windows.jsonl");
    const named = windows({
      names: rows.map(([name]) => String(name)),
      startS: Float64Array.from(rows, ([, from]) => midnightS + Number(from)),
      endS: Float64Array.from(rows, ([, , to]) => midnightS + Number(to)),
    });
    const input = { path, format: "generated", series: [], requests: [], results: [] };
    writeFileSync(
      path,
      [...jsonLines({ ...input, windows: [named], dropped: [], notes: [] })].join(""),
    );
    const store = openStore(dir);
    const whole = attributeWindows(
      sumIntegrators(
        await Promise.all(
          store.series.map(async (one) => createIntegrator(await readStoredSeries(store, one))),
        ),
      ),
      named,
    );
    for (const stretchS of [86_400, 17]) {
      const run = openRun({ command: "attribute", jobs: 1 });
      const cut = await attributeStoreWindows(run, { power: dir, windows: path, stretchS });
      run.close();
      assert.ok(Math.abs(cut.totalJ / truth.totalJ - 1) < 1e-9);
      assert.ok(cut.conservationError < 1e-9);
      cut.windows.forEach((window, i) => {
        const { energyJ, highJ, reason, samples } = whole.windows[i]!;
        assert.equal(window.reason, reason);
        if (energyJ === null) return;
        assert.ok(Math.abs(window.energyJ! / energyJ - 1) < 1e-9, window.name);
        assert.ok(Math.abs((window.highJ! - window.energyJ!) / (highJ! - energyJ) - 1) < 1e-2);
        assert.equal(window.samples, samples);
      });
      // The devices begin and end at different moments; the sum of both has only what they share.
      assert.ok(cut.insideJ >= whole.insideJ * (1 - 1e-9));
      assert.ok(Math.abs(cut.sharedJ / whole.sharedJ - 1) < 1e-9);
    }
    const out = JSON.parse(
      await outOf(["attribute", "--power", dir, "--windows", path, "--jobs", "2", "--json"]),
    );
    assert.equal(out.windows.length, 4);
    assert.ok(Math.abs(out.windows[0].energyJ / whole.windows[0]!.energyJ! - 1) < 1e-9);
  }));

Deno.test("what a store cannot tell is refused with what to give", () =>
  withFolder(async (dir) => {
    writeStore(dir, 1, 60);
    const at = ["attribute", "--power", dir, "--requests"];
    for (
      const [args, message] of [
        [
          [...at, "datasets/example/requests.json", "--jobs", "1"],
          /0 % of the time in datasets.example.requests.json lies inside/,
        ],
        [[...at, dir, "--offset", "auto", "--jobs", "1"], /known clocks/],
        [[...at, dir, "--engine", "cloud"], /--engine must be workers or slurm/],
        [[...at, dir, "--engine", "slurm"], /--engine slurm needs --run DIR/],
        [[...at, dir, "--jobs", "0"], /--jobs must be a whole number/],
        [[...at, dir, "--partition", "x"], /--partition goes with --engine slurm/],
        [[...at, dir, "--out", "x"], /--out goes with --engine or --run/],
        [["attribute", "--power", "no/store", "--requests", dir, "--jobs", "1"], /no folder that/],
      ] as const
    ) {
      const { status, err } = await runCommand(...args);
      assert.ok(status > 0);
      assert.match(err.join("\n"), message);
      assert.doesNotMatch(err.join("\n"), /bug in joulebook/);
    }
  }));

Deno.test("nothing of it is loaded for one trace: the commands import tasks only when asked", () => {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const commands = ["inspect", "lint", "attribute", "predict", "replay", "schedule", "evaluate"];
  const { stdout } = spawnSync(
    Deno.execPath(),
    ["info", "--json", join(root, "scripts/command_list.ts")],
    { encoding: "utf8", maxBuffer: 1 << 28 },
  );
  interface Module {
    specifier: string;
    dependencies?: { code?: { specifier: string }; isDynamic?: boolean }[];
  }
  const modules = new Map(
    (JSON.parse(stdout).modules as Module[]).map((one) => [one.specifier, one]),
  );
  for (const name of commands) {
    const reached = new Set<string>();
    const visit = (specifier: string): void => {
      if (reached.has(specifier)) return;
      reached.add(specifier);
      for (const { code, isDynamic } of modules.get(specifier)?.dependencies ?? []) {
        if (code !== undefined && isDynamic !== true) visit(code.specifier);
      }
    };
    visit(new URL(`../../scripts/commands/${name}.ts`, import.meta.url).href);
    assert.ok(reached.size > 5, name);
    const loaded = [...reached].filter((specifier) => specifier.includes("/lib/tasks/"));
    assert.deepEqual(loaded, [], name);
  }
});
