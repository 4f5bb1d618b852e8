import assert from "node:assert/strict";
import { lintRun } from "../../lib/measurement/lint_run.ts";
import type { Run } from "../../lib/measurement/read_run_folder.ts";
import { runRules } from "../../lib/measurement/run_rules.ts";
import { TENTH_SENSOR } from "../../lib/requests/mod.ts";
import { generateRun } from "./generated_run.ts";

const { run } = generateRun([1, 4], TENTH_SENSOR);
const config = (sweep: string, load: string): string =>
  `{name: a, model: m, endpoint: {url: "http://127.0.0.1:9/v1"}, load: {${load}}, sweep: {${sweep}}}`;
const check = { atS: 1, wallClockDriftS: 0 };
const clock = { clock: "epoch" as const, rule: "", checks: [check], hosts: [] };

/** The run with the cells changed. */
function withCells(change: (cell: Run["cells"][number]) => Partial<Run["cells"][number]>): Run {
  return { ...run, cells: run.cells.map((cell) => ({ ...cell, ...change(cell) })) };
}

/** A fault for each rule that it should find, and no other. */
const faulty: Readonly<Record<string, Run>> = {
  "run-files-changed": { ...run, changes: ["power/nvml.csv was changed"] },
  "run-energy-missing": {
    ...run,
    power: run.power.map((series) => ({
      ...series,
      timeS: series.timeS.map((time, i) => i > 200 ? time + 100 : time),
    })),
  },
  "run-incomplete": { ...run, state: "stopped", status: { ...run.status, done: 1 } },
  "run-requests-failed": withCells(({ requests }) => ({
    requests: { ...requests!, success: requests!.success.map((_, i) => i === 0 ? 0 : 1) },
  })),
  "run-answers-short": {
    ...run,
    config: config("concurrency: 1, inputTokens: 8, outputTokens: 5000", "idle: 2 s"),
    cells: [{ ...run.cells[0]!, id: "001-in8-out5000-c1-r1" }],
  },
  "run-prompt-length": {
    ...run,
    config: config("concurrency: 1, inputTokens: 8, outputTokens: 1", "idle: 2 s"),
    cells: [{ ...run.cells[0]!, id: "001-in8-out1-c1-r1" }],
  },
  "run-no-rest": { ...run, config: config("concurrency: 1", "idle: 1 s") },
  "run-driver-late": withCells(() => ({
    driver: { coreShare: 0.1, lagP99S: 0.02, lagMaxS: 0.03 },
  })),
  "run-clock-moved": {
    ...run,
    clock: { ...clock, checks: [check, { atS: 2, wallClockDriftS: -0.2 }] },
  },
  "run-host-clock": {
    ...run,
    clock: { ...clock, hosts: [{ host: "node1", atS: 1, offsetS: 3, widthS: 0.2 }] },
  },
  "run-power-limit-changed": withCells(({ attempt }) => ({
    gpus: ["300.00 W", "250.00 W"].map((limit) => [{
      uuid: `GPU-${attempt}`,
      "enforced.power.limit": limit,
    }]),
  })),
  "run-power-modelled": {
    ...run,
    power: run.power.map((series) => ({
      ...series,
      source: { ...series.source, basis: "modelled" as const },
    })),
  },
};

Deno.test("a run with nothing wrong has no findings", () => {
  assert.deepEqual(lintRun({ ...run, clock }), []);
});

Deno.test("each rule about runs finds its fault, and has its reason", () => {
  assert.deepEqual(Object.keys(faulty).sort(), runRules.map(({ id }) => id).sort());
  for (const [rule, bad] of Object.entries(faulty)) {
    const findings = lintRun(bad);
    assert.ok(findings.some((finding) => finding.rule === rule), rule);
    // A short or long answer may be both.
    const others = findings.filter((finding) =>
      finding.rule !== rule && !finding.rule.startsWith("run-prompt")
    );
    assert.deepEqual(others, [], rule);
  }
  for (const { reason, reference } of runRules) assert.ok(reason.length > 40 && reference !== "");
});

Deno.test("clocks of hosts that drift apart are found, those within their widths are not", () => {
  const at = (offsetS: number): Run => ({
    ...run,
    clock: {
      ...clock,
      hosts: [
        { host: "node1", atS: 1, offsetS: 3, widthS: 0.01 },
        { host: "node1", atS: 9, offsetS, widthS: 0.01 },
        { host: "node2", atS: 9, offsetS: null, widthS: null, reason: "gone" },
      ],
    },
  });
  assert.deepEqual(lintRun(at(3.06)), []);
  assert.match(lintRun(at(3.2))[0]!.message, /moved, or runs at another rate/);
});
