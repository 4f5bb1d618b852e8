import assert from "node:assert/strict";
import fc from "fast-check";
import { pullFiles, type PullOptions, type PullResult } from "../../lib/datasets/mod.ts";
import { registered, treeOf, withFolder, withRawServer, withServer } from "./loopback.ts";

const quick: Omit<PullOptions, "toDir"> = { retryDelayMs: 1, stallMs: 5000 };

function only(results: PullResult[]): PullResult {
  assert.equal(results.length, 1);
  return results[0]!;
}

/** A body that sends `content`, then stays open for ever. */
function hanging(content: string): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(content)),
  });
}

Deno.test("a good file arrives under its name and nothing else is left", async () => {
  const content = "timestamp, power\n".repeat(20_000);
  await withServer(() => new Response(content), (address) =>
    withFolder(async (toDir) => {
      const file = registered("traces/demo/a+b.csv", content, address);
      const seen: number[] = [];
      const result = only(
        await pullFiles([file], {
          toDir,
          ...quick,
          onProgress: ({ receivedBytes }) => seen.push(receivedBytes),
        }),
      );
      assert.equal(result.status, "fetched");
      assert.equal(await Deno.readTextFile(result.localPath), content);
      assert.deepEqual(treeOf(toDir), [file.path]);
      assert.deepEqual(seen, seen.toSorted((a, b) => a - b));
      assert.equal(seen.at(-1), file.bytes);
    }));
});

Deno.test("a wrong checksum is refused with both hashes and leaves nothing behind", async () => {
  await withServer(() => new Response("1 W, 3 W"), (address) =>
    withFolder(async (toDir) => {
      const file = registered("traces/demo/a.csv", "1 W, 2 W", address);
      const other = registered("traces/demo/a.csv", "1 W, 3 W");
      const { status, error } = only(await pullFiles([file], { toDir, ...quick }));
      assert.equal(status, "failed");
      assert.equal(error?.code, "checksum");
      assert.equal(error.expected, `sha256 ${file.sha256}`);
      assert.equal(error.found, `sha256 ${other.sha256}`);
      assert.deepEqual(treeOf(toDir), []);
    }));
});

Deno.test("a wrong file that was there before stays until the right one has arrived", async () => {
  let body = "wrong again";
  await withServer(() => new Response(body), (address) =>
    withFolder(async (toDir) => {
      const file = registered("a.csv", "right", address);
      await Deno.writeTextFile(`${toDir}/a.csv`, "old");
      assert.equal(only(await pullFiles([file], { toDir, ...quick })).status, "failed");
      assert.equal(await Deno.readTextFile(`${toDir}/a.csv`), "old");
      body = "right";
      assert.equal(only(await pullFiles([file], { toDir, ...quick })).status, "fetched");
      assert.equal(await Deno.readTextFile(`${toDir}/a.csv`), "right");
      assert.deepEqual(treeOf(toDir), ["a.csv"]);
    }));
});

Deno.test("a body cut off by the server is retried, then refused with both sizes", async () => {
  const reply = `HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n${"x".repeat(400)}`;
  await withRawServer(reply, (address) =>
    withFolder(async (toDir) => {
      const file = registered("a.csv", "x".repeat(1000), address);
      const { error } = only(await pullFiles([file], { toDir, ...quick, attempts: 2 }));
      assert.equal(error?.code, "unreadable");
      assert.equal(error.expected, "1000 bytes");
      assert.equal(error.found, "400 bytes");
      assert.deepEqual(treeOf(toDir), []);
    }));
});

Deno.test("a body that ends early without an error is refused by its size", async () => {
  await withServer(() => new Response("x".repeat(400)), (address) =>
    withFolder(async (toDir) => {
      const file = registered("a.csv", "x".repeat(1000), address);
      const { error } = only(await pullFiles([file], { toDir, ...quick }));
      assert.equal(error?.code, "checksum");
      assert.equal(error.expected, "1000 bytes");
      assert.equal(error.found, "400 bytes");
      assert.deepEqual(treeOf(toDir), []);
    }));
});

Deno.test("a body that does not end is given up at the registered size", async () => {
  let cancelled = false;
  const endless = () =>
    new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(65536)),
      cancel: () => void (cancelled = true),
    });
  await withServer(() => new Response(endless()), (address) =>
    withFolder(async (toDir) => {
      const file = registered("a.csv", "x".repeat(1000), address);
      const { error } = only(await pullFiles([file], { toDir, ...quick }));
      assert.equal(error?.code, "checksum");
      assert.equal(error.found, "more than 1000 bytes");
      assert.deepEqual(treeOf(toDir), []);
    }));
  assert.ok(cancelled);
});

Deno.test("a missing file is refused at once, with what the server said", async () => {
  let requests = 0;
  const handler = () => {
    requests++;
    return new Response("<html>no</html>", { status: 404, statusText: "Not Found" });
  };
  await withServer(handler, (address) =>
    withFolder(async (toDir) => {
      const { error } = only(
        await pullFiles([registered("a.csv", "right", address)], { toDir, ...quick }),
      );
      assert.equal(error?.code, "unreadable");
      assert.equal(error.expected, "HTTP 200");
      assert.equal(error.found, "HTTP 404 Not Found");
      assert.equal(requests, 1);
      assert.deepEqual(treeOf(toDir), []);
    }));
});

Deno.test("a busy server is asked again, and no more often than allowed", async () => {
  let requests = 0;
  let failures = 2;
  const handler = () =>
    ++requests <= failures ? new Response("busy", { status: 500 }) : new Response("right");
  await withServer(handler, (address) =>
    withFolder(async (toDir) => {
      const file = registered("a.csv", "right", address);
      assert.equal(only(await pullFiles([file], { toDir, ...quick })).status, "fetched");
      assert.equal(requests, 3);

      await Deno.remove(`${toDir}/a.csv`);
      [requests, failures] = [0, Infinity];
      const { error } = only(await pullFiles([file], { toDir, ...quick, attempts: 3 }));
      assert.match(error?.found ?? "", /HTTP 500/);
      assert.equal(requests, 3);
    }));
});

Deno.test("a server's Retry-After is respected", async () => {
  let requests = 0;
  const handler = () =>
    requests++ === 0
      ? new Response("slow down", { status: 429, headers: { "retry-after": "3600" } })
      : new Response("right");
  await withServer(handler, (address) =>
    withFolder(async (toDir) => {
      const abort = new AbortController();
      const pulling = pullFiles([registered("a.csv", "right", address)], {
        toDir,
        ...quick,
        signal: abort.signal,
      });
      // Without the header the second request would follow after a millisecond.
      await new Promise((resolve) => setTimeout(resolve, 100));
      abort.abort(new Error("enough"));
      await assert.rejects(pulling, /enough/);
      assert.equal(requests, 1);
    }));
});

Deno.test("a host that never answers is given up for the rest of the list", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  await withFolder(async (toDir) => {
    await Deno.writeTextFile(`${toDir}/c.csv`, "right");
    const files = ["a.csv", "b.csv", "c.csv"].map((path) =>
      registered(path, "right", `http://127.0.0.1:${port}/`)
    );
    const results = await pullFiles(files, { toDir, ...quick, attempts: 2, concurrency: 1 });
    assert.deepEqual(results.map(({ status }) => status), ["failed", "failed", "kept"]);
    assert.match(results[0]?.error?.message ?? "", /127\.0\.0\.1:\d+ did not answer \(/);
    assert.match(results[1]?.error?.message ?? "", /not asked for/);
  });
});

Deno.test("aborting a hanging download throws the reason and leaves nothing behind", async () => {
  await withServer(
    () => new Response(hanging("x".repeat(500))),
    (address) =>
      withFolder(async (toDir) => {
        const abort = new AbortController();
        const files = ["a.csv", "b.csv"].map((path) => registered(path, "x".repeat(1000), address));
        const pulling = pullFiles(files, {
          toDir,
          ...quick,
          signal: abort.signal,
          onProgress: () => abort.abort(new Error("the person gave up")),
        });
        await assert.rejects(pulling, /the person gave up/);
        assert.deepEqual(treeOf(toDir), []);
      }),
  );
});

Deno.test("a server that falls silent counts as failed after stallMs", async () => {
  await withServer(
    () => new Response(hanging("x".repeat(500))),
    (address) =>
      withFolder(async (toDir) => {
        const file = registered("a.csv", "x".repeat(1000), address);
        const { error } = only(
          await pullFiles([file], { toDir, retryDelayMs: 1, attempts: 1, stallMs: 50 }),
        );
        assert.equal(error?.code, "unreadable");
        assert.match(error.message, /nothing came for 0.05 s/);
        assert.equal(error.found, "500 bytes");
        assert.deepEqual(treeOf(toDir), []);
      }),
  );
});

Deno.test("an interrupted list goes on where it stopped, without asking for finished files again", async () => {
  const requested: string[] = [];
  let open = false;
  const handler = (request: Request) => {
    const name = new URL(request.url).pathname.slice(1);
    requested.push(name);
    return new Response(name === "c.csv" && !open ? hanging("c") : `content of ${name}`);
  };
  await withServer(handler, (address) =>
    withFolder(async (toDir) => {
      const files = ["a.csv", "b.csv", "c.csv", "d.csv"].map((path) =>
        registered(path, `content of ${path}`, address)
      );
      const abort = new AbortController();
      await assert.rejects(
        pullFiles(files, {
          toDir,
          ...quick,
          concurrency: 1,
          signal: abort.signal,
          onProgress: ({ file, status }) => {
            if (file.path === "c.csv" && status === null) abort.abort();
          },
        }),
        { name: "AbortError" },
      );
      assert.deepEqual(treeOf(toDir), ["a.csv", "b.csv"]);
      open = true;
      requested.length = 0;
      const results = await pullFiles(files, { toDir, ...quick });
      assert.deepEqual(results.map(({ status }) => status), ["kept", "kept", "fetched", "fetched"]);
      assert.deepEqual(requested.sort(), ["c.csv", "d.csv"]);
    }));
});

Deno.test("exactly `concurrency` files are under way at once", async () => {
  let now = 0;
  let most = 0;
  const full = Promise.withResolvers<void>();
  const handler = async () => {
    most = Math.max(most, ++now);
    if (now === 3) full.resolve();
    await full.promise;
    await new Promise((resolve) => setTimeout(resolve, 2));
    now--;
    return new Response("right");
  };
  await withServer(handler, (address) =>
    withFolder(async (toDir) => {
      const files = Array.from({ length: 12 }, (_, i) => registered(`${i}.csv`, "right", address));
      const results = await pullFiles(files, { toDir, ...quick, concurrency: 3 });
      assert.deepEqual(results.map(({ file }) => file), files);
      assert.ok(results.every(({ status }) => status === "fetched"));
      assert.equal(most, 3);
    }));
});

Deno.test("one bad file does not stop the others", async () => {
  const handler = (request: Request) =>
    request.url.endsWith("b.csv") ? new Response("wrong") : new Response("right");
  await withServer(handler, (address) =>
    withFolder(async (toDir) => {
      const files = ["a.csv", "b.csv", "c.csv"].map((path) => registered(path, "right", address));
      const results = await pullFiles(files, { toDir, ...quick });
      assert.deepEqual(results.map(({ status }) => status), ["fetched", "failed", "fetched"]);
      assert.deepEqual(treeOf(toDir), ["a.csv", "c.csv"]);
    }));
});

Deno.test("two pulls of the same file at once both succeed", async () => {
  const content = "x".repeat(200_000);
  await withServer(() => new Response(content), (address) =>
    withFolder(async (toDir) => {
      const file = registered("deep/er/a.csv", content, address);
      const both = await Promise.all([1, 2].map(() => pullFiles([file], { toDir, ...quick })));
      assert.ok(both.flat().every(({ status }) => status === "fetched"));
      assert.deepEqual(treeOf(toDir), [file.path]);
      assert.equal(await Deno.readTextFile(`${toDir}/${file.path}`), content);
    }));
});

Deno.test("a mirror is copied without any request, and its copies are verified", async () => {
  await withFolder((mirrorDir) =>
    withFolder(async (toDir) => {
      await Deno.mkdir(`${mirrorDir}/traces`);
      await Deno.writeTextFile(`${mirrorDir}/traces/good.csv`, "right");
      await Deno.writeTextFile(`${mirrorDir}/traces/bad.csv`, "wrong");
      const files = ["good", "bad", "absent"].map((name) =>
        registered(`traces/${name}.csv`, "right", undefined, "transcribed")
      );
      const results = await pullFiles(files, { toDir, mirrorDir });
      assert.deepEqual(
        results.map(({ status, error }) => error?.code ?? status),
        ["copied", "checksum", "not-found"],
      );
      assert.deepEqual(treeOf(toDir), ["traces/good.csv"]);
    })
  );
});

Deno.test("a mirror may give its own registered version, the network may not", async () => {
  const { bytes, sha256 } = registered("a.txt", "path=REMOVED");
  const content = "path=/build/x";
  await withServer(
    () => new Response(content),
    (address) =>
      withFolder((mirrorDir) =>
        withFolder(async (toDir) => {
          const file = { ...registered("a.txt", content, address), mirrorCopy: { bytes, sha256 } };
          await Deno.writeTextFile(`${mirrorDir}/a.txt`, "path=REMOVED");
          const pull = async (from: Partial<PullOptions>) =>
            only(await pullFiles([file], { toDir, ...quick, ...from })).status;
          assert.equal(await pull({ mirrorDir }), "copied");
          assert.equal(await pull({ mirrorDir }), "kept");
          assert.equal(await pull({}), "fetched");
          assert.equal(await Deno.readTextFile(`${toDir}/a.txt`), content);
          assert.equal(await pull({ mirrorDir }), "kept");
        })
      ),
  );
});

Deno.test("a file that is not the published one says why it cannot be fetched", async () => {
  await withFolder(async (toDir) => {
    for (const origin of ["excerpt", "transcribed", "derived"] as const) {
      const file = registered("a.csv", "right", undefined, origin);
      const { error } = only(await pullFiles([file], { toDir, ...quick }));
      assert.equal(error?.code, "refused");
      assert.match(error.message, new RegExp(origin));
      assert.match(error.message, /mirror/);
    }
  });
});

Deno.test("a registry path that leaves the folder is refused before anything is asked or written", async () => {
  let requests = 0;
  const handler = () => {
    requests++;
    return new Response("right");
  };
  await withServer(handler, (address) =>
    withFolder(async (dir) => {
      const paths = ["../a", "a/../../b", "/etc/a", "a//b", "C:/a", "a\\..\\..\\b", "", ".", "a\0"];
      const files = paths.map((path) => ({ ...registered("a", "right", address), path }));
      const results = await pullFiles(files, { toDir: `${dir}/inside`, ...quick });
      assert.deepEqual(results.map(({ error }) => error?.code), paths.map(() => "refused"));
      assert.equal(requests, 0);
      assert.deepEqual(treeOf(dir), []);
    }));
});

Deno.test("a folder that cannot be written to is an error with its name", async () => {
  await withServer(() => new Response("right"), (address) =>
    withFolder(async (dir) => {
      await Deno.writeTextFile(`${dir}/blocked`, "a file where a folder should be");
      const { error } = only(
        await pullFiles([registered("a.csv", "right", address)], {
          toDir: `${dir}/blocked`,
          ...quick,
        }),
      );
      assert.equal(error?.code, "unreadable");
      assert.match(error.message, /blocked.*cannot be written/);
    }));
});

Deno.test("whatever bytes a mirror holds, only the registered ones come through", async () => {
  await withFolder((mirrorDir) =>
    withFolder((toDir) =>
      fc.assert(
        fc.asyncProperty(
          fc.uint8Array({ minLength: 1, maxLength: 100_000 }),
          fc.nat(),
          fc.integer({ min: 0, max: 255 }),
          async (content, at, flip) => {
            const file = registered("a.bin", content);
            const held = content.slice();
            held[at % held.length]! ^= flip;
            await Deno.writeFile(`${mirrorDir}/a.bin`, held);
            const { status } = only(await pullFiles([file], { toDir, mirrorDir }));
            if (flip === 0) {
              assert.equal(status, "copied");
              assert.deepEqual(await Deno.readFile(`${toDir}/a.bin`), content);
              await Deno.remove(`${toDir}/a.bin`);
            } else {
              assert.equal(status, "failed");
            }
            assert.deepEqual(treeOf(toDir), []);
          },
        ),
        { numRuns: 60, examples: [[new Uint8Array([7]), 0, 0]] },
      )
    )
  );
});
