// deno-lint-ignore-file no-console
/**
 * How fast energy is attributed: 1e6 requests over 1e7 readings, with step rates, fit, alignment and
 * intervals (target 5 s on one core, under 1.5 GB), simple methods (1 s), growth from 1e4 to 1e7
 * readings, and against a plain loop over requests and a range join in DuckDB of the same input.
 *
 * The input is a simulated block of 10,000 requests at low load, seen by a one-second sensor ten
 * times a second, repeated. CPU seconds are of the whole process during the call, wall seconds too
 * when the machine is busy with something else.
 */

import { measureModule } from "./whole_process.ts";

const library = new URL("../../lib/", import.meta.url).href;

/** Source that makes a log and a trace of a size; one request for ten readings. */
function makeInput(readings: number): string {
  return `
import process from "node:process";
import { attributeBatched, attributeEqualShare, EQUAL_SHARE, tokenWeighted } from "${library}attribution/mod.ts";
import { createIntegrator, sampledPower } from "${library}power/mod.ts";
import { observeLog, ONE_SECOND_SENSOR, readSensor, requestLog, simulateServing } from "${library}requests/mod.ts";
const readings = ${readings};
const block = Math.min(readings, 100_000);
const tiles = readings / block;
const blockS = block / 10;
const run = simulateServing({
  seed: 1,
  durationS: blockS - 80,
  workload: { arrivals: { kind: "poisson", ratePerS: block / 10 / (blockS - 80) } },
});
const seen = readSensor(run.devices, ONE_SECOND_SENSOR, { seed: 2, offsetS: 0.3 }).series;
const one = observeLog(run.log).log;
const k = one.submitS.length;
const tile = (column, isTime) => {
  const all = new Float64Array(k * tiles);
  for (let t = 0; t < tiles; t++) {
    for (let i = 0; i < k; i++) all[t * k + i] = column[i] + (isTime ? t * blockS : 0);
  }
  return all;
};
const log = requestLog({
  submitS: tile(one.submitS, true),
  firstTokenS: tile(one.firstTokenS, true),
  endS: tile(one.endS, true),
  inputTokens: tile(one.inputTokens, false),
  outputTokens: tile(one.outputTokens, false),
});
const timeS = new Float64Array(readings);
const powerW = new Float64Array(readings);
for (let i = 0; i < readings; i++) {
  timeS[i] = 0.35 + i / 10;
  powerW[i] = seen.powerW[i % block] ?? 80;
}
const series = sampledPower({ timeS, powerW });
const time = (name, call) => {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const result = call();
  const wallS = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  console.log(name + " wall " + wallS.toFixed(2) + " cpu " + ((used.user + used.system) / 1e6).toFixed(2));
  return result;
};
`;
}

const REGRESSION = `
const result = time("regression", () => attributeBatched(series, log));
console.log("conservation " + result.conservationError.toExponential(1) + " closure " + result.closure.toFixed(4));
`;

const SIMPLE = `
time("equal-share", () => attributeBatched(series, log, { method: EQUAL_SHARE, offsetS: -0.35, idleW: 80, averagingS: 0.1 }));
time("tokens-1:4", () => attributeBatched(series, log, { method: tokenWeighted(1, 4), offsetS: -0.35, idleW: 80, averagingS: 0.1 }));
time("sweep", () => attributeEqualShare(createIntegrator(series, { minSamples: 0 }), log));
`;

/** Mean power of each request times its duration: what a script without a sweep does. */
const PLAIN = `
const some = 10_000;
time("plain-loop", () => {
  // Each request looks through the trace for its readings.
  const energyJ = new Float64Array(some);
  for (let i = 0; i < some; i++) {
    let sum = 0;
    let n = 0;
    for (let s = 0; s < readings; s++) {
      if (timeS[s] >= log.submitS[i] && timeS[s] <= log.endS[i]) {
        sum += powerW[s];
        n++;
      }
    }
    energyJ[i] = n > 0 ? sum / n * (log.endS[i] - log.submitS[i]) : 0;
  }
  return energyJ;
});
console.log("plain-part " + some / log.submitS.length);
`;

console.log("requests x readings     CPU s   wall s   peak MB of the process, input included");
for (const readings of [1e4, 1e5, 1e6, 1e7]) {
  const { output, peakMb } = await measureModule(makeInput(readings) + REGRESSION, 1);
  const [, wall, cpu] = /regression wall ([\d.]+) cpu ([\d.]+)/.exec(output)!;
  const [conservation] = /conservation .*/.exec(output)!;
  console.log(
    `${(readings / 10).toExponential(0)} x ${readings.toExponential(0)}   regression   ${cpu}   ` +
      `${wall}   ${peakMb.toFixed(0)}   ${conservation}`,
  );
}
const simple = await measureModule(makeInput(1e7) + SIMPLE, 1);
console.log(simple.output.split("\n").filter((line) => line.includes("wall")).join("\n"));
console.log(`simple methods in one process: peak ${simple.peakMb.toFixed(0)} MB`);

// The plain loop is quadratic: a part of it, on a tenth of the trace, is enough to extrapolate.
const plain = await measureModule(makeInput(1e6) + PLAIN, 1);
const [, plainWall] = /plain-loop wall ([\d.]+)/.exec(plain.output)!;
const [, part] = /plain-part ([\d.]+)/.exec(plain.output)!;
console.log(
  `plain loop over requests, 1e5 x 1e6: ${(Number(plainWall) / Number(part)).toFixed(0)} s ` +
    `(${plainWall} s for ${(100 * Number(part)).toFixed(0)} % of the requests), no overlap handled`,
);

const duckDbLoader = new URL("../../lib/formats/store/duckdb.ts", import.meta.url).href;
const duckDbHome = new URL("../../scripts/duckdb", import.meta.url).pathname;
const duck = await measureModule(
  makeInput(1e6) + `
let duckdb;
try {
  // Fetched by deno task duckdb into a folder and lock file of its own.
  const { loadDuckDb } = await import("${duckDbLoader}");
  duckdb = await loadDuckDb("${duckDbHome}");
} catch (error) {
  console.log("duckdb-missing " + String(error).split("\\n")[0]);
}
if (duckdb !== undefined) {
  const connection = await (await duckdb.DuckDBInstance.create(":memory:")).connect();
  await connection.run("SET threads = 1");
  await connection.run("CREATE TABLE samples (t DOUBLE, w DOUBLE)");
  await connection.run("CREATE TABLE requests (a DOUBLE, b DOUBLE)");
  const fill = async (table, x, y, n) => {
    const appender = await connection.createAppender(table);
    for (let i = 0; i < n; i++) {
      appender.appendDouble(x[i]);
      appender.appendDouble(y[i]);
      appender.endRow();
    }
    appender.closeSync();
  };
  await fill("samples", timeS, powerW, readings);
  await fill("requests", log.submitS, log.endS, log.submitS.length);
  const start = performance.now();
  await connection.runAndReadAll(
    "SELECT sum(e) FROM (SELECT r.a, avg(s.w) * (r.b - r.a) AS e FROM requests r " +
    "JOIN samples s ON s.t >= r.a AND s.t <= r.b GROUP BY r.a, r.b)",
  );
  console.log("duckdb wall " + ((performance.now() - start) / 1000).toFixed(2));
  time("regression", () => attributeBatched(series, log));
}`,
  1,
);
console.log(
  duck.output.split("\n").filter((line) => /^(duckdb|regression)/.test(line)).map((line) =>
    `1e5 x 1e6: ${line}`
  ).join("\n"),
);
