import assert from "node:assert/strict";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DatasetFile } from "../../lib/datasets/mod.ts";
import { UsageError } from "../../scripts/command.ts";
import { datasetsCommand } from "../../scripts/commands/datasets.ts";
import { registered, treeOf, withFolder, withServer } from "./loopback.ts";

async function run(
  args: string[],
  files: DatasetFile[],
  env: Record<string, string> = {},
): Promise<{ status: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const command = datasetsCommand({ env: (name) => env[name], registry: () => ({ files }) });
  const status = await command.run(args, {
    out: (text) => void (out += text),
    err: (line) => void (err += `${line}\n`),
    interactive: false,
  });
  return { status, out, err };
}

const files = [
  registered("traces/a/long_name.csv", "x".repeat(1234)),
  registered("traces/b/s.csv", "y"),
];

Deno.test("list prints aligned columns, human sizes, licences and a total", async () => {
  const { status, out } = await run(["list"], files);
  assert.equal(status, 0);
  assert.deepEqual(out.split("\n").slice(0, 4), [
    "   SIZE  LICENCE  ORIGIN    PATH",
    "1.23 kB  MIT      verbatim  traces/a/long_name.csv",
    "    1 B  MIT      verbatim  traces/b/s.csv",
    "2 files, 1.24 kB; --json has address, hash and citation of each",
  ]);
});

Deno.test("list --json is one document with every field of the registry", async () => {
  const { out } = await run(["list", "--json", "a"], files);
  assert.deepEqual(JSON.parse(out), { bytes: 1234, files: [files[0]] });
});

Deno.test("a pattern that names nothing fails and says which families there are", async () => {
  for (const verb of ["list", "pull", "verify"]) {
    const { status, out, err } = await run([verb, "a", "nothing"], files);
    assert.equal(status, 1);
    assert.equal(out, "");
    assert.match(err, /matches "nothing"\nfamilies: a, b/);
  }
});

Deno.test("bad usage is a usage error", async () => {
  for (const args of [[], ["frob"], ["list", "--to", "x"], ["pull", "--to"], ["verify", "--in="]]) {
    await assert.rejects(async () => await run(args, files), UsageError, args.join(" "));
  }
});

Deno.test("pull copies from the mirror of the environment, verify then finds every file", async () => {
  await withFolder((mirror) =>
    withFolder(async (cache) => {
      const env = { JOULEBOOK_MIRROR: mirror, XDG_CACHE_HOME: cache };
      await Deno.mkdir(`${mirror}/traces/a`, { recursive: true });
      await Deno.writeTextFile(`${mirror}/traces/a/long_name.csv`, "x".repeat(1234));

      const partly = await run(["pull"], files, env);
      assert.equal(partly.status, 1);
      assert.match(
        partly.out,
        /copied.*long_name\.csv\nfailed.*s\.csv\n2 files: 1 copied, 1 failed/,
      );
      assert.match(partly.err, /the mirror does not have this file/);
      assert.deepEqual(treeOf(cache), ["joulebook/traces/a/long_name.csv"]);

      const one = await run(["verify", "a", "--in", join(cache, "joulebook")], files, env);
      assert.equal(one.status, 0);
      const all = await run(["verify", "--json"], files, { XDG_CACHE_HOME: cache });
      assert.equal(all.status, 1);
      const document = JSON.parse(all.out);
      assert.equal(document.dir, join(cache, "joulebook"));
      assert.deepEqual(
        document.files.map((file: { state: string }) => file.state),
        ["present", "missing"],
      );
    })
  );
});

Deno.test("a mirror that is not a folder is named once, not once a file", async () => {
  for (const verb of ["pull", "verify"]) {
    await assert.rejects(run([verb], files, { JOULEBOOK_MIRROR: "no/such/folder" }), {
      name: "InputError",
      message: /no\/such\/folder: JOULEBOOK_MIRROR does not name a folder/,
    });
  }
});

Deno.test("verify shows both digests of a wrong file and fails", async () => {
  await withFolder(async (dir) => {
    const right = registered("a.csv", "right");
    const wrong = registered("a.csv", "wrong");
    await Deno.writeTextFile(`${dir}/a.csv`, "wrong");
    const { status, out } = await run(["verify", "--in", dir], [right]);
    assert.equal(status, 1);
    assert.match(out, new RegExp(`expected 5 bytes, sha256 ${right.sha256}`));
    assert.match(out, new RegExp(`found +5 bytes, sha256 ${wrong.sha256}`));
    assert.match(out, /1 file in .*: 1 wrong/);
  });
});

Deno.test("pull without a pattern asks the network only for files that it serves", async () => {
  await withServer(() => new Response("right"), (address) =>
    withFolder(async (toDir) => {
      const both = [
        registered("traces/a/a.csv", "right", address),
        registered("traces/b/b.csv", "right", address, "excerpt"),
      ];
      const unasked = await run(["pull", "--to", toDir], both);
      assert.equal(unasked.status, 0);
      assert.match(unasked.out, /1 file: 1 fetched/);
      assert.match(unasked.out, /1 file left out/);

      const asked = await run(["pull", "b", "--to", toDir, "--json"], both);
      assert.equal(asked.status, 1);
      assert.equal(JSON.parse(asked.out).files[0].code, "refused");
    }));
});

Deno.test("the cache is in the home folder unless XDG_CACHE_HOME is an absolute path", async () => {
  const home = join(homedir(), ".cache", "joulebook");
  for (const [value, dir] of [["", home], ["relative", home], ["/x", "/x/joulebook"]] as const) {
    const { out } = await run(["verify", "--json"], [], { XDG_CACHE_HOME: value });
    assert.equal(JSON.parse(out).dir, dir);
  }
});

function child(registry: DatasetFile[], ...args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-check",
      "-A",
      fileURLToPath(new URL("command_child.ts", import.meta.url)),
      JSON.stringify({ files: registry }),
      ...args,
    ],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

Deno.test("two processes that pull the same file at once both succeed", async () => {
  const content = "x".repeat(100_000);
  const both = Promise.withResolvers<void>();
  let requests = 0;
  const handler = async () => {
    if (++requests === 2) both.resolve();
    await both.promise;
    return new Response(content);
  };
  await withServer(handler, (address) =>
    withFolder(async (toDir) => {
      const registry = [registered("traces/a.csv", content, address)];
      const ends = await Promise.all(
        [1, 2].map(() => child(registry, "pull", "--to", toDir).output()),
      );
      for (const end of ends) assert.equal(end.code, 0, new TextDecoder().decode(end.stderr));
      assert.deepEqual(treeOf(toDir), ["traces/a.csv"]);
      assert.equal(await Deno.readTextFile(`${toDir}/traces/a.csv`), content);
    }));
});

Deno.test({
  name: "an interrupt from the keyboard leaves no half file and fails",
  ignore: Deno.build.os === "windows",
  async fn() {
    const handler = () =>
      new Response(
        new ReadableStream({ start: (c) => c.enqueue(new TextEncoder().encode("half")) }),
      );
    await withServer(handler, (address) =>
      withFolder(async (toDir) => {
        const file = registered("traces/a.csv", "half of it", address);
        const process = child([file], "pull", "--to", toDir);
        let ended = false;
        void process.status.then(() => ended = true);
        while (!ended && !treeOf(toDir).some((name) => name.endsWith(".part"))) {
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        if (!ended) process.kill("SIGINT");
        const { code, stderr } = await process.output();
        assert.equal(code, 1);
        assert.match(new TextDecoder().decode(stderr), /interrupted; finished files are kept/);
        assert.deepEqual(treeOf(toDir), []);
      }));
  },
});
