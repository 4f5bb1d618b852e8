import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFile } from "../../lib/formats/open.ts";
import { readInput } from "../../lib/formats/read.ts";

const unix = Deno.build.os !== "windows";

async function inFolder(body: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "joulebook-open-"));
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

Deno.test({
  name: "a named pipe is refused without waiting for its writer",
  ignore: !unix,
  fn: () =>
    inFolder((folder) => {
      const path = join(folder, "pipe");
      execFileSync("mkfifo", [path]);
      assert.throws(() => openFile(path), {
        code: "unreadable",
        message: /a pipe cannot be read twice.*write it to a file first/,
      });
    }),
});

Deno.test({
  name: "a socket is refused by name",
  ignore: !unix,
  fn: () =>
    inFolder(async (folder) => {
      const path = join(folder, "socket");
      const server = createServer();
      await new Promise<void>((done) => server.listen(path, done));
      try {
        assert.throws(() => openFile(path), { code: "unreadable", message: /a socket/ });
      } finally {
        await new Promise((done) => server.close(done));
      }
    }),
});

Deno.test({
  name: "devices are refused, but /dev/null is an empty file",
  ignore: !unix,
  async fn() {
    assert.throws(() => openFile("/dev/zero"), { code: "unreadable", message: /a device/ });
    await assert.rejects(readInput("/dev/null"), { code: "empty" });
  },
});

Deno.test({
  name: "links in a circle are refused by name",
  ignore: !unix,
  fn: () =>
    inFolder((folder) => {
      const path = join(folder, "loop");
      symlinkSync(path, path);
      assert.throws(() => openFile(path), { code: "unreadable", message: /in a circle/ });
    }),
});

Deno.test({
  name: "a file whose bytes cannot be read is refused as unreadable",
  // The memory of this process: a regular file whose first page is not mapped.
  ignore: Deno.build.os !== "linux",
  fn() {
    assert.throws(() => openFile("/proc/self/mem"), { code: "unreadable", message: /EIO/ });
  },
});
