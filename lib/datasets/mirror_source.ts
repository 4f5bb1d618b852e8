import { InputError } from "../errors.ts";
import { localPath } from "./local_path.ts";
import type { DatasetFile } from "./registry.ts";
import type { ByteSource } from "./write_verified.ts";

/** Opens a file of a mirror folder. */
export async function openMirror(file: DatasetFile, mirrorDir: string): Promise<ByteSource> {
  const path = localPath(mirrorDir, file.path);
  const guarded = async <T>(step: () => Promise<T>): Promise<T> => {
    try {
      return await step();
    } catch (cause) {
      const missing = cause instanceof Deno.errors.NotFound;
      throw new InputError({
        code: missing ? "not-found" : "unreadable",
        path,
        problem: missing
          ? "the mirror does not have this file"
          : `the mirror's file cannot be read (${cause instanceof Error ? cause.message : cause})`,
        advice: "check the mirror's folder, or pull without a mirror",
        cause,
      });
    }
  };
  const handle = await guarded(() => Deno.open(path));
  const buffer = new Uint8Array(1 << 16);
  return {
    read: () =>
      guarded(async () => {
        const n = await handle.read(buffer);
        return n === null ? null : buffer.subarray(0, n);
      }),
    close() {
      handle.close();
      return Promise.resolve();
    },
  };
}
