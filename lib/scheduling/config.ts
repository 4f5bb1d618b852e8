/** Reads a scheduling configuration; every refusal names the line. */

import * as v from "valibot";
import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from "yaml";
import { InputError } from "../errors.ts";
import type { ScheduleConfig } from "./config_types.ts";
import { configSchema } from "./schema.ts";

type Path = readonly (string | number)[];

/**
 * Parses and checks a configuration in YAML.
 *
 * Beyond the schema it refuses: a battery whose charge lies outside its limits, two sites or classes
 * of one name, class shares that do not add up to 1, quality tables that do not cover the steps,
 * a site that no jobs can reach, sites without price files when the year comes from files, and days
 * that are used for two of training, validation and test.
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
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const fail = (at: Path, problem: string, expected?: string, found?: string): never => {
    const place = locate(document.contents, at);
    const { line, col } = lines.linePos(place ?? 0);
    throw new InputError({
      code: "malformed",
      path,
      line,
      column: col,
      problem,
      ...(expected !== undefined && { expected }),
      ...(found !== undefined && { found }),
    });
  };
  const broken = document.errors[0];
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0]);
    throw new InputError({
      code: "malformed",
      path,
      line,
      column: col,
      problem: `not valid YAML: ${broken.message.split("\n")[0]}`,
    });
  }
  const parsed = v.safeParse(configSchema, document.toJS());
  if (!parsed.success) {
    const issue = parsed.issues[0];
    const at = (issue.path ?? []).map((item) => item.key as string | number);
    const key = at.at(-1);
    if (issue.type === "strict_object" && issue.expected === "never") {
      fail(at, `unknown key "${key}"`, "one of the documented keys");
    }
    fail(
      at,
      at.length === 0 ? "not a configuration" : `"${at.join(".")}" cannot be used`,
      issue.expected ?? issue.message,
      issue.received === "undefined" ? "nothing" : issue.received,
    );
  }
  const config = (parsed as { output: ScheduleConfig }).output;
  checkMeaning(config, fail);
  return config;
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
    const { battery, quality } = site;
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
    if (quality.kind === "table") {
      if (quality.steps.length !== quality.quality.length) {
        fail(
          ["sites", j, "quality", "quality"],
          "the quality table has columns of unequal length",
          String(quality.steps.length),
          String(quality.quality.length),
        );
      }
      for (const steps of config.steps) {
        if (!quality.steps.includes(steps)) {
          fail(
            ["sites", j, "quality", "steps"],
            `the quality table says nothing of ${steps} steps`,
          );
        }
      }
    }
    if (site.generator !== undefined && site.generator.minimumKW > site.generator.maximumKW) {
      fail(["sites", j, "generator", "minimumKW"], "the generator's minimum is above its maximum");
    }
    const reached = site.imagesPerDay > 0 || config.sites.length === 1 || links === undefined ||
      links.some((link) =>
        link.to === site.name &&
        config.sites.some((other) => other.name === link.from && other.imagesPerDay > 0)
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

/** Offset of the value at a path (of the key, for a value that is not there). */
function locate(root: unknown, path: Path): number | undefined {
  let node = root as Node | null;
  let place = node?.range?.[0];
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key) as
        | Pair<Node, Node>
        | undefined;
      if (pair === undefined) return place;
      place = pair.key.range?.[0] ?? place;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)] as Node;
      place = node?.range?.[0] ?? place;
    } else return place;
  }
  return place;
}
