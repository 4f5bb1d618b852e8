/** Reads a scheduling configuration; every refusal names the line. */

import * as v from "valibot";
import { InputError } from "../errors.ts";
import { faultOf, parseConfigDocument, type Path, pathOf } from "../yaml_document.ts";
import type { ImageConfig, ImageSite, ScheduleConfig } from "./config_types.ts";
import type { RequestConfig } from "./request_config.ts";
import { imageSchema, requestSchema } from "./schema.ts";

/**
 * Parses and checks a configuration in YAML.
 *
 * The key `jobs` says whether they are images (the default) or requests to language models; the other
 * keys depend on it. Beyond the schema it refuses: a battery whose charge lies outside its limits, two
 * sites, classes or servers of one name, class shares that do not add up to 1, quality tables that do not
 * cover the steps, requests that come from no place or two, servers of more GPUs than their site, a site
 * that no jobs can reach, sites without price files when the year comes from files, and days that are
 * used for two of training, validation and test.
 *
 * @param text The YAML text.
 * @param path The name of the file, for messages.
 * @return The configuration with defaults filled in.
 *
 * @example
 * ```ts
 * import { exampleConfig, parseScheduleConfig } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * assert.equal(parseScheduleConfig(exampleConfig, "easy.yaml").sites.length, 3);
 * assert.throws(
 *   () => parseScheduleConfig(`${exampleConfig}colour: red\n`, "easy.yaml"),
 *   /easy\.yaml:\d+:1: unknown key "colour"/,
 * );
 * ```
 */
export function parseScheduleConfig(text: string, path: string): ScheduleConfig {
  const document = parseConfigDocument(text, path);
  const { value } = document;
  const fail: Fail = (at, problem, expected, found) =>
    document.fail(at, { problem, expected, found });
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return fail([], "not a configuration", "a map of keys and values");
  }
  const { jobs } = value as { jobs?: unknown };
  if (jobs !== undefined && jobs !== "images" && jobs !== "requests") {
    fail(["jobs"], "unknown kind of jobs", "images or requests", String(jobs));
  }
  const schema = jobs === "requests" ? requestSchema : imageSchema;
  const parsed = v.safeParse<v.GenericSchema<unknown, ScheduleConfig>>(schema, value);
  if (!parsed.success) {
    // A key misspelt makes two issues; the one that shows the word helps.
    const issue = parsed.issues.find(({ expected }) => expected === "never") ?? parsed.issues[0];
    const at = pathOf(issue);
    document.fail(at, faultOf(issue, at));
  }
  const config = (parsed as { output: ScheduleConfig }).output;
  checkMeaning(config, fail);
  return config;
}

/**
 * Parses and checks a configuration of images, as {@linkcode parseScheduleConfig} does, and refuses one of
 * requests.
 *
 * @param text The YAML text.
 * @param path The name of the file, for messages.
 * @return The configuration with defaults filled in.
 *
 * @example
 * ```ts
 * import { exampleConfig, parseImageConfig } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * assert.equal(parseImageConfig(exampleConfig, "easy.yaml").steps.length, 10);
 * ```
 */
export function parseImageConfig(text: string, path: string): ImageConfig {
  const config = parseScheduleConfig(text, path);
  if (config.jobs === "images") return config;
  throw new InputError({
    code: "bad-option",
    path,
    problem: "the jobs of this configuration are requests",
    expected: "jobs: images",
  });
}

type Fail = (at: Path, problem: string, expected?: string, found?: string) => never;

function checkMeaning(config: ScheduleConfig, fail: Fail): void {
  const repeated = (list: readonly { name: string }[], key: string): void => {
    list.forEach((item, i) => {
      if (list.findIndex((other) => other.name === item.name) !== i) {
        fail([key, i, "name"], `"${item.name}" is named twice`);
      }
    });
  };
  repeated(config.sites, "sites");
  repeated(config.classes, "classes");
  const share = config.classes.reduce((sum, item) => sum + item.share, 0);
  if (Math.abs(share - 1) > 1e-9) {
    fail(["classes"], "the shares of the classes do not add up", "a sum of 1", String(share));
  }
  config.classes.forEach((item, i) => {
    if (item.deadlineSlots >= config.slots) {
      fail(
        ["classes", i, "deadlineSlots"],
        "the deadline is a day or more",
        `below ${config.slots}`,
        String(item.deadlineSlots),
      );
    }
  });
  const links = config.transfer.links;
  links?.forEach((link, i) => {
    for (const end of ["from", "to"] as const) {
      if (!config.sites.some((site) => site.name === link[end])) {
        fail(["transfer", "links", i, end], `no site is named "${link[end]}"`);
      }
    }
  });
  config.sites.forEach((site, j) => {
    const { battery } = site;
    if (battery.minimumKWh > battery.capacityKWh) {
      fail(
        ["sites", j, "battery", "minimumKWh"],
        "the battery's minimum is above its capacity",
        `at most ${battery.capacityKWh}`,
        String(battery.minimumKWh),
      );
    }
    if (battery.initialKWh > battery.capacityKWh || battery.initialKWh < battery.minimumKWh) {
      fail(
        ["sites", j, "battery", "initialKWh"],
        battery.initialKWh > battery.capacityKWh
          ? "the battery starts above its capacity"
          : "the battery starts below its minimum",
        `${battery.minimumKWh} to ${battery.capacityKWh}`,
        String(battery.initialKWh),
      );
    }
    if (site.generator !== undefined && site.generator.minimumKW > site.generator.maximumKW) {
      fail(["sites", j, "generator", "minimumKW"], "the generator's minimum is above its maximum");
    }
    const reached = site.jobsPerDay > 0 || config.sites.length === 1 || links === undefined ||
      links.some((link) =>
        link.to === site.name &&
        config.sites.some((other) => other.name === link.from && other.jobsPerDay > 0)
      );
    if (!reached) {
      fail(
        ["sites", j, "name"],
        `nobody can reach the site "${site.name}": it has no jobs of its own and no link leads to it`,
      );
    }
    if (config.year.source === "files" && site.sources === undefined) {
      fail(["sites", j], `the year comes from files but "${site.name}" names none`, "sources");
    }
  });
  if (config.jobs === "images") {
    config.sites.forEach((site, j) => checkQuality(site, config.steps, ["sites", j], fail));
    checkPolicySteps(config, fail);
  } else checkRequests(config, fail);
  const days = config.experiment;
  if (days !== undefined) {
    const used = new Map<number, string>();
    for (const kind of ["trainDays", "validationDays", "testDays"] as const) {
      days[kind].forEach((day, i) => {
        const before = used.get(day);
        if (before !== undefined && before !== kind) {
          fail(["experiment", kind, i], `day ${day} is already one of ${before}`);
        }
        used.set(day, kind);
      });
    }
  }
}

function checkQuality(site: ImageSite, steps: readonly number[], at: Path, fail: Fail): void {
  const { quality } = site;
  if (quality.kind !== "table") return;
  if (quality.steps.length !== quality.quality.length) {
    fail(
      [...at, "quality", "quality"],
      "the quality table has columns of unequal length",
      String(quality.steps.length),
      String(quality.quality.length),
    );
  }
  for (const count of steps) {
    if (!quality.steps.includes(count)) {
      fail([...at, "quality", "steps"], `the quality table says nothing of ${count} steps`);
    }
  }
}

/** A rule of a fixed number of steps would otherwise take the next lower one, under another name. */
function checkPolicySteps(config: ImageConfig, fail: Fail): void {
  config.experiment?.policies.forEach((policy, i) => {
    const steps = policy.steps;
    if (typeof steps !== "number" || config.steps.includes(steps)) return;
    fail(
      ["experiment", "policies", i, "steps"],
      "the policy's denoising steps are none of the configuration's",
      `one of ${config.steps.join(", ")}`,
      String(steps),
    );
  });
}

function checkRequests(config: RequestConfig, fail: Fail): void {
  config.classes.forEach(({ requests }, c) => {
    const at = ["classes", c, "requests"];
    const generated = requests.inputTokens !== undefined && requests.outputTokens !== undefined;
    const lengths = requests.inputTokens !== undefined || requests.outputTokens !== undefined;
    if (requests.trace === undefined ? !generated : lengths) {
      fail(
        at,
        "the requests come from nowhere or from two places",
        "either trace or both inputTokens and outputTokens",
      );
    }
    for (const key of ["inputTokens", "outputTokens"] as const) {
      const range = requests[key];
      if (range !== undefined && range.min > range.max) {
        fail([...at, key, "min"], "the shortest length is above the longest");
      }
    }
  });
  config.sites.forEach((site, j) => {
    site.servers.forEach((server, o) => {
      const at = ["sites", j, "servers", o];
      if (site.servers.findIndex((other) => other.name === server.name) !== o) {
        fail([...at, "name"], `"${server.name}" is named twice`);
      }
      if (server.tensorParallel > site.gpus) {
        fail(
          [...at, "tensorParallel"],
          "a server takes more GPUs than the site has",
          `at most ${site.gpus}`,
          String(server.tensorParallel),
        );
      }
      if (server.maxTokens < server.maxSequences) {
        fail([...at, "maxTokens"], "a step has fewer tokens than sequences");
      }
    });
  });
  if (config.dailyShape !== undefined && !config.dailyShape.some((share) => share > 0)) {
    fail(["dailyShape"], "no hour has any arrivals", "24 factors, not all 0");
  }
}
