/** A sink that keeps what samplers give, and contexts around it. */

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { PowerSink } from "../../lib/measurement/power_file.ts";
import type { SeriesRecord } from "../../lib/measurement/records.ts";
import type { SamplerContext } from "../../lib/measurement/samplers/sampler.ts";
import type { SamplerKind } from "../../lib/measurement/settings.ts";

/** Keeps everything in memory. */
export class FakeSink implements PowerSink {
  readonly records: Map<string, SeriesRecord> = new Map();
  readonly readings: { id: string; timeS: number; value: number }[] = [];
  readonly gaps: { id: string; reason: string }[] = [];
  readonly events: { what: string; detail: string }[] = [];

  series(record: SeriesRecord): void {
    this.records.set(record.id, record);
  }
  reading(id: string, timeS: number, value: number): void {
    if (Number.isFinite(value)) this.readings.push({ id, timeS, value });
    else this.missing(id, timeS, "not-a-number");
  }
  missing(id: string, _timeS: number, reason: string): void {
    this.gaps.push({ id, reason });
  }
  event(_timeS: number, what: string, detail: string): void {
    this.events.push({ what, detail });
  }
  /** Values of a series, in order. */
  values(id: string): number[] {
    return this.readings.filter((reading) => reading.id === id).map(({ value }) => value);
  }
}

/** A context for a sampler. */
export function contextFor(
  kind: SamplerKind,
  options: Record<string, unknown>,
  more: Partial<SamplerContext> & { readonly periodS?: number } = {},
): SamplerContext & { readonly sink: FakeSink } {
  const { periodS = 0.02, ...rest } = more;
  return {
    settings: { kind, name: kind, periodS, host: null, options },
    host: null,
    hostOffsetS: 0,
    env: () => undefined,
    patienceS: 1,
    ...rest,
    sink: (rest.sink as FakeSink | undefined) ?? new FakeSink(),
  };
}

/** A new folder for a test; it is removed when the file's tests are over. */
export function testFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), "joulebook-test-"));
  folders.add(dir);
  return dir;
}

const folders = new Set<string>();
addEventListener("unload", () => {
  for (const dir of folders) rmSync(dir, { recursive: true, force: true });
});

/** Writes an executable shell script and returns its path. */
export function script(dir: string, name: string, body: string): string {
  const path = join(dir, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Writes a text file, with its folders. */
export function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Waits until something holds; fails after a while. */
export async function until(holds: () => boolean, limitMs = 5000): Promise<void> {
  const start = performance.now();
  while (!holds()) {
    if (performance.now() - start > limitMs) throw new Error("it never came to hold");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
