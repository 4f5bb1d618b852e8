/** Names of the files of a run folder. */

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Files of a run folder, by what they hold. */
export const runFiles = {
  /** The configuration as it was given. */
  config: "config.yaml",
  /** Machine, versions and server, for each session. */
  environment: "environment.json",
  /** Requests, one a line. */
  requests: "requests.jsonl",
  /** What has come in for the requests in flight; empty when none are. */
  inFlight: "inflight.jsonl",
  /** What happened to each cell. */
  cells: "cells.jsonl",
  /** Folder of the samplers' files. */
  power: "power",
  /** Clocks: anchor, drift of the wall clock, offsets of hosts. */
  clock: "clock.json",
  /** State of the run. */
  status: "status.json",
  /** Sums of the results, for people. */
  summary: "summary.json",
  /** Size and SHA-256 of every other file, written last. */
  manifest: "manifest.json",
  /** Held while a program writes to the folder. */
  lock: ".lock",
} as const;

/** Paths of all files in a run folder, relative to it, sorted. */
export function listRunFiles(dir: string): string[] {
  const found: string[] = [];
  const visit = (prefix: string): void => {
    for (const name of readdirSync(join(dir, prefix))) {
      const path = prefix === "" ? name : `${prefix}/${name}`;
      if (statSync(join(dir, path)).isDirectory()) visit(path);
      else found.push(path);
    }
  };
  visit("");
  return found.sort();
}
