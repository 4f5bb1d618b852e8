/** What each kind of sampler may be told. */

import * as v from "valibot";

const text = v.pipe(v.string("a text"), v.nonEmpty("a text that is not empty"));
const watts = v.pipe(v.number("a number of watts"), v.minValue(0, "at least 0 W"));
const address = v.pipe(
  text,
  v.check(
    (url) => URL.canParse(url) && /^https?:/.test(url),
    "an address such as http://127.0.0.1:9400/metrics",
  ),
  v.check(hasNoPassword, "an address without a password: it would be kept with the run"),
);
/** Whether an address can be kept and shown: it names no user and no password. */
export function hasNoPassword(url: string): boolean {
  return !URL.canParse(url) || (new URL(url).username === "" && new URL(url).password === "");
}

const gpus = v.optional(
  v.array(v.union([text, v.number()], "an index or a UUID"), "a list of indices or UUIDs"),
);
const program = v.optional(text);

/** Kinds with their options, as valibot entries. Every program can be named by its path. */
export const samplerOptions: readonly (readonly [string, v.ObjectEntries])[] = [
  ["nvidia-smi", { program, gpus }],
  ["nvml", { library: v.optional(text), gpus }],
  ["prometheus", { url: address, gpus }],
  ["amd-smi", { program }],
  ["rapl", { root: v.optional(text) }],
  ["perf", { program, events: v.optional(v.array(text, "a list of events")) }],
  ["ipmi", { program }],
  ["tegrastats", { program }],
  ["powermetrics", { program }],
  ["hwmon", { root: v.optional(text) }],
  ["http-meter", {
    url: address,
    path: text,
    unit: v.optional(text, "W"),
    covers: v.optional(
      v.picklist(["wall", "node", "gpu", "cpu", "rail"], "wall, node, gpu, cpu or rail"),
      "wall",
    ),
  }],
  ["declared", {
    tdpW: watts,
    idleW: v.optional(watts, 0),
    utilisation: v.optional(
      v.union(
        [v.literal("cpu"), v.pipe(v.number(), v.minValue(0), v.maxValue(1))],
        "cpu or 0 to 1",
      ),
      "cpu",
    ),
    process: v.optional(text),
    device: v.optional(text, "cpu"),
  }],
];
