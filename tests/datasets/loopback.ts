/** A server on the loopback interface and the registered files it claims to serve. */

import { createHash } from "node:crypto";
import type { DatasetFile, Origin } from "../../lib/datasets/mod.ts";

/** Runs a body against a server that answers with `handler`; the address ends in `/`. */
export async function withServer(
  handler: (request: Request) => Response | Promise<Response>,
  body: (address: string) => Promise<void>,
): Promise<void> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
  try {
    await body(`http://127.0.0.1:${server.addr.port}/`);
  } finally {
    await server.shutdown();
  }
}

/** A server that writes these raw bytes to every connection and closes it. */
export async function withRawServer(
  reply: string,
  body: (address: string) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(4096));
      await connection.write(new TextEncoder().encode(reply));
      connection.close();
    }
  })();
  try {
    await body(`http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}/`);
  } finally {
    listener.close();
    await serving;
  }
}

/** Runs a body in a folder that is removed afterwards. */
export async function withFolder(body: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await body(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** A registered file whose right bytes are `content`, served under its name at `address`. */
export function registered(
  path: string,
  content: string | Uint8Array,
  address = "http://127.0.0.1:1/",
  origin: Origin = "verbatim",
): DatasetFile {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return {
    path,
    family: path.split("/")[1] ?? "",
    repository: "owner/name",
    commit: "0".repeat(40),
    sourcePath: path,
    selection: "",
    url: `${address}${path}`,
    bytes: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    origin,
    licence: "MIT",
    redistribution: "allowed",
    citation: "none",
    note: "",
    mirrorCopy: null,
  };
}

/** Every file below a folder, hidden ones too, relative and sorted. */
export function treeOf(dir: string): string[] {
  const found: string[] = [];
  const walk = (at: string) => {
    for (const entry of Deno.readDirSync(`${dir}/${at}`)) {
      if (entry.isDirectory) walk(`${at}${entry.name}/`);
      else found.push(`${at}${entry.name}`);
    }
  };
  walk("");
  return found.sort();
}
