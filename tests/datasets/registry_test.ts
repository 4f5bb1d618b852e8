import assert from "node:assert/strict";
import { isAbsolute, join, relative } from "node:path";
import fc from "fast-check";
import {
  type DatasetFile,
  findFiles,
  loadRegistry,
  parseRegistry,
  pullFiles,
  resolveFile,
  sourceUrl,
  verifyFiles,
} from "../../lib/datasets/mod.ts";
import { pathFault } from "../../lib/datasets/path_fault.ts";
import { buildRegistry } from "../../scripts/build_registry.ts";
import { mirrorTest } from "../mirror.ts";
import { registered, withFolder } from "./loopback.ts";

const shipped = loadRegistry();

function altered(change: Partial<Record<keyof DatasetFile, unknown>>): unknown {
  return { files: [{ ...shipped.files[0], ...change }] };
}

Deno.test("every shipped entry says where it is from, what it must be and what to cite", () => {
  assert.ok(shipped.files.length > 0);
  for (const file of shipped.files) {
    assert.equal(file.commit === null, file.origin === "unpinned");
    if (file.commit === null) {
      assert.equal(file.url, `https://github.com/${file.repository}`);
      assert.match(file.citation, /at a commit that was not recorded$/);
    } else {
      assert.equal(file.url, sourceUrl(file.repository, file.commit, file.sourcePath));
      assert.ok(file.citation.includes(file.commit), file.path);
    }
    assert.ok(file.path.split("/").includes(file.family), file.path);
    assert.equal(file.licence === "none stated", file.redistribution.startsWith("not granted"));
    assert.equal(file.selection !== "", file.origin === "excerpt" || file.origin === "derived");
  }
  const paths = shipped.files.map(({ path }) => path);
  assert.deepEqual(paths, paths.toSorted());
});

Deno.test("a faulty registry is refused with the name of the field", () => {
  const cases: [Partial<Record<keyof DatasetFile, unknown>>, RegExp][] = [
    [{ path: "../../etc/passwd" }, /files\.0\.path.*stays in its folder.*etc\/passwd/],
    [{ path: "/etc/passwd" }, /files\.0\.path/],
    [{ sourcePath: "a/../../../other/repo/x" }, /files\.0\.sourcePath/],
    [{ url: "file:///etc/passwd" }, /files\.0\.url.*a web address/],
    [{ url: "https://[" }, /files\.0\.url/],
    [{ sha256: "ABC" }, /files\.0\.sha256.*64 lower-case/],
    [{ bytes: -1 }, /files\.0\.bytes.*whole number of bytes, found "-1"/],
    [{ bytes: "12" }, /files\.0\.bytes.*expected number/],
    [{ commit: "main" }, /files\.0\.commit/],
    [{ origin: "copied" }, /files\.0\.origin/],
    [{ licence: "" }, /files\.0\.licence.*some text/],
  ];
  for (const [change, message] of cases) {
    assert.throws(() => parseRegistry(altered(change), "other.json"), {
      name: "InputError",
      code: "malformed",
      message,
    });
  }
  assert.throws(() => parseRegistry(null, "other.json"), /other\.json.*whole document/);
  const file = shipped.files[0];
  assert.throws(() => parseRegistry({ files: [file, file] }, "other.json"), /twice/);
});

Deno.test("a path that passes stays inside its folder, on this system and on Windows", () => {
  const part = fc.oneof(
    fc.constantFrom("..", ".", "", "a", "C:", "\\", "..\\..", "a b", "...", "\0", "~"),
    fc.string(),
  );
  fc.assert(fc.property(fc.array(part, { maxLength: 5 }).map((p) => p.join("/")), (path) => {
    if (pathFault(path) !== null) return;
    const back = relative("/data", join("/data", ...path.split("/")));
    assert.equal(back, path);
    assert.ok(!isAbsolute(path) && !back.startsWith("../") && !/^[A-Za-z]:|\\/.test(path));
  }));
  assert.equal(pathFault("traces/zeus/profile_V100+resnet50+gpu0-1.csv"), null);
});

Deno.test("a pattern is a path, a folder, a family or a glob, and each file comes once", () => {
  const registry = {
    files: ["traces/a/one.csv", "traces/a/deep/two.txt", "traces/ab/three.csv", "other/four.csv"]
      .map((path) => registered(path, path)),
  };
  const paths = (...patterns: string[]) => findFiles(registry, ...patterns).map((f) => f.path);
  const all = registry.files.map((file) => file.path);
  assert.deepEqual(paths(), all);
  assert.deepEqual(paths("traces/a/one.csv"), [all[0]]);
  assert.deepEqual(paths("traces/a"), [all[0], all[1]]);
  assert.deepEqual(paths("traces/a/"), [all[0], all[1]]);
  assert.deepEqual(paths("a"), [all[0], all[1]]);
  assert.deepEqual(paths("traces/*/*.csv"), [all[0], all[2]]);
  assert.deepEqual(paths("**/*.csv"), [all[0], all[2], all[3]]);
  assert.deepEqual(paths("traces/{ab,x}/*"), [all[2]]);
  assert.deepEqual(paths("traces/ab", "**/three.csv", "other"), [all[2], all[3]]);
  assert.deepEqual(paths("tra", "one.csv", ""), []);
});

Deno.test("verification tells present, altered, missing, wrong and unreadable apart", async () => {
  await withFolder(async (dir) => {
    const own = registered("x", "own version");
    const files = ["present", "altered", "missing", "wrong", "unreadable"].map((name) => ({
      ...registered(name, "content"),
      mirrorCopy: { bytes: own.bytes, sha256: own.sha256 },
    }));
    await Deno.writeTextFile(`${dir}/present`, "content");
    await Deno.writeTextFile(`${dir}/altered`, "own version");
    await Deno.writeTextFile(`${dir}/wrong`, "content?");
    await Deno.mkdir(`${dir}/unreadable`);
    const results = await verifyFiles(files, { dir });
    assert.deepEqual(results.map(({ state }) => state), files.map(({ path }) => path));
    const wrong = registered("wrong", "content?");
    assert.deepEqual(results[3]?.found, { bytes: wrong.bytes, sha256: wrong.sha256 });
    assert.match(results[4]?.problem ?? "", /cannot be read/);
  });
});

Deno.test("a file resolves to the mirror's copy first, then the cache's, and never to a wrong one", async () => {
  await withFolder((mirrorDir) =>
    withFolder(async (cacheDir) => {
      const registry = { files: [registered("a.csv", "right")] };
      const resolve = () => resolveFile(registry, "a.csv", { mirrorDir, cacheDir });
      await assert.rejects(resolve(), { code: "not-found", message: /datasets pull a\.csv/ });
      await Deno.writeTextFile(`${cacheDir}/a.csv`, "right");
      assert.equal(await resolve(), join(cacheDir, "a.csv"));
      await Deno.writeTextFile(`${mirrorDir}/a.csv`, "right");
      assert.equal(await resolve(), join(mirrorDir, "a.csv"));
      await Deno.writeTextFile(`${mirrorDir}/a.csv`, "wrong");
      await assert.rejects(resolve(), { code: "checksum" });
      await assert.rejects(resolveFile(registry, "b.csv", { cacheDir }), { code: "bad-option" });
    })
  );
});

mirrorTest("the registry builds again to the same bytes", async (dir) => {
  const committed = await Deno.readTextFile(
    new URL("../../datasets/registry.json", import.meta.url),
  );
  assert.equal(await buildRegistry(join(dir, "SOURCES.tsv")), committed);
});

mirrorTest(
  "the mirror holds every registered file, altered only where its note says so",
  async (dir) => {
    const results = await verifyFiles(shipped.files, { dir });
    const rowsOf = (path: string | URL) =>
      Deno.readTextFileSync(path).trimEnd().split("\n").length - 1;
    assert.equal(
      results.length,
      rowsOf(join(dir, "SOURCES.tsv")) +
        rowsOf(new URL("../../datasets/scheduling/sources.tsv", import.meta.url)),
    );
    for (const { file, state } of results) {
      assert.equal(state, file.note.includes("rewritten") ? "altered" : "present", file.path);
    }
  },
);

mirrorTest("pulling from the mirror gives files that verify", async (mirrorDir) => {
  await withFolder(async (toDir) => {
    const files = findFiles(shipped, "zeus", "traces/mlperf_power/v5.1/SR780a*/power/*");
    const pulled = await pullFiles(files, { toDir, mirrorDir });
    assert.ok(pulled.every(({ status }) => status === "copied"));
    const states = (await verifyFiles(files, { dir: toDir })).map(({ state }) => state);
    assert.equal(states.filter((state) => state === "altered").length, 1);
    assert.equal(states.filter((state) => state === "present").length, files.length - 1);
  });
});
