import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { InputError } from "../../../lib/errors.ts";
import { inspectInput, readInput } from "../../../lib/formats/read.ts";
import { openStore, readStoredSeries } from "../../../lib/formats/store/mod.ts";
import { valuesOf } from "../../../lib/power/series.ts";
import { command as attribute } from "../../../scripts/commands/attribute.ts";
import { command as convert } from "../../../scripts/commands/convert.ts";
import { command as lint } from "../../../scripts/commands/lint.ts";
import { command as inspect } from "../../../scripts/commands/inspect.ts";
import { UsageError } from "../../../scripts/command.ts";
import { inFolder } from "./temporary_folder.ts";

const header = "timestamp, index, power.draw [W]\n";

/** Rows of a log of one GPU, one a second. */
function rows(day: string, from: number, to: number, gpu = 0): string {
  let text = "";
  for (let i = from; i < to; i++) {
    const two = (n: number): string => String(n).padStart(2, "0");
    text += `${day} ${two(Math.floor(i / 3600))}:${two(Math.floor(i / 60) % 60)}:${two(i % 60)}` +
      `.000, ${gpu}, ${100 + i % 7}.5 W\n`;
  }
  return text;
}

async function run(command: typeof convert, args: string[]): Promise<string> {
  let printed = "";
  const io = { out: (text: string) => void (printed += text), err: () => {}, interactive: false };
  assert.equal(await command.run(args, io), 0);
  return printed;
}

function parquetFiles(dir: string): string[] {
  return readdirSync(dir, { recursive: true }).map(String).filter((path) =>
    path.endsWith(".parquet")
  ).sort();
}

Deno.test("a run that is repeated changes no byte, and an input that grew is refused or replaced", async () => {
  await inFolder(async (dir) => {
    const input = join(dir, "power.csv");
    const store = `${dir}/store/`;
    writeFileSync(
      input,
      header + rows("2024/03/29", 10, 20) + "2024/03/29 00:00:30.000, 0, [N/A]\n",
    );
    assert.match(await run(convert, [input, store]), /added 1 series \(10 samples\)/);
    const files = parquetFiles(store);
    const bytes = files.map((path) => readFileSync(join(store, path)));
    assert.match(await run(convert, [input, store]), /is there already, with 1 series/);
    assert.deepEqual(parquetFiles(store), files);
    files.forEach((path, i) => assert.deepEqual(readFileSync(join(store, path)), bytes[i]));

    writeFileSync(input, header + rows("2024/03/29", 10, 40));
    await assert.rejects(
      run(convert, [input, store]),
      (error: InputError) =>
        error.code === "refused" && /readings of gpu0 from that time/.test(error.message) &&
        /--replace/.test(error.message),
    );
    assert.deepEqual(parquetFiles(store), files);
    const [done] = JSON.parse(await run(convert, [input, store, "--replace", "--json"])).files;
    assert.deepEqual(done, {
      path: input,
      status: "converted",
      replaced: [input],
      series: 1,
      samples: 30,
      requests: 0,
      windows: 0,
      results: 0,
    });
    assert.equal(parquetFiles(store).length, 1);
    assert.equal(openStore(store).series[0]!.rows, 30);
  });
});

Deno.test("days recorded apart and hosts of one folder each come together", async () => {
  await inFolder(async (dir) => {
    for (const host of ["node1", "node2"]) {
      mkdirSync(join(dir, host));
      for (const day of ["28", "29"]) {
        writeFileSync(
          join(dir, host, `${day}.csv`),
          header + rows(`2024/03/${day}`, 86_390, host === "node1" ? 86_400 : 86_395),
        );
      }
      writeFileSync(join(dir, host, "README"), "nothing to read\n");
      await run(convert, [join(dir, host), `${dir}/store/`, "--host", host]);
    }
    const store = openStore(`${dir}/store`);
    assert.deepEqual(store.series.map(({ device, rows }) => [device.host, device.id, rows]), [
      ["node1", "gpu0", 20],
      ["node2", "gpu0", 10],
    ]);
    assert.deepEqual(store.series[0]!.files.map(({ day }) => day), ["2024-03-28", "2024-03-29"]);
    const summary = await inspectInput(`${dir}/store`);
    assert.deepEqual([summary.format, summary.samples], ["joulebook-store", 30]);
    // As a part of a folder it is one input, not its files.
    const { files } = JSON.parse(await run(lint, [dir, "--json"]));
    assert.deepEqual(files.map(({ path }: { path: string }) => path.slice(dir.length + 1)), [
      "node1/28.csv",
      "node1/29.csv",
      "node2/28.csv",
      "node2/29.csv",
      "store",
    ]);
    const one = JSON.parse(
      await run(inspect, [`${dir}/store`, "--days", "2024-03-29", "--json"]),
    );
    assert.equal(one.files[0].samples, 15);
    await assert.rejects(
      run(inspect, [join(dir, "node1", "28.csv"), "--days", "2024-03-29"]),
      /can be chosen only of a folder/,
    );
    // Without hosts they would be one device twice.
    await assert.rejects(
      run(convert, [join(dir, "node1"), join(dir, "node2"), `${dir}/other/`]),
      /readings of gpu0 from that time/,
    );
  });
});

Deno.test("an input that ends in an error brings nothing", async () => {
  await inFolder(async (dir) => {
    const good = join(dir, "a.csv");
    const bad = join(dir, "b.csv");
    writeFileSync(good, header + rows("2024/03/29", 0, 10));
    // Backwards: refused only when all of it has been read.
    writeFileSync(bad, header + rows("2024/03/28", 0, 10).trim().split("\n").reverse().join("\n"));
    await assert.rejects(run(convert, [good, bad, `${dir}/store/`]), /go back in time/);
    assert.deepEqual(parquetFiles(`${dir}/store`).length, 1);
    assert.deepEqual(readdirSync(`${dir}/store`).sort(), ["_sources", "power"]);
  });
});

Deno.test("a store reads as the files that it was made of, by every way", async () => {
  await inFolder(async (dir) => {
    const example = new URL("../../../datasets/example/", import.meta.url).pathname;
    const power = join(example, "power.csv");
    const requests = join(example, "requests.json");
    await run(convert, [power, requests, `${dir}/store/`]);
    const zone = ["--zone=-07:00"];
    const args = (from: string, to: string): string[] => [
      ...["--power", from, "--requests", to, "--method", "equal-share", "--json"],
      ...zone,
    ];
    const files = JSON.parse(await run(attribute, args(power, requests)));
    const stored = JSON.parse(await run(attribute, args(`${dir}/store`, `${dir}/store`)));
    for (const key of ["totalJ", "idleJ", "prefillJ", "decodeJ", "unattributedJ"]) {
      assert.equal(stored[key], files[key], key);
    }
    // Requests without a name of their own are named so that SQL finds them again.
    const named = files.requests.map((row: object, i: number) => ({
      ...row,
      name: stored.requests[i].name.replace(/:\d+$/, `:${i}`),
    }));
    assert.deepEqual(stored.requests, named);
    // And again as one file, and as another store.
    await run(convert, [`${dir}/store`, `${dir}/one.parquet`]);
    await run(convert, [`${dir}/store`, `${dir}/again/`]);
    const original = await readInput(power);
    for (const path of [`${dir}/one.parquet`, `${dir}/again`]) {
      const { series, requests: logs } = await readInput(path);
      assert.deepEqual([...valuesOf(series[0]!)], [...valuesOf(original.series[0]!)]);
      assert.deepEqual(logs[0]!.tokenTimes, (await readInput(requests)).requests[0]!.tokenTimes);
    }
  });
});

Deno.test("an input longer than its buffers comes out whole, day by day", async () => {
  await inFolder(async (dir) => {
    const input = join(dir, "long.csv");
    const text = [0, 1].map((gpu) => rows("2024/03/28", 80_000, 86_400, gpu));
    const next = [0, 1].map((gpu) => rows("2024/03/29", 0, 3000, gpu));
    const lines = (parts: string[]): string =>
      parts[0]!.trim().split("\n").map((line, i) => `${line}\n${parts[1]!.split("\n")[i]}\n`).join(
        "",
      );
    writeFileSync(input, header + lines(text) + lines(next));
    await run(convert, [input, `${dir}/store/`]);
    const original = await readInput(input);
    const store = openStore(`${dir}/store`);
    for (const [i, series] of store.series.entries()) {
      assert.deepEqual(series.files.map(({ rows }) => rows), [6400, 3000]);
      const stored = await readStoredSeries(store, series);
      assert.deepEqual(stored.timeS, original.series[i]!.timeS);
      assert.deepEqual(valuesOf(stored), valuesOf(original.series[i]!));
    }
  });
});

Deno.test("what cannot be is refused, and an output is whole or absent", async () => {
  await inFolder(async (dir) => {
    const input = join(dir, "power.csv");
    writeFileSync(input, header + rows("2024/03/29", 0, 5));
    for (
      const args of [
        [input],
        [input, input, `${dir}/two.parquet`],
        [input, `${dir}/one.parquet`, "--host", "a"],
        [dir, dir],
      ]
    ) await assert.rejects(run(convert, args), UsageError);
    writeFileSync(join(dir, "file"), "");
    await assert.rejects(run(convert, [input, `${dir}/file/below/`]), InputError);
    await assert.rejects(run(convert, [input, `${dir}/none/one.parquet`]), InputError);
    assert.ok(!existsSync(join(dir, ".one.parquet.tmp")));
    await assert.rejects(readInput(`${dir}`), /this is a folder/);
  });
});

Deno.test("a store of two hosts names them, and says what it lacks", async () => {
  await inFolder(async (dir) => {
    const [input, log, store] = [join(dir, "power.csv"), join(dir, "w.csv"), `${dir}/store/`];
    writeFileSync(input, header + rows("2024/03/29", 10, 60));
    writeFileSync(log, "name,start,end\na,2024-03-29T00:00:20Z,2024-03-29T00:00:40Z\n");
    for (const host of ["node1", "node2"]) await run(convert, [input, store, "--host", host]);
    const attributed = async (...more: string[]): Promise<{ devices: string[]; insideJ: number }> =>
      JSON.parse(
        await run(attribute, [
          ...["--power", store, "--windows", log, "--zone", "UTC", "--json"],
          ...more,
        ]),
      );
    const both = await attributed();
    assert.deepEqual(both.devices, ["node1/gpu0", "node2/gpu0"]);
    const one = await attributed("--device", "node2/gpu0");
    assert.deepEqual(one.devices, ["gpu0"]);
    assert.ok(Math.abs(both.insideJ - 2 * one.insideJ) < 1e-9 * both.insideJ);
    await assert.rejects(attributed("--device", "gpu0"), /several hosts have a device gpu0/);
    await assert.rejects(
      attributed("--device", "gpu7"),
      /of the device asked for; expected one of node1\/gpu0, node2\/gpu0, found "gpu7"/,
    );
    await assert.rejects(attributed("--days", "2024-03-30"), /nothing of the span of time/);
    assert.match(await run(inspect, [store]), /node1\/gpu0 .*\n +node2\/gpu0 /);
  });
});

Deno.test("times of different clocks are not put into one span", async () => {
  await inFolder(async (dir) => {
    const [power, log, store] = [join(dir, "p.csv"), join(dir, "w.csv"), `${dir}/store/`];
    writeFileSync(power, header + rows("2024/03/29", 10, 60));
    writeFileSync(log, "name,start,end\na,2024-03-29T07:00:20Z,2024-03-29T07:00:40Z\n");
    await run(convert, [power, log, store]);
    const summary = await inspectInput(store);
    assert.deepEqual([summary.clock, summary.startS, summary.endS], [null, null, null]);
    assert.match(summary.issues.join(), /different clocks \(local, epoch\)/);
    assert.doesNotMatch(await run(inspect, [store]), /7 h/);
  });
});

Deno.test("a window that ends before it begins is counted by attribute, not only by inspect", async () => {
  await inFolder(async (dir) => {
    const [power, log] = [join(dir, "p.csv"), join(dir, "w.csv")];
    writeFileSync(power, header + rows("2024/03/29", 10, 60));
    const two =
      "2024-03-29T00:00:40Z,2024-03-29T00:00:20Z\nb,2024-03-29T00:00:20Z,2024-03-29T00:00:40Z";
    writeFileSync(log, `name,start,end\na,${two}\n`);
    const args = ["--power", power, "--windows", log, "--zone", "UTC"];
    const { dropped } = JSON.parse(await run(attribute, [...args, "--json"]));
    assert.deepEqual(dropped.map(({ reason }: { reason: string }) => reason), [
      "ends-before-start",
    ]);
    assert.match(await run(attribute, args), /dropped +1 ends-before-start/);
  });
});

Deno.test("energies saved for requests that a store does not hold are said to be joined to none", async () => {
  await inFolder(async (dir) => {
    const example = (name: string): string =>
      fileURLToPath(new URL(`../../../datasets/example/${name}`, import.meta.url));
    const store = `${dir}/store/`;
    await run(convert, [example("power.csv"), example("requests.json"), store]);
    const said = async (requests: string): Promise<string> => {
      let err = "";
      const io = { out: () => {}, err: (text: string) => void (err += text), interactive: false };
      const args = ["--power", store, "--requests", requests, "--zone=-07:00", "--save", store];
      assert.equal(await attribute.run(args, io), 0);
      return err;
    };
    assert.equal(await said(store), "");
    assert.match(await said(example("requests.json")), /joules_by_model has none of them/);
  });
});
