import assert from "node:assert/strict";
import { readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { nowS } from "../../lib/measurement/clock.ts";
import { readInput } from "../../lib/formats/read.ts";
import { hostClock } from "../../lib/measurement/host_clock.ts";
import { PowerFile } from "../../lib/measurement/power_file.ts";
import { selectGpus } from "../../lib/measurement/samplers/gpu_selection.ts";
import { stampOf } from "../../lib/measurement/samplers/nvidia_smi.ts";
import { ProcessTime } from "../../lib/measurement/samplers/process_time.ts";
import { NotHere } from "../../lib/measurement/samplers/sampler.ts";
import { samplers } from "../../lib/measurement/samplers/table.ts";
import type { SamplerKind } from "../../lib/measurement/settings.ts";
import { mirrorTest } from "../mirror.ts";
import { contextFor, type FakeSink, put, script, testFolder, until } from "./fake_sink.ts";

/** Runs a sampler until something holds of its sink. */
async function sample(
  kind: SamplerKind,
  options: Record<string, unknown>,
  until_: (sink: FakeSink) => boolean,
  more: Parameters<typeof contextFor>[2] = {},
): Promise<FakeSink> {
  const context = contextFor(kind, options, more);
  const running = await samplers[kind].start(context);
  try {
    await until(() => until_(context.sink));
  } finally {
    await running.stop();
  }
  return context.sink;
}

async function reasonOf(
  kind: SamplerKind,
  options: Record<string, unknown>,
  more: Parameters<typeof contextFor>[2] = {},
): Promise<string> {
  try {
    await (await samplers[kind].start(contextFor(kind, options, more))).stop();
  } catch (error) {
    assert.ok(error instanceof NotHere, String(error));
    return error.message;
  }
  throw new Error(`${kind} started`);
}

/** A stand-in for nvidia-smi with two boards; `loop` is what it does in a loop. */
function smi(dir: string, loop: string): string {
  return script(
    dir,
    "nvidia-smi",
    `case "$*" in
*loop-ms*) echo "timestamp, index, uuid, name, power.draw.instant [W]"
row() { echo "$(date +'%Y/%m/%d %H:%M:%S.%3N'), $1, GPU-$1aa, Test Board, $2"; }
${loop};;
*) echo "0, GPU-0aa, Test Board, 61.00 W"; echo "1, GPU-1aa, Test Board, 62.00 W";;
esac`,
  );
}

Deno.test("nvidia-smi's rows are read by the rules of its reader, on our clock", async () => {
  const dir = testFolder();
  const program = smi(dir, "while :; do row 0 '100.50 W'; row 1 '[N/A]'; sleep 0.02; done");
  const sink = await sample("nvidia-smi", { program }, ({ readings }) => readings.length > 3);
  const [first] = sink.readings;
  assert.equal(first!.value, 100.5);
  assert.ok(Math.abs(first!.timeS - nowS()) < 5, "the stamp is not on our clock");
  assert.equal(sink.records.get(first!.id)!.device.uuid, "GPU-0aa");
  assert.equal(sink.records.get(first!.id)!.reading, "instant");
  assert.ok(sink.gaps.some(({ reason }) => reason === "not-available"));
  rmSync(dir, { recursive: true });
});

Deno.test("a tool's wall clock is put on ours whatever its zone, and not believed when it is wrong", () => {
  const row = "2026/11/23 10:00:00.250, 0, x";
  const utcS = Date.UTC(2026, 10, 23, 10, 0, 0) / 1000 + 0.25;
  const stamp = (arrivalS: number): number => stampOf(row, arrivalS, { hostOffsetS: 0 });
  for (const zoneS of [0, 3600, -7 * 3600, 20_700]) {
    assert.ok(Math.abs(stamp(utcS - zoneS + 0.1) - (utcS - zoneS)) < 1e-6);
  }
  assert.equal(stamp(utcS + 400), utcS + 400);
  assert.ok(Math.abs(stampOf(row, utcS - 100, { hostOffsetS: 100 }) - (utcS - 100)) < 1e-6);
});

Deno.test("only the GPUs that the run can see are asked for", async () => {
  const dir = testFolder();
  const program = smi(
    dir,
    `echo "$*" > ${dir}/asked; while :; do row 1 '5.00 W'; sleep 0.02; done`,
  );
  await sample("nvidia-smi", { program }, ({ readings }) => readings.length > 0, {
    env: (name) => name === "CUDA_VISIBLE_DEVICES" ? "GPU-1" : undefined,
  });
  assert.match(readFileSync(join(dir, "asked"), "utf8"), /--id=GPU-1aa /);
  rmSync(dir, { recursive: true });
});

Deno.test("GPUs are chosen by index, UUID or its beginning; what CUDA may order otherwise is refused", () => {
  const boards = [0, 1, 2].map((index) => ({ index, uuid: `GPU-${index}aa`, name: "A" }));
  const pick = (visible: string | undefined, list = boards): number[] =>
    selectGpus(list, undefined, (name) => name === "CUDA_VISIBLE_DEVICES" ? visible : undefined)
      .map(({ index }) => index);
  assert.deepEqual(pick(undefined), [0, 1, 2]);
  assert.deepEqual(pick("2,0"), [0, 2]);
  assert.deepEqual(pick("GPU-1"), [1]);
  // CUDA ignores what follows a name that it does not know.
  assert.deepEqual(pick("1,9,2"), [1]);
  assert.throws(() => pick(""), NotHere);
  assert.throws(() => pick("-1"), NotHere);
  assert.throws(() => pick("GPU-"), /more than one/);
  assert.throws(() => pick("MIG-1"), /MIG/);
  const mixed = boards.map((gpu) => ({ ...gpu, name: `board ${gpu.index}` }));
  assert.throws(() => pick("1", mixed), /CUDA_DEVICE_ORDER/);
  assert.deepEqual(selectGpus(mixed, [1, "GPU-2aa"], () => "0").map(({ index }) => index), [1, 2]);
  assert.throws(() => selectGpus(boards, ["GPU-9"], () => undefined), /no GPU is GPU-9/);
});

Deno.test("a tool that disappears in the middle is an event, and is started again", async () => {
  const dir = testFolder();
  const program = smi(dir, "row 0 '1.00 W'; echo 'GPU is lost' >&2; exit 15");
  const sink = await sample("nvidia-smi", { program }, ({ readings }) => readings.length > 1);
  assert.match(sink.events[0]!.detail, /status 15: GPU is lost/);
  assert.equal(sink.events[0]!.what, "disappeared");
  rmSync(dir, { recursive: true });
});

Deno.test("a tool that hangs in the middle is an event, and is started again", async () => {
  const dir = testFolder();
  const program = smi(dir, "row 0 '1.00 W'; sleep 100");
  const sink = await sample(
    "nvidia-smi",
    { program },
    ({ readings }) => readings.length > 1,
    { patienceS: 0.3 },
  );
  assert.equal(sink.events[0]!.what, "hanging");
  rmSync(dir, { recursive: true });
});

Deno.test("a tool that hangs from the start, fails, is missing or may not run is not here", async () => {
  const dir = testFolder();
  const hangs = script(dir, "hangs", "sleep 100");
  assert.match(await reasonOf("nvidia-smi", { program: hangs }, { patienceS: 0.3 }), /did not end/);
  assert.match(await reasonOf("tegrastats", { program: hangs }, { patienceS: 0.3 }), /no reading/);
  const fails = script(dir, "fails", "echo 'NVIDIA-SMI has failed' >&2; exit 9");
  assert.match(await reasonOf("nvidia-smi", { program: fails }), /status 9: NVIDIA-SMI has failed/);
  assert.match(await reasonOf("perf", { program: join(dir, "none") }), /there is no program/);
  const text = join(dir, "text");
  put(text, "no program");
  assert.match(await reasonOf("powermetrics", { program: text }), /cannot be started/);
  rmSync(dir, { recursive: true });
});

const orin = "10-01-2025 20:05:55 RAM 2274/6834MB (lfb 27x4MB) SWAP 0/3417MB (cached 0MB) " +
  "CPU [99%@1189,1%@1189] EMC_FREQ 0% GR3D_FREQ 22% VDD_IN 5542mW/5500mW VDD_SOC 1594mW/1594mW";

Deno.test("tegrastats gives the whole and its rails", async () => {
  const dir = testFolder();
  const program = script(dir, "tegrastats", `while :; do echo '${orin}'; sleep 0.02; done`);
  const sink = await sample("tegrastats", { program }, ({ readings }) => readings.length > 5);
  const records = [...sink.records.values()];
  const whole = records.find(({ device }) => device.id === "VDD_IN")!;
  assert.equal(sink.values(whole.id)[0], 5.542);
  assert.equal(records.find(({ device }) => device.id === "VDD_SOC")!.device.partOf, "VDD_IN");
  rmSync(dir, { recursive: true });
});

Deno.test("perf's joules of intervals add up to a running energy", async () => {
  const dir = testFolder();
  const program = script(
    dir,
    "perf",
    `for i in 1 2 3; do echo "     $i.100571655,2.5,Joules,power/energy-pkg/,368565793,100.00"; sleep 0.02; done
echo "     4.1,<not counted>,Joules,power/energy-pkg/,0,0.00"; sleep 100`,
  );
  const sink = await sample(
    "perf",
    { program },
    ({ readings }) => readings.length === 3,
    { patienceS: 5 },
  );
  assert.deepEqual(sink.readings.map(({ value }) => value), [2.5, 5, 7.5]);
  assert.equal([...sink.records.values()][0]!.quantity, "counter");
  rmSync(dir, { recursive: true });
});

Deno.test("joules that a tool did not count while it was away are a gap, not nothing", async () => {
  const dir = testFolder();
  const row = (i: number): string =>
    `echo "$(date +%s%N)" >> ${dir}/turns; echo "     ` +
    `${i}.100571655,2.5,Joules,power/energy-pkg/,368565793,100.00"`;
  const program = script(dir, "perf", `${[1, 2, 3, 4].map(row).join("; ")}; exit 1`);
  const path = join(dir, "perf.csv");
  const file = new PowerFile(path, {});
  const running = await samplers.perf.start({
    ...contextFor("perf", { program }, { periodS: 0.1 }),
    sink: file,
  });
  await until(() => readFileSync(join(dir, "turns"), "utf8").trim().split("\n").length >= 8);
  await running.stop();
  file.close();
  const [series] = (await readInput(path)).series;
  assert.ok(series?.quantity === "counter" && series.resetS !== undefined);
  assert.ok(series.resetS.length > 0);
  rmSync(dir, { recursive: true });
});

Deno.test("amd-smi gives watts of each GPU", async () => {
  const dir = testFolder();
  const program = script(
    dir,
    "amd-smi",
    `echo "timestamp,gpu,socket_power,gfx_voltage"
while :; do echo "1754585903,0,141,N/A"; echo "1754585903,1,N/A,N/A"; echo; sleep 0.02; done`,
  );
  const sink = await sample(
    "amd-smi",
    { program },
    ({ readings, gaps }) => readings.length > 1 && gaps.length > 1,
  );
  assert.equal(sink.readings[0]!.value, 141);
  assert.equal(sink.gaps[0]!.reason, "not-available");
  rmSync(dir, { recursive: true });
});

Deno.test("powermetrics' samples are taken when they are whole", async () => {
  const dir = testFolder();
  const program = script(
    dir,
    "powermetrics",
    `while :; do echo '*** Sampled system activity (Fri Nov 10 12:37:08 2023 +0100) (104.51ms elapsed) ***'
echo; echo 'CPU Power: 947 mW'; echo 'GPU Power: 153 mW'; echo; sleep 0.02; done`,
  );
  const sink = await sample("powermetrics", { program }, ({ readings }) => readings.length > 3);
  const ids = [...sink.records.values()].map(({ device }) => device.kind);
  assert.ok(ids.includes("cpu"));
  rmSync(dir, { recursive: true });
});

Deno.test("ipmitool is asked again and again; a controller without power is not here", async () => {
  const dir = testFolder();
  const program = script(
    dir,
    "ipmitool",
    `echo "    Instantaneous power reading:                   220 Watts"`,
  );
  const sink = await sample("ipmi", { program }, ({ readings }) => readings.length > 2);
  assert.deepEqual(new Set(sink.readings.map(({ value }) => value)), new Set([220]));
  const without = script(dir, "without", "echo 'DCMI request failed' >&2; exit 1");
  assert.match(await reasonOf("ipmi", { program: without }), /DCMI request failed/);
  rmSync(dir, { recursive: true });
});

/** A powercap tree of one package with memory. */
function raplTree(dir: string): string {
  for (const [zone, name] of [["intel-rapl:0", "package-0"], ["intel-rapl:0:0", "dram"]]) {
    put(join(dir, zone!, "name"), `${name}\n`);
    put(join(dir, zone!, "max_energy_range_uj"), "262143328850\n");
    put(join(dir, zone!, "energy_uj"), "262143000000\n");
  }
  return dir;
}

Deno.test("RAPL's counters go on where they start over, and a reset is said to be one", async () => {
  const dir = raplTree(testFolder());
  const file = join(dir, "intel-rapl:0", "energy_uj");
  const context = contextFor("rapl", { root: dir });
  const running = await samplers.rapl.start(context);
  const { sink } = context;
  const seen = (): number => sink.values("package-0").length;
  put(file, "671150\n");
  const before = seen();
  await until(() => seen() > before + 1);
  const rise = sink.values("package-0").at(-1)! - sink.values("package-0")[0]!;
  assert.ok(Math.abs(rise - (262_143.328850 - 262_143 + 0.67115)) < 1e-5, `rose by ${rise} J`);
  assert.equal(sink.events[0]!.what, "counter-wrap");
  put(file, "5\n");
  await until(() => sink.events.length > 1);
  assert.equal(sink.events[1]!.what, "counter-reset");
  // What was used around a reset is not known: the readings fall, which is read as a gap.
  await until(() => sink.values("package-0").at(-1) === 5e-6);
  put(file, "garbage\n");
  await until(() => sink.gaps.some(({ reason }) => reason === "not-a-number"));
  renameSync(file, `${file}.gone`);
  await until(() => sink.gaps.some(({ reason }) => reason === "disappeared"));
  renameSync(`${file}.gone`, file);
  put(file, "900\n");
  await until(() => sink.events.some(({ what }) => what === "back"));
  await running.stop();
  assert.deepEqual([...sink.records.keys()], ["package-0", "dram-0"]);
  rmSync(dir, { recursive: true });
});

Deno.test("a machine without RAPL, or with a broken zone, says so", async () => {
  const dir = raplTree(testFolder());
  rmSync(join(dir, "intel-rapl:0", "energy_uj"));
  put(join(dir, "intel-rapl:0", "energy_uj", "x"), "");
  assert.match(await reasonOf("rapl", { root: dir }), /EISDIR|illegal operation/i);
  assert.match(await reasonOf("rapl", { root: join(dir, "none") }), /shows no RAPL/);
  rmSync(dir, { recursive: true });
});

Deno.test("RAPL that only root may read says what to do", async () => {
  const dir = raplTree(testFolder());
  Deno.chmodSync(dir, 0o755);
  Deno.chmodSync(join(dir, "intel-rapl:0", "energy_uj"), 0o000);
  // Root may read everything: as root, the test gives that up for a moment.
  const libc = Deno.uid() === 0
    ? Deno.dlopen("libc.so.6", { seteuid: { parameters: ["u32"], result: "i32" } })
    : null;
  assert.equal(libc?.symbols.seteuid(65_534) ?? 0, 0);
  try {
    assert.match(await reasonOf("rapl", { root: dir }), /may only be read by root/);
  } finally {
    libc?.symbols.seteuid(0);
    libc?.close();
  }
  rmSync(dir, { recursive: true });
});

Deno.test("RAPL whose permission is taken away in mid-run leaves gaps with that reason", async () => {
  const dir = raplTree(testFolder());
  Deno.chmodSync(dir, 0o755);
  const file = join(dir, "intel-rapl:0", "energy_uj");
  const context = contextFor("rapl", { root: dir });
  const running = await samplers.rapl.start(context);
  await until(() => context.sink.readings.length > 0);
  Deno.chmodSync(file, 0o000);
  // Root may read everything: as root, the test gives that up for a moment.
  const libc = Deno.uid() === 0
    ? Deno.dlopen("libc.so.6", { seteuid: { parameters: ["u32"], result: "i32" } })
    : null;
  assert.equal(libc?.symbols.seteuid(65_534) ?? 0, 0);
  try {
    await until(() => context.sink.gaps.some(({ reason }) => reason === "permission-denied"));
  } finally {
    libc?.symbols.seteuid(0);
    libc?.close();
  }
  await running.stop();
  assert.equal(context.sink.events[0]!.what, "permission-denied");
  rmSync(dir, { recursive: true });
});

Deno.test("tools that need root, or a counter that is closed to users, say so", async () => {
  const dir = testFolder();
  for (
    const [kind, complaint] of [
      ["perf", "Access to performance monitoring and observability operations is limited."],
      ["powermetrics", "powermetrics must be invoked as the superuser"],
      ["ipmi", "Could not open device at /dev/ipmi0 or /dev/ipmi/0: Permission denied"],
      ["amd-smi", "User is missing the following required groups: render, video"],
      ["tegrastats", "tegrastats: permission denied"],
    ] as const
  ) {
    const program = script(dir, kind, `echo '${complaint}' >&2; exit 1`);
    assert.ok((await reasonOf(kind, { program })).includes(complaint), kind);
  }
  rmSync(dir, { recursive: true });
});

Deno.test("RAPL of another machine is read by a loop of its shell, its clock put on ours", async () => {
  const dir = raplTree(testFolder());
  const host = { name: "node1", command: ["env", "-u", "NOTHING"] };
  const sink = await sample(
    "rapl",
    { root: dir },
    ({ readings }) => readings.length > 3,
    { host, hostOffsetS: 100 },
  );
  assert.equal(sink.records.get("package-0")!.device.host, "node1");
  assert.ok(Math.abs(sink.readings[0]!.timeS + 100 - nowS()) < 5);
  const clock = await hostClock(host);
  assert.ok(
    Math.abs(clock.offsetS!) <= clock.widthS! + 0.01,
    `${clock.offsetS} +- ${clock.widthS}`,
  );
  const bad = await hostClock({ name: "x", command: ["false"] });
  assert.equal(bad.offsetS, null);
  assert.match(bad.reason!, /status 1/);
  rmSync(dir, { recursive: true });
});

Deno.test("hwmon takes a sensor's power at the moment before its average", async () => {
  const dir = testFolder();
  put(join(dir, "hwmon0", "name"), "amdgpu\n");
  put(join(dir, "hwmon0", "power1_input"), "42500000\n");
  put(join(dir, "hwmon0", "power1_average"), "40000000\n");
  put(join(dir, "hwmon0", "power1_label"), "PPT\n");
  put(join(dir, "hwmon1", "name"), "ina\n");
  put(join(dir, "hwmon1", "power2_average"), "\n");
  const sink = await sample("hwmon", { root: dir }, ({ readings }) => readings.length > 2);
  assert.deepEqual(new Set(sink.readings.map(({ value }) => value)), new Set([42.5]));
  assert.equal(sink.gaps[0]!.reason, "not-a-number");
  assert.equal([...sink.records.values()][1]!.reading, "average");
  rmSync(dir, { recursive: true });
});

Deno.test("a Prometheus endpoint is scraped; one that goes away leaves gaps with a reason", async () => {
  let answer = 'DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID="GPU-0aa"} 170.5\n' +
    'DCGM_FI_DEV_POWER_USAGE{gpu="1",UUID="GPU-1aa"} NaN\n';
  let status = 200;
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => new Response(answer, { status }),
  );
  const url = `http://127.0.0.1:${(server.addr as Deno.NetAddr).port}/metrics`;
  const context = contextFor("prometheus", { url });
  const running = await samplers.prometheus.start(context);
  const { sink } = context;
  await until(() => sink.readings.length > 2);
  assert.equal(sink.readings[0]!.value, 170.5);
  status = 500;
  await until(() => sink.gaps.some(({ reason }) => reason === "failed"));
  assert.match(sink.events[0]!.detail, /status 500/);
  status = 200;
  answer = "up 1\n";
  await until(() => sink.gaps.length > 3);
  await running.stop();
  assert.match(await reasonOf("prometheus", { url }), /no power/);
  const some = await sample(
    "http-meter",
    { url, path: "a.0.p", unit: "kW", covers: "wall" },
    ({ readings }) => readings.length > 0,
  ).catch((error) => (error as Error).message);
  assert.match(some as string, /JSON/);
  answer = '{"a":[{"p":"0.25"}]}';
  const meter = await sample(
    "http-meter",
    { url, path: "a.0.p", unit: "kW", covers: "wall" },
    ({ readings }) => readings.length > 1,
  );
  assert.equal(meter.readings[0]!.value, 250);
  await server.shutdown();
  assert.match(await reasonOf("prometheus", { url }), /does not answer/);
});

Deno.test("a declared power is marked as modelled", async () => {
  const sink = await sample(
    "declared",
    { tdpW: 65, idleW: 20, utilisation: 0.5, device: "cpu" },
    ({ readings }) => readings.length > 1,
  );
  assert.equal(sink.readings[0]!.value, 42.5);
  assert.equal(sink.records.get("cpu")!.basis, "modelled");
  const live = await sample(
    "declared",
    { tdpW: 65, idleW: 20, utilisation: "cpu", device: "cpu" },
    ({ readings }) => readings.length > 1,
  );
  assert.ok(live.readings.every(({ value }) => value >= 20 && value <= 65));
  const own = { tdpW: 65, idleW: 20, utilisation: "cpu", device: "cpu" };
  assert.match(
    await reasonOf("declared", { ...own, process: "no/such/program" }),
    /no program runs/,
  );
});

Deno.test("processor time of named programs is summed, also of those that end or start", () => {
  const dir = testFolder();
  const program = (pid: number, words: string, ticks: number, start: number): void => {
    put(join(dir, String(pid), "cmdline"), `${words.replaceAll(" ", "\0")}\0`);
    put(
      join(dir, String(pid), "stat"),
      `${pid} (a b) c) S 1 ${pid} 0 0 -1 0 0 0 0 0 ${ticks} 50 0 0 20 0 3 0 ${start} 0 0\n`,
    );
  };
  program(71, "python server.py --port 1", 100, 5);
  program(72, "python other.py", 9999, 6);
  const time = new ProcessTime("server.py", dir);
  assert.equal(time.seconds(), 1.5);
  program(71, "python server.py --port 1", 200, 5);
  program(73, "python server.py --port 2", 0, 7);
  assert.equal(time.seconds(), 3);
  rmSync(join(dir, "73"), { recursive: true });
  // The number of a process that ended is given to another.
  program(71, "python server.py --port 3", 10, 8);
  assert.ok(Math.abs(time.seconds() - 3.6) < 1e-9);
  assert.equal(time.programs, 3);
  rmSync(dir, { recursive: true });
});

mirrorTest("recorded output of tegrastats is read whole", async (dir) => {
  const folder = testFolder();
  const log = join(dir, "traces/tegrastats/tegrastats_orin_nano.log");
  const tegra = script(folder, "tegrastats", `cat '${log}'; sleep 100`);
  const rows = readFileSync(log, "utf8").split("\n").filter((line) =>
    line.includes("VDD_IN")
  ).length;
  const sink = await sample(
    "tegrastats",
    { program: tegra },
    (seen) => [...seen.records.keys()].some((id) => seen.values(id).length === rows),
    { patienceS: 20 },
  );
  assert.equal(sink.events.length, 0);
  rmSync(folder, { recursive: true });
});
