import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { InputError } from "../../lib/errors.ts";
import { parseMeasureConfig } from "../../lib/measurement/config.ts";
import { sweepCells } from "../../lib/measurement/sweep.ts";

const good = `name: test
model: m
endpoint:
  url: http://127.0.0.1:8000/v1
  apiKeyEnv: KEY
load:
  requests: 8
  idle: 2 s
sweep:
  inputTokens: [128, 512]
  outputTokens: 64
  concurrency: [1, 2, 4]
samplers:
  - kind: nvidia-smi
    period: 100 ms
  - kind: declared
    tdpW: 65
hosts:
  node1: {command: [ssh, node1]}
tariff: 0.31 EUR/kWh
`;

function fault(text: string): InputError {
  try {
    parseMeasureConfig(text, "measure.yaml");
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    return error;
  }
  throw new Error("the configuration was accepted");
}

Deno.test("settings are read in canonical units with defaults filled in", () => {
  const settings = parseMeasureConfig(good, "measure.yaml");
  assert.equal(settings.samplers[0]!.periodS, 0.1);
  assert.equal(settings.load.idleS, 2);
  assert.equal(settings.endpoint.api, "completions");
  assert.deepEqual(settings.samplers[1]!.options, {
    tdpW: 65,
    idleW: 0,
    utilisation: "cpu",
    device: "cpu",
  });
  assert.equal(settings.tariffPerKwh, 0.31);
});

Deno.test("every refusal names the line of what is wrong", () => {
  const wrong: [string, string, number, RegExp][] = [
    ["model: m", "modell: m", 2, /unknown key "modell"/],
    ["requests: 8", "requests: 0", 7, /"load\.requests" cannot be used/],
    ["idle: 2 s", "idle: 2", 8, /no unit/],
    ["concurrency: [1, 2, 4]", "concurrency: [1, 1]", 12, /each value once/],
    ["concurrency: [1, 2, 4]", "rate: 2 /s", 12, /"sweep\.rate" has no meaning with closed/],
    ["period: 100 ms", "period: 100 W", 15, /"samplers\.0\.period"/],
    ["kind: nvidia-smi", "kind: nvidia", 14, /"samplers\.0\.kind" cannot be used/],
    ["tdpW: 65", "tdp: 65", 16, /"samplers\.1\.tdpW" is missing|unknown key "tdp"/],
    ["period: 100 ms", "host: node2", 15, /no host is named "node2"/],
    ["period: 100 ms", "name: declared", 16, /two samplers are named "declared"/],
    ["tariff: 0.31 EUR/kWh", "tariff: 0.31 USD/kWh", 20, /"tariff"/],
    ["tariff: 0.31 EUR/kWh", "tokenCount: words", 20, /"tokenCount"/],
    ["tariff: 0.31 EUR/kWh", "tokenCount: {tokenizer: 3}", 20, /"tokenCount/],
    ["tariff: 0.31 EUR/kWh", "pue: 0.9", 20, /"pue"/],
    ["tariff: 0.31 EUR/kWh", "arrival: {kind: trace}", 20, /"arrival\.file" is missing/],
    ["tariff: 0.31 EUR/kWh", "prompts: {synthetic: words, file: a}", 20, /come from/],
    ["name: test", "name: [test", 2, /not valid YAML/],
  ];
  for (const [from, to, line, pattern] of wrong) {
    const error = fault(good.replace(from, to));
    assert.match(error.message, pattern);
    assert.ok(
      Math.abs(error.location.line! - line) <= 1,
      `${to}: line ${error.location.line}, not ${line}: ${error.message}`,
    );
  }
});

Deno.test("a secret written into the configuration is refused and not repeated", () => {
  const key = "sk-live-0123456789";
  assert.ok(!fault(good.replace("apiKeyEnv: KEY", `apiKeyEnv: ${key}`)).message.includes(key));
  assert.ok(!fault(good.replace("apiKeyEnv: KEY", `apiKey: ${key}`)).message.includes(key));
  for (
    const [from, to] of [
      ["http://", `http://me:${key}@`],
      ["8000/v1", `8000/v1?api_key=${key}`],
      ["kind: nvidia-smi", `kind: prometheus\n    url: http://me:${key}@127.0.0.1/metrics`],
    ]
  ) {
    const { message } = fault(good.replace(from!, to!));
    assert.match(message, /without a (password|query)/);
    assert.ok(!message.includes(key), message);
  }
});

Deno.test("a sweep has a cell for every combination, with ids that stay the same", () => {
  const cells = sweepCells(parseMeasureConfig(good.replace("requests: 8", "repeats: 2"), "a"));
  assert.equal(cells.length, 2 * 3 * 2);
  assert.equal(new Set(cells.map(({ id }) => id)).size, cells.length);
  assert.equal(new Set(cells.map(({ seed }) => seed)).size, cells.length);
  assert.equal(cells[0]!.id, "001-in128-out64-c1-r1");
  assert.deepEqual(cells.map(({ repeat }) => repeat), [...Array(6).fill(1), ...Array(6).fill(2)]);
});

Deno.test("the example configuration is accepted", () => {
  const path = new URL("../../datasets/example/measure.yaml", import.meta.url);
  const settings = parseMeasureConfig(readFileSync(path, "utf8"), "measure.yaml");
  assert.ok(sweepCells(settings).length > 1);
});
