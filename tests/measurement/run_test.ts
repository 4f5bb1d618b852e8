import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRandom } from "../../lib/random.ts";
import { nowS } from "../../lib/measurement/clock.ts";
import { parseMeasureConfig } from "../../lib/measurement/config.ts";
import { loadTokenizer } from "../../lib/measurement/load_tokenizer.ts";
import { measure, type MeasureOptions, type MeasureResult } from "../../lib/measurement/measure.ts";
import { readRunFolder } from "../../lib/measurement/read_run_folder.ts";
import { readLines } from "../../lib/measurement/read_lines.ts";
import type { RequestRecord } from "../../lib/measurement/records.ts";
import { readInput } from "../../lib/formats/read.ts";
import { put, script, testFolder } from "./fake_sink.ts";
import { startTestServer } from "./server.ts";

const configFor = (url: string, more = ""): string =>
  `name: test
model: test
endpoint: {url: "${url}", retries: 1, backoff: 10 ms, stall: 300 ms${more}}
load: {requests: 4, warmup: 1, idle: 100 ms}
sweep: {inputTokens: 8, outputTokens: [5, 10], concurrency: [1, 2]}
samplers:
  - {kind: declared, tdpW: 65, idleW: 20, utilisation: 0.5, period: 20 ms}
  - {kind: rapl, root: /no/such/folder}
pue: 1.2
tariff: 0.31 EUR/kWh
carbon: 350 g/kWh
`;

function run(
  configText: string,
  dir: string,
  options: Partial<MeasureOptions> = {},
): Promise<MeasureResult> {
  return measure(parseMeasureConfig(configText, "measure.yaml"), {
    configPath: "measure.yaml",
    configText,
    dir,
    env: () => undefined,
    signal: new AbortController().signal,
    resolveDataset: () => Promise.reject(new Error("there are no datasets here")),
    ...options,
  });
}

Deno.test("a run is kept whole: cells, requests, power, and a manifest that fits", async () => {
  const server = startTestServer({ tpotMs: 3 });
  const dir = join(testFolder(), "run");
  const result = await run(configFor(server.url), dir);
  await server.stop();
  assert.equal(result.state, "complete");
  assert.deepEqual(result.samplers.map(({ isHere }) => isHere), [true, false]);
  assert.match(result.samplers[1]!.reason!, /shows no RAPL/);
  const found = await readRunFolder(dir);
  assert.equal(found.state, "complete");
  assert.equal(found.cells.length, 4);
  assert.equal(found.requests!.submitS.length, 4 * (4 + 1));
  assert.equal(found.windows.names.length, 4);
  assert.ok(found.notes.some((note) => /Modelled, not measured: cpu/.test(note)));
  assert.ok(!found.notes.some((note) => /manifest|incomplete/.test(note)), found.notes.join("\n"));
  for (const cell of result.summary.cells) {
    assert.equal(cell.requests, 4);
    assert.equal(cell.outputTokens, 4 * (cell.cell.includes("out5") ? 5 : 10));
    // A constant 42.5 W, whatever the cell: energy is power times duration.
    assert.ok(Math.abs(cell.energyJ! - 42.5 * cell.durationS!) < 1e-3 * cell.energyJ!);
    assert.ok(Math.abs(cell.idleW! - 42.5) < 0.1);
    const kwh = 1.2 * cell.energyJ! / 3.6e6;
    assert.ok(Math.abs(cell.cost! / (0.31 * kwh) - 1) < 1e-9);
    assert.ok(Math.abs(cell.carbonG! / (350 * kwh) - 1) < 1e-9);
    assert.ok(cell.driver!.coreShare > 0);
  }
  assert.equal(result.summary.basis, "modelled");
  // What stands in the folder is what was returned.
  const kept = JSON.parse(readFileSync(join(dir, "summary.json"), "utf8"));
  assert.deepEqual(kept, JSON.parse(JSON.stringify(result.summary)));
  writeFileSync(join(dir, "power/declared.csv"), "x", { flag: "a" });
  const changed = await readRunFolder(dir);
  assert.ok(changed.notes.some((note) => /power\/declared.csv has/.test(note)));
  rmSync(dir, { recursive: true });
});

Deno.test("the files of a run are formats that every command reads", async () => {
  const server = startTestServer();
  const dir = join(testFolder(), "run");
  await run(configFor(server.url), dir);
  await server.stop();
  const power = await readInput(join(dir, "power/declared.csv"));
  const requests = await readInput(join(dir, "requests.jsonl"));
  assert.equal(power.series[0]!.device.id, "cpu");
  assert.equal(requests.requests[0]!.tokenTimes!.timeS.length, 5 * 2 * (5 + 10));
  assert.equal(requests.requests[0]!.tokenCount, "server");
  rmSync(dir, { recursive: true });
});

Deno.test("failures of the server are counted, and the run goes on", async () => {
  const faults = ["429", "500", "disconnect", "hang", "malformed", "garbage", null, null];
  const server = startTestServer({ fault: (request) => faults[request % faults.length]! });
  const dir = join(testFolder(), "run");
  const startS = nowS();
  const result = await run(configFor(server.url), dir);
  await server.stop();
  assert.equal(result.state, "complete");
  assert.ok(nowS() - startS < 20, "it hung");
  const records = readLines<RequestRecord>(join(dir, "requests.jsonl")).slice(1);
  assert.equal(records.length, 20);
  const failed = records.filter(({ success }) => !success);
  assert.ok(failed.length > 0 && failed.every(({ error }) => error !== null));
  assert.equal(result.failures.reduce((sum, { count }) => sum + count, 0), failed.length);
  assert.ok(records.some(({ retries }) => retries.length > 0));
  assert.ok(records.every(({ retries }) => retries.length <= 1));
  rmSync(dir, { recursive: true });
});

Deno.test("a server that is not there is told before the first request, with the reason", async () => {
  const server = startTestServer();
  const { url } = server;
  await server.stop();
  let told = "";
  const dir = join(testFolder(), "run");
  const { state, failures } = await run(configFor(url), dir, {
    onNoServer: (reason) => void (told = reason),
  });
  assert.match(told, /refused/i);
  assert.equal(state, "failed");
  assert.deepEqual(failures.map(({ reason }) => reason), ["connection-failed"]);
  rmSync(dir, { recursive: true });
});

Deno.test("a cell without one success is failed, and resuming runs it again", async () => {
  let fault: string | null = "500";
  const server = startTestServer({ fault: () => fault });
  const dir = join(testFolder(), "run");
  const first = await run(configFor(server.url), dir);
  assert.equal(first.state, "failed");
  fault = null;
  const second = await run(configFor(server.url), dir, { resume: true });
  await server.stop();
  assert.equal(second.state, "complete");
  const found = await readRunFolder(dir);
  assert.deepEqual(found.cells.map(({ attempt }) => attempt), [1, 1, 1, 1, 2, 2, 2, 2]);
  assert.equal(found.windows.names.length, 4);
  rmSync(dir, { recursive: true });
});

Deno.test("a run that is stopped keeps what it has, says so, and can go on", async () => {
  const server = startTestServer({ tpotMs: 20 });
  const dir = join(testFolder(), "run");
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 900);
  const startS = nowS();
  const first = await run(configFor(server.url), dir, { signal: stop.signal });
  assert.ok(nowS() - startS < 3);
  assert.equal(first.state, "stopped");
  const kept = await readRunFolder(dir);
  assert.ok(kept.notes.some((note) => /incomplete/.test(note)));
  assert.ok(kept.requests!.submitS.length > 0);
  const second = await run(configFor(server.url), dir, { resume: true });
  await server.stop();
  assert.equal(second.state, "complete");
  rmSync(dir, { recursive: true });
});

Deno.test("a run goes on only with its own configuration, and in one program at a time", async () => {
  const server = startTestServer();
  const dir = join(testFolder(), "run");
  await run(configFor(server.url), dir);
  await assert.rejects(run(configFor(server.url), dir), /not empty/);
  await assert.rejects(
    run(configFor(server.url).replace("name: test", "name: other"), dir, { resume: true }),
    /another configuration/,
  );
  const lock = Deno.openSync(join(dir, ".lock"), { write: true });
  assert.equal(lock.tryLockSync(true), true);
  await assert.rejects(run(configFor(server.url), dir, { resume: true }), /another program/);
  lock.close();
  await server.stop();
  rmSync(dir, { recursive: true });
});

Deno.test("an API key is in no file and no message", async () => {
  const key = "topsecret-0123456789";
  const dir = join(testFolder(), "run");
  const server = startTestServer({
    fault: (request) => request % 2 === 0 ? "refuse-key" : null,
  });
  const text = configFor(server.url, ", apiKeyEnv: TEST_KEY");
  await run(text, dir, { env: () => key });
  assert.equal(server.keys[0], `Bearer ${key}`);
  for (const name of readdirSync(dir, { recursive: true }) as string[]) {
    if (statSync(join(dir, name)).isDirectory()) continue;
    assert.ok(!readFileSync(join(dir, name), "utf8").includes(key), `${name} holds the key`);
  }
  await assert.rejects(run(text, join(dir, "b")), /apiKeyEnv names is not set/);
  const inside = `${text}labels: {note: ${key}}\n`;
  await assert.rejects(run(inside, join(dir, "c"), { env: () => key }), (error: Error) => {
    assert.match(error.message, /contains the API key/);
    return !error.message.includes(key);
  });
  await server.stop();
  rmSync(dir, { recursive: true });
});

Deno.test("power of a host whose clock is wrong is put on the clock of the requests", async () => {
  const folder = testFolder();
  // A machine whose clock is an hour and a bit ahead.
  const aheadS = 3700.25;
  script(folder, "date", `exec /bin/date -d "+${aheadS} seconds" "$@"`);
  put(join(folder, "rapl/intel-rapl:0/name"), "package-0\n");
  put(join(folder, "rapl/intel-rapl:0/max_energy_range_uj"), "262143328850\n");
  put(join(folder, "rapl/intel-rapl:0/energy_uj"), "1000000\n");
  const server = startTestServer();
  const dir = join(folder, "run");
  const text = configFor(server.url).replace(
    /samplers:[^]*?tariff/,
    () =>
      `hosts: {node1: {command: [env, "PATH=${folder}:/usr/bin:/bin"]}}
samplers: [{kind: rapl, root: "${folder}/rapl", host: node1, period: 50 ms}]
tariff`,
  );
  const result = await run(text, dir);
  await server.stop();
  assert.deepEqual(result.samplers.map(({ isHere, host }) => [isHere, host]), [[true, "node1"]]);
  const found = await readRunFolder(dir);
  for (const { offsetS, widthS } of found.clock!.hosts) {
    assert.ok(Math.abs(offsetS! - aheadS) <= widthS! + 0.01, `${offsetS} +- ${widthS}`);
  }
  assert.equal(found.clock!.hosts.length, 2);
  const [series] = found.power;
  assert.equal(series!.device.host, "node1");
  const [first, last] = [found.cells[0]!, found.cells.at(-1)!];
  assert.ok(series!.timeS[0]! <= first.loadS && series!.timeS.at(-1)! >= last.drainedS);
  rmSync(folder, { recursive: true });
});

Deno.test("a tokenizer counts prompts and answers, and the run says which", async () => {
  const server = startTestServer({ fault: () => "no-usage" });
  const dir = join(testFolder(), "run");
  const tokenizer = fileURLToPath(new URL("tokenizer.json", import.meta.url));
  await run(`${configFor(server.url)}tokenCount: { tokenizer: "${tokenizer}" }\n`, dir);
  await server.stop();
  const counter = await loadTokenizer(tokenizer);
  const records = readLines<RequestRecord>(join(dir, "requests.jsonl")).slice(1);
  const prompts = new Set(server.bodies.map(({ prompt }) => counter.prompt(prompt as string)));
  for (const { outputTokens, tokenCount, inputTokens, inputCount, chunkAfterS } of records) {
    const words = Array.from(chunkAfterS, (_, i) => i % 3 === 0 ? " é€" : " word");
    assert.equal(outputTokens, counter.answer(words.join("")));
    assert.deepEqual([tokenCount, inputCount], ["tokenizer", "tokenizer"]);
    assert.ok(prompts.has(inputTokens!));
  }
  const found = await readRunFolder(dir);
  assert.equal(found.requests!.tokenCount, "tokenizer");
  assert.deepEqual(found.environment!["tokenizer"], {
    file: "tokenizer.json",
    sha256: counter.sha256,
  });
  rmSync(dir, { recursive: true });
});

Deno.test("prompts of a file and lengths of a trace reach the server", async () => {
  const folder = testFolder();
  put(join(folder, "prompts.jsonl"), '{"question":"one two"}\n{"question":"three"}\n');
  const server = startTestServer();
  const base = `name: a\nmodel: m\nendpoint: {url: "${server.url}", api: chat}\n`;
  await run(
    `${base}prompts: {file: prompts.jsonl, field: question}\nload: {requests: 3}\n` +
      "sweep: {outputTokens: 3}\n",
    join(folder, "a"),
    { configPath: join(folder, "measure.yaml") },
  );
  assert.deepEqual(
    server.bodies.map(({ messages }) => (messages as { content: string }[])[0]!.content),
    ["one two", "three", "one two"],
  );
  put(
    join(folder, "trace.csv"),
    "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,7,3\n" +
      "2023-11-16 18:15:46.7805900,9,4\n",
  );
  server.bodies.length = 0;
  await run(
    base.replace("chat", "completions") + "arrival: {kind: trace, file: trace.csv}\n",
    join(folder, "b"),
    { configPath: join(folder, "measure.yaml") },
  );
  await server.stop();
  assert.deepEqual(server.bodies.map(({ max_tokens }) => max_tokens), [3, 4]);
  assert.deepEqual(
    server.bodies.map(({ prompt }) => (prompt as string).split(" ").length),
    [7, 9],
  );
  rmSync(folder, { recursive: true });
});

/** How often the test below kills a run; `JOULEBOOK_TEST_KILLS` sets another number. */
const kills = Number(Deno.env.get("JOULEBOOK_TEST_KILLS") ?? "2");

Deno.test("a run that is killed at any moment opens, has lost at most a second, and goes on", async () => {
  const server = startTestServer({ tpotMs: 20 });
  const folder = testFolder();
  const random = createRandom(20);
  const config = configFor(server.url).replace("requests: 4", "requests: 6")
    .replace("[5, 10]", "[25, 35]").replace("[1, 2]", "[2, 4]").replace(
      "stall: 300 ms",
      "stall: 5 s",
    );
  put(join(folder, "measure.yaml"), config);
  const worst = { powerS: 0, tokenS: 0 };
  const program = fileURLToPath(new URL("measure_child.ts", import.meta.url));
  for (let i = 0; i < kills; i++) {
    const dir = join(folder, `run${i}`);
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", program, join(folder, "measure.yaml"), dir],
      stdout: "null",
      stderr: "null",
    }).spawn();
    while (!readdirSync(folder).includes(`run${i}`) || !readdirSync(dir).includes("cells.jsonl")) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await new Promise((resolve) => setTimeout(resolve, 300 + random.uniform() * 3000));
    const killedS = nowS();
    child.kill("SIGKILL");
    await child.status;
    const found = await readRunFolder(dir);
    assert.equal(found.state, "unfinished");
    assert.ok(found.notes.some((note) => /incomplete/.test(note)));
    const [power] = found.power;
    const powerS = killedS - power!.timeS.at(-1)!;
    worst.powerS = Math.max(worst.powerS, powerS);
    assert.ok(powerS < 1, `${powerS} s of power are lost`);
    assert.ok(killedS - found.status.updatedS < 2.5, "the last sign of life is old");
    // Streams run all the time but for the rest between cells: the last token is as old at most.
    const tokens = found.requests?.tokenTimes?.timeS;
    const inFlight = found.notes.some((note) => /in flight/.test(note));
    if (inFlight && tokens !== undefined) {
      const last = tokens.reduce((most, timeS) => Math.max(most, timeS), 0);
      worst.tokenS = Math.max(worst.tokenS, killedS - last);
      assert.ok(killedS - last < 1, `the last token is ${killedS - last} s old`);
    }
    const stop = new AbortController();
    const settings = parseMeasureConfig(config, "measure.yaml");
    const { state } = await measure({ ...settings, load: { ...settings.load, requests: 1 } }, {
      configPath: join(folder, "measure.yaml"),
      configText: config,
      dir,
      resume: true,
      env: () => undefined,
      signal: stop.signal,
      resolveDataset: () => Promise.reject(new Error("none")),
    });
    assert.equal(state, "complete");
    const resumed = await readRunFolder(dir);
    assert.equal(resumed.state, "complete");
    assert.equal(resumed.requests!.submitS.length >= (found.requests?.submitS.length ?? 0), true);
    assert.equal(new Set(resumed.requests!.ids).size, resumed.requests!.ids!.length);
  }
  if (Deno.env.has("JOULEBOOK_TEST_KILLS")) {
    // deno-lint-ignore no-console
    console.log(`${kills} kills; at worst ${worst.powerS} s of power, ${worst.tokenS} s of tokens`);
  }
  await server.stop();
  rmSync(folder, { recursive: true });
});
