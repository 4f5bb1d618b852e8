/** One process at a time works on the folder of a run. */

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import process from "node:process";
import { InputError } from "../errors.ts";

/**
 * Takes the lock of a folder. A lock whose process has ended is taken over.
 *
 * @param path Path of the lock.
 * @return Gives it back.
 * @throws {InputError} `refused` while another process holds it.
 */
export function takeLock(path: string): () => void {
  const own = `${process.pid} ${hostname()}\n`;
  for (;;) {
    try {
      writeFileSync(path, own, { flag: "wx" });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as { code?: string }).code !== "EEXIST") throw error;
    }
    const [pid, host] = readFileSync(path, "utf8").trim().split(" ");
    if (host !== hostname() || isAlive(Number(pid))) {
      throw new InputError({
        code: "refused",
        path,
        problem: `another process works on this run (${pid} on ${host})`,
        advice: "wait for it, or remove this file when it has ended",
      });
    }
    rmSync(path, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === "EPERM";
  }
}
