/** A kind of task that goes wrong as it is told, for tests of the engines. */

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { InputError } from "../../../lib/errors.ts";
import type { TaskKind } from "../../../lib/tasks/mod.ts";

/** What a unit does before it gives twice its number. */
export interface FaultyUnit {
  /** The number. */
  readonly n: number;
  /**
   * `kill-once`: its process is killed at the first attempt; `throw`: fails always; `refuse`: says that
   * its input cannot be used; `wait`: waits until a file called `open` is in the folder.
   */
  readonly does?: "kill-once" | "throw" | "refuse" | "wait";
  /** Bytes of the part. */
  readonly bytes?: number;
}

/** What a unit gives. */
export interface FaultyPart {
  /** Twice the number. */
  readonly twice: number;
  /** Ballast. */
  readonly ballast: Float64Array;
}

/** The kind; `places` is a folder for what it leaves. */
export const kind: TaskKind<null, FaultyUnit, FaultyPart> = {
  name: "faulty",
  version: 1,
  start: (_options, places) => async ({ n, does, bytes = 8 }) => {
    const dir = String(places);
    mkdirSync(join(dir, "started"), { recursive: true });
    const node = process.env["SLURMD_NODENAME"] ?? "here";
    writeFileSync(join(dir, "started", `${n}-${node}-${process.pid}`), "");
    const marker = join(dir, `killed-${n}`);
    if (does === "kill-once" && !existsSync(marker)) {
      writeFileSync(marker, "");
      process.kill(process.pid, "SIGKILL");
    }
    if (does === "throw") throw new Error(`unit ${n} fails always`);
    if (does === "refuse") {
      throw new InputError({ code: "refused", path: `unit-${n}`, problem: "it cannot be used" });
    }
    while (does === "wait" && !existsSync(join(dir, "open"))) {
      await new Promise((wake) => setTimeout(wake, 50));
    }
    return { twice: 2 * n, ballast: new Float64Array(bytes / 8).fill(n) };
  },
};
