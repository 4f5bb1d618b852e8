import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type MlperfResult, readMlperfRun } from "../../lib/formats/mlperf_run.ts";

const stamp = (s: number): string =>
  `07-12-2025 10:${String(Math.floor(s / 60)).padStart(2, "0")}:${
    String(s % 60).padStart(2, "0")
  }.500`;
const row = (s: number, watts: number | string = 30): string =>
  `Time,${stamp(s)},Watts,${watts},Volts,230.0,Amps,0.1,PF,0.4,Mark,run_testing`;
const rows = Array.from({ length: 240 }, (_, s) => row(s));

/** A run of 200 s, from second 20 to second 220 of the power log. */
async function run(lines: readonly string[], scenario = "Offline"): Promise<MlperfResult> {
  const dir = mkdtempSync(join(tmpdir(), "mlperf-run-"));
  try {
    writeFileSync(join(dir, "spl.txt"), lines.join("\n") + "\n");
    writeFileSync(
      join(dir, "mlperf_log_detail.txt"),
      [
        ["effective_scenario", scenario],
        ["power_begin", "07-12-2025 10:00:20.000"],
        ["power_end", "07-12-2025 10:03:40.000"],
      ].map(([key, value]) => `:::MLLOG ${JSON.stringify({ key, value })}\n`).join(""),
    );
    return await readMlperfRun(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}
const every = (n: number, change: (line: string, s: number) => string): string[] =>
  rows.map((line, s) => s % n === 0 ? change(line, s) : line);

Deno.test("only readings not above 0 W are excluded by rule, what cannot be read is dropped", async () => {
  const damaged = [...rows];
  damaged[30] = row(30, -28);
  damaged[31] = row(31, -1);
  damaged[32] = row(32, "abc");
  damaged[33] = row(33).replace("Watts", "Wats");
  damaged[34] = row(34).replace("07-12", "99-99");
  damaged[5] = row(5, "abc");
  const { samplesUsed, samplesExcluded, dropped, value, coverage, notes } = await run(damaged);
  assert.deepEqual([samplesUsed, samplesExcluded, value], [195, 2, 30]);
  assert.deepEqual(dropped.map(({ reason, count, firstLine }) => [reason, count, firstLine]), [
    ["not-a-number", 1, 33],
    ["malformed-row", 1, 34],
    ["bad-time", 1, 35],
  ]);
  assert.ok(Math.abs(coverage! - 197 / 200) < 1e-9);
  assert.match(notes.join(" "), /2 of 197 .* 1 of them are sentinels/);
});

Deno.test("a power log that covers too little of the span is refused, with its coverage", async () => {
  assert.equal((await run(rows)).coverage, 1);
  const refused: [lines: string[], problem: RegExp][] = [
    [every(2, (line) => line.replace("Watts", "Wats")), /cover 50\.0 %/],
    [every(2, (line) => line.replace("07-12", "99-99")), /cover 50\.0 %/],
    [every(2, (_, s) => row(s, "abc")), /cover 50\.0 %/],
    [rows.slice(0, 120), /cover 50\.0 %/],
    [rows.slice(60), /cover 80\.0 %/],
    [rows.filter((_, s) => s < 100 || s >= 150), /cover 75\.0 %/],
  ];
  for (const [lines, problem] of refused) await assert.rejects(() => run(lines), problem);
  // What the official rule leaves out was recorded all the same.
  assert.equal((await run(every(10, (_, s) => row(s, -30)))).coverage, 1);
});

Deno.test("a run of unknown scenario is refused, and the message names the option", async () => {
  await assert.rejects(
    () => run(rows, "Nothing"),
    (error: Error & { advice?: string }) =>
      /scenario/.test(error.message) && /--scenario/.test(String(error.advice)),
  );
});
